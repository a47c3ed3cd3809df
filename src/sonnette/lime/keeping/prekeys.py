"""A device's own keys in one algorithm: identity, signed prekeys, one-time prekeys.

Ages are those of the reference clients: a signed prekey is renewed after a week and kept a
month beyond; the key server is kept stocked with a hundred one-time prekeys; one that has
left the server without coming back in a message is kept 37 days.
"""

import struct
from dataclasses import dataclass, replace

from sonnette.base.entropy import Entropy
from sonnette.base.errors import LocalError
from sonnette.lime.keeping.record import join, join_pair, split, split_pair
from sonnette.lime.keeping.store import Kind, Store
from sonnette.lime.keys import Identity, KeyPair, OneTimePrekey, SignedPrekey, draw_number
from sonnette.lime.primitives.algorithm import Algorithm

DAY = 86400.0
SIGNED_LIFE = 7 * DAY
SIGNED_KEPT = 30 * DAY
INIT_REMEMBERED = SIGNED_LIFE + SIGNED_KEPT
ONE_TIME_KEPT = INIT_REMEMBERED
STOCK = 100
LEAST_REFILL = 25


@dataclass(frozen=True, slots=True)
class Account:
    """Our identity, and where its registration with the key server stands."""

    identity: Identity
    registered: bool
    updated_at: float


@dataclass(frozen=True, slots=True)
class OwnSigned:
    """A signed prekey of ours; ``replaced_at`` is 0 while it is the present one."""

    number: int
    pair: KeyPair
    signature: bytes
    made_at: float
    posted: bool
    replaced_at: float = 0.0

    @property
    def published(self) -> SignedPrekey:
        """Its public half."""
        return SignedPrekey(self.number, self.pair.published, self.signature)


@dataclass(frozen=True, slots=True)
class OwnOneTime:
    """A one-time prekey of ours; ``gone_at`` is when it was missed on the server, else 0."""

    number: int
    pair: KeyPair
    gone_at: float = 0.0

    @property
    def published(self) -> OneTimePrekey:
        """Its public half."""
        return OneTimePrekey(self.number, self.pair.published)


