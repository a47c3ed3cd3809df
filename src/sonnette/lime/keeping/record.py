"""Sessions and fields as bytes, the way a store keeps them.

A record that does not read back is a broken store, hence a :class:`LocalError`.
"""

import struct
from dataclasses import dataclass, field

from sonnette.base.errors import LocalError, PeerError
from sonnette.lime.header import RatchetKey
from sonnette.lime.keys import KeyPair
from sonnette.lime.primitives.algorithm import by_number
from sonnette.lime.ratchet import NO_KEYS, Chain, KemState, Session

_LENGTH = struct.Struct(">H")


def join(*fields: bytes) -> bytes:
    """Fields one after the other, each with its length."""
    return b"".join([part for one in fields for part in (_LENGTH.pack(len(one)), one)])


def split(record: bytes) -> list[bytes]:
    """The fields of a record."""
    fields, at = [], 0
    try:
        while at < len(record):
            (size,) = _LENGTH.unpack_from(record, at)
            fields.append(record[at + 2 : at + 2 + size])
            at += 2 + size
    except struct.error:
        at = -1
    if at != len(record):
        raise LocalError("lime.store.damaged", "a stored record does not read back")
    return fields


def join_pair(pair: KeyPair) -> bytes:
    """A key pair as one field."""
    return join(pair.private, pair.public, pair.kem_private, pair.kem_public)


def split_pair(value: bytes) -> KeyPair:
    """A key pair from its field."""
    private, public, kem_private, kem_public = split(value)
    return KeyPair(private, public, kem_private, kem_public)


@dataclass(slots=True)
class KeptChain:
    """Keys kept for messages that a chain still owes: how many, and until which reception."""

    expires: int
    keys: int


@dataclass(slots=True)
class StoredSession:
    """A session with what its keeping needs.

    ``received`` counts messages; ``chains`` tells which chains still have kept keys.
    """

    number: bytes
    session: Session
    active: bool
    used_at: float
    received: int = 0
    chains: dict[bytes, KeptChain] = field(default_factory=dict)

    def copy(self) -> "StoredSession":
        """A copy to try a message on."""
        chains = {name: KeptChain(c.expires, c.keys) for name, c in self.chains.items()}
        return StoredSession(
            self.number, self.session.copy(), self.active, self.used_at, self.received, chains
        )

    def encode(self) -> bytes:
        """As the store keeps it."""
        session = self.session
        peer, kem = session.peer, session.kem
        kept = [name + _KEPT.pack(chain.expires, chain.keys) for name, chain in self.chains.items()]
        return join(
            self._head(), self.number, session.associated, session.root,
            session.own.private, session.own.public, session.own.kem_private,
            session.own.kem_public, session.own_ciphertext,
            *((peer.public, peer.kem_public, peer.ciphertext) if peer else (b"", b"", b"")),
            session.sending.key if session.sending else b"",
            session.receiving.key if session.receiving else b"",
            session.init, _KEM.pack(kem.messages, kem.since) if kem else b"", *kept,
        )  # fmt: skip

    def _head(self) -> bytes:
        session, kem = self.session, self.session.kem
        flags = (
            self.active
            | session.unanswered << 1
            | bool(kem and kem.unanswered) << 2
            | bool(kem and kem.known) << 3
        )
        return _HEAD.pack(
            session.algorithm.number, flags, session.sending.place if session.sending else 0,
            session.receiving.place if session.receiving else 0, session.previous,
            self.received, self.used_at,
        )  # fmt: skip

    @classmethod
    def decode(cls, record: bytes) -> "StoredSession":
        """From the store."""
        try:
            head, number, *fields = split(record)
            algorithm, flags, sent, got, previous, received, used_at = _HEAD.unpack(head)
            session = Session(
                by_number(algorithm), fields[0], fields[1], _pair(fields[2:6]), fields[6],
                RatchetKey(*fields[7:10]) if fields[7] else None, bool(flags & 2),
                Chain(fields[10], sent) if fields[10] else None,
                Chain(fields[11], got) if fields[11] else None, previous, fields[12],
            )  # fmt: skip
            if fields[13]:
                messages, since = _KEM.unpack(fields[13])
                session.kem = KemState(bool(flags & 4), bool(flags & 8), messages, since)
            chains = {kept[:-6]: KeptChain(*_KEPT.unpack(kept[-6:])) for kept in fields[14:]}
            return cls(number, session, bool(flags & 1), used_at, received, chains)
        except (struct.error, IndexError, ValueError, PeerError) as error:
            raise LocalError("lime.store.damaged", "a stored session does not read back") from error


_HEAD = struct.Struct(">BBHHHId")
_KEM = struct.Struct(">Id")
_KEPT = struct.Struct(">IH")


def _pair(fields: list[bytes]) -> KeyPair:
    private, public, kem_private, kem_public = fields
    return KeyPair(private, public, kem_private, kem_public) if private else NO_KEYS