class OwnKeys:
    """The keys of one device of ours in one algorithm."""

    def __init__(self, store: Store, own: bytes, algorithm: Algorithm, entropy: Entropy) -> None:
        self.algorithm = algorithm
        self._store, self._entropy = store, entropy
        self._owner = b"%b\n%d" % (own, algorithm.number)
        self._account: Account | None = None

    def account(self) -> Account | None:
        """Our identity, once made."""
        if self._account is None:
            record = self._store.read(Kind.ACCOUNT, self._owner, b"")
            self._account = _decode_account(record) if record else None
        return self._account

    def uncache(self) -> None:
        """A transaction was rolled back: believe the store alone."""
        self._account = None

    def identity(self) -> Identity:
        """Our identity; a wrong call before it is made."""
        account = self.account()
        if account is None:
            raise LocalError("lime.account.none", f"no {self.algorithm.name} keys were made")
        return account.identity

    def create(self, now: float, batch: int) -> Account:
        """Make an identity, a signed prekey and ``batch`` one-time prekeys."""
        identity = Identity.generate(self.algorithm, self._entropy)
        account = Account(identity, registered=False, updated_at=now)
        self._write_account(account)
        self.make_signed(now)
        self.make_one_time(batch)
        return account

    def confirm(self, now: float, *, registered: bool) -> None:
        """The server has, or has lost, our registration."""
        account = Account(self.identity(), registered, now)
        self._write_account(account)

    def signed(self) -> list[OwnSigned]:
        """Every signed prekey, the newest first."""
        records = self._store.scan(Kind.SIGNED_PREKEY, self._owner)
        return sorted((_decode_signed(r) for r in records), key=lambda s: -s.made_at)

    def find_signed(self, number: int) -> KeyPair | None:
        """The signed prekey of that number, while it is kept."""
        record = self._store.read(Kind.SIGNED_PREKEY, self._owner, _name(number))
        return _decode_signed(record).pair if record else None

    def make_signed(self, now: float) -> OwnSigned:
        """A fresh signed prekey, not yet known to the server."""
        pair = KeyPair.generate(self.algorithm, self._entropy)
        signature = self.algorithm.curve.sign(self.identity().seed, pair.published)
        signed = OwnSigned(draw_number(self._entropy), pair, signature, now, posted=False)
        self._write_signed(signed)
        return signed

    def signed_to_post(self, now: float) -> OwnSigned | None:
        """The prekey to give the server: one it missed, or a new one when the last is old."""
        newest = self.signed()[0]
        if not newest.posted:
            return newest
        return self.make_signed(now) if now - newest.made_at > SIGNED_LIFE else None

    def confirm_signed(self, now: float, number: int) -> None:
        """The server has this prekey: the others are replaced from now on."""
        for signed in self.signed():
            if signed.number == number:
                self._write_signed(replace(signed, posted=True))
            elif signed.posted and not signed.replaced_at:
                self._write_signed(replace(signed, replaced_at=now))

    def one_time(self) -> list[OwnOneTime]:
        """Every one-time prekey that has not been used."""
        records = self._store.scan(Kind.ONE_TIME_PREKEY, self._owner)
        return [_decode_one_time(record) for record in records]

    def find_one_time(self, number: int) -> KeyPair | None:
        """The one-time prekey of that number, unless used or dropped."""
        record = self._store.read(Kind.ONE_TIME_PREKEY, self._owner, _name(number))
        return _decode_one_time(record).pair if record else None

    def make_one_time(self, count: int) -> list[OwnOneTime]:
        """Fresh one-time prekeys."""
        made = []
        for _ in range(count):
            pair = KeyPair.generate(self.algorithm, self._entropy)
            made.append(OwnOneTime(draw_number(self._entropy), pair))
            self._write_one_time(made[-1])
        return made

    def drop_one_time(self, number: int) -> None:
        """A one-time prekey was used."""
        self._store.delete(Kind.ONE_TIME_PREKEY, self._owner, _name(number))

    def refill(self, now: float, on_server: frozenset[int]) -> list[OwnOneTime]:
        """Note which keys have left the server; make what it lacks."""
        for key in self.one_time():
            if key.number not in on_server and not key.gone_at:
                self._write_one_time(replace(key, gone_at=now))
        if len(on_server) >= STOCK:
            return []
        return self.make_one_time(max(LEAST_REFILL, STOCK - len(on_server)))

    def remember(self, now: float, init: bytes) -> None:
        """Note a first message without one-time prekey, so that its replay is refused."""
        expiry = struct.pack(">d", now + INIT_REMEMBERED)
        self._store.write(Kind.SEEN_INIT, self._owner, init, expiry + init)

    def has_seen(self, init: bytes) -> bool:
        """Whether such a message has been accepted before."""
        return self._store.read(Kind.SEEN_INIT, self._owner, init) is not None

    def expire(self, now: float) -> None:
        """Drop keys that no message can still need."""
        for signed in self.signed():
            if signed.replaced_at and now - signed.replaced_at > SIGNED_KEPT:
                self._store.delete(Kind.SIGNED_PREKEY, self._owner, _name(signed.number))
        for key in self.one_time():
            if key.gone_at and now - key.gone_at > ONE_TIME_KEPT:
                self.drop_one_time(key.number)
        for record in self._store.scan(Kind.SEEN_INIT, self._owner):
            if now > struct.unpack(">d", record[:8])[0]:
                self._store.delete(Kind.SEEN_INIT, self._owner, record[8:])

    def erase(self) -> None:
        """Remove all of it."""
        self._account = None
        for kind in (Kind.ACCOUNT, Kind.SIGNED_PREKEY, Kind.ONE_TIME_PREKEY, Kind.SEEN_INIT):
            self._store.clear(kind, self._owner)

    def _write_account(self, account: Account) -> None:
        self._account = account
        state = _STATE.pack(account.registered, account.updated_at)
        record = join(account.identity.seed, account.identity.public, state)
        self._store.write(Kind.ACCOUNT, self._owner, b"", record)

    def _write_signed(self, signed: OwnSigned) -> None:
        state = _SIGNED.pack(signed.number, signed.made_at, signed.posted, signed.replaced_at)
        record = join(state, signed.signature, join_pair(signed.pair))
        self._store.write(Kind.SIGNED_PREKEY, self._owner, _name(signed.number), record)

    def _write_one_time(self, key: OwnOneTime) -> None:
        record = join(_ONE_TIME.pack(key.number, key.gone_at), join_pair(key.pair))
        self._store.write(Kind.ONE_TIME_PREKEY, self._owner, _name(key.number), record)


_STATE = struct.Struct(">?d")
_SIGNED = struct.Struct(">Id?d")
_ONE_TIME = struct.Struct(">Id")


def _name(number: int) -> bytes:
    return number.to_bytes(4, "big")


def _decode_account(record: bytes) -> Account:
    seed, public, state = split(record)
    registered, updated_at = _STATE.unpack(state)
    return Account(Identity(seed, public), registered, updated_at)


def _decode_signed(record: bytes) -> OwnSigned:
    state, signature, pair = split(record)
    number, made_at, posted, replaced_at = _SIGNED.unpack(state)
    return OwnSigned(number, split_pair(pair), signature, made_at, posted, replaced_at)


def _decode_one_time(record: bytes) -> OwnOneTime:
    state, pair = split(record)
    number, gone_at = _ONE_TIME.unpack(state)
    return OwnOneTime(number, split_pair(pair), gone_at)
