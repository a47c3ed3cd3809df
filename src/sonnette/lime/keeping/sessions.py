"""The sessions a device has with its peers, and the keys of messages still on their way.

With each peer and algorithm at most one session is *active*, the one to send in; the others
are stale, kept for messages that were sent before.  Every bound on what a peer can make us
keep stands here.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from sonnette.base.entropy import Entropy
from sonnette.base.errors import PeerError
from sonnette.lime.header import Header
from sonnette.lime.keeping.progress import Progress
from sonnette.lime.keeping.record import KeptChain, StoredSession
from sonnette.lime.keeping.store import Kind, Store
from sonnette.lime.primitives.algorithm import Algorithm
from sonnette.lime.ratchet import Place, Session

STALE_SECONDS = 30 * 86400.0
MOST_SESSIONS = 8
MOST_KEPT_IN_SESSION = 2000
MOST_KEPT = 100_000
KEPT_RECEPTIONS = 128


@dataclass(frozen=True, slots=True)
class Attempt:
    """A message that decrypted: the session after it, and what that changes in the store."""

    stored: StoredSession
    plaintext: bytes
    overtaken: dict[Place, bytes]
    used: Place | None


class Sessions:
    """The sessions of one device of ours; active ones are held in memory as well."""

    def __init__(self, store: Store, own: bytes, entropy: Entropy) -> None:
        self._store, self._own, self._entropy = store, own, entropy
        self._active: dict[tuple[str, int], StoredSession] = {}
        self._kept: int | None = None
        self._progress = Progress(store, own)

    def active(self, peer: str, algorithm: Algorithm) -> StoredSession | None:
        """The session to send in."""
        known = self._active.get((peer, algorithm.number))
        if known is None:
            known = next((s for s in self.all(peer, algorithm) if s.active), None)
            if known is not None:
                self._active[peer, algorithm.number] = known
        return known

    def all(self, peer: str, algorithm: Algorithm) -> list[StoredSession]:
        """Every session, the active one first, then the last used first."""
        records = self._store.scan(Kind.SESSION, self._owner(peer, algorithm))
        stored = [self._progress.bring(StoredSession.decode(record)) for record in records]
        return sorted(stored, key=lambda s: (not s.active, -s.used_at))

    def candidates(self, peer: str, algorithm: Algorithm) -> Iterator[StoredSession]:
        """The sessions a message may belong to, the likeliest first, read as needed."""
        active = self.active(peer, algorithm)
        if active is not None:
            yield active
        yield from (stored for stored in self.all(peer, algorithm) if not stored.active)

    def fresh(self, now: float, session: Session) -> StoredSession:
        """A new session, not yet kept."""
        return StoredSession(self._entropy.draw(8), session, active=True, used_at=now)

    def add(self, now: float, peer: str, session: Session) -> None:
        """Keep a new session as the active one."""
        self._activate(now, peer, self.fresh(now, session))
        self.prune(peer, session.algorithm)

    def prune(self, peer: str, algorithm: Algorithm) -> None:
        """Forget the oldest sessions beyond a few."""
        for old in self.all(peer, algorithm)[MOST_SESSIONS:]:
            self._remove(peer, old)

    def save(self, peer: str, stored: StoredSession) -> None:
        """Write a session that has sent a message."""
        if stored.session.is_spent:
            self._set_stale(peer, stored)
        else:
            self._write(peer, stored)

    def attempt(self, stored: StoredSession, header: Header, context: bytes) -> Attempt:
        """Try a message on a copy of a session."""
        twin = stored.copy()
        place = (header.key.public, header.place)
        kept = None if twin.session.follows(header) else self._kept_key(twin, place)
        plaintext, overtaken = twin.session.decrypt(header, context, kept)
        return Attempt(twin, plaintext, overtaken, place if kept else None)

    def settle(self, now: float, peer: str, attempt: Attempt) -> None:
        """Keep what an attempt came to; its session becomes the active one."""
        stored = attempt.stored
        stored.received += 1
        stored.used_at = now
        if attempt.used:
            self._drop_key(stored, attempt.used)
        self._keep_keys(stored, attempt.overtaken)
        for name in [n for n, c in stored.chains.items() if c.expires < stored.received]:
            self._drop_chain(stored, name)
        self._activate(now, peer, stored)

    def make_stale(self, now: float, peer: str, algorithm: Algorithm) -> None:
        """Send in none of these sessions any more."""
        for stored in self.all(peer, algorithm):
            if stored.active:
                stored.used_at = now
                self._set_stale(peer, stored)

    def forget(self, peer: str, algorithm: Algorithm) -> None:
        """Remove every session, with its kept keys."""
        for stored in self.all(peer, algorithm):
            self._remove(peer, stored)

    def expire(self, now: float, peer: str, algorithm: Algorithm) -> None:
        """Remove sessions that have been stale for long."""
        for stored in self.all(peer, algorithm):
            if not stored.active and now - stored.used_at > STALE_SECONDS:
                self._remove(peer, stored)

    def flush(self) -> None:
        """The transaction ends: write what was left to the end."""
        self._progress.flush()

    def uncache(self) -> None:
        """A transaction was rolled back: believe the store alone."""
        self._progress.uncache()
        self._active.clear()
        self._kept = None

    def _activate(self, now: float, peer: str, stored: StoredSession) -> None:
        algorithm = stored.session.algorithm
        for other in self.all(peer, algorithm) if self._has_other(peer, stored) else ():
            if other.active and other.number != stored.number:
                other.used_at = now
                self._set_stale(peer, other)
        stored.active = True
        self._write(peer, stored)
        self._active[peer, algorithm.number] = stored

    def _has_other(self, peer: str, stored: StoredSession) -> bool:
        known = self._active.get((peer, stored.session.algorithm.number))
        return known is None or known.number != stored.number

    def _set_stale(self, peer: str, stored: StoredSession) -> None:
        stored.active = False
        self._write(peer, stored)
        self._active.pop((peer, stored.session.algorithm.number), None)

    def _write(self, peer: str, stored: StoredSession) -> None:
        stored.serial += 1
        if stored.only_went_on:
            self._progress.note(stored)
            return
        owner = self._owner(peer, stored.session.algorithm)
        self._store.write(Kind.SESSION, owner, stored.number, stored.encode())
        stored.mark_written()

    def _remove(self, peer: str, stored: StoredSession) -> None:
        for name in list(stored.chains):
            self._drop_chain(stored, name)
        algorithm = stored.session.algorithm
        self._store.delete(Kind.SESSION, self._owner(peer, algorithm), stored.number)
        self._progress.forget(stored.number)
        self._active.pop((peer, algorithm.number), None)

    def _owner(self, peer: str, algorithm: Algorithm) -> bytes:
        return b"%b\n%b\n%d" % (self._own, peer.encode(), algorithm.number)

    def _kept_key(self, stored: StoredSession, place: Place) -> bytes | None:
        chain = _chain_name(place[0])
        if chain not in stored.chains:
            return None
        return self._store.read(Kind.KEPT_KEY, stored.number + chain, _place_name(place))

    def _drop_key(self, stored: StoredSession, place: Place) -> None:
        name = _chain_name(place[0])
        self._store.delete(Kind.KEPT_KEY, stored.number + name, _place_name(place))
        stored.chains[name].keys -= 1
        self._count(-1)
        if not stored.chains[name].keys:
            del stored.chains[name]

    def _keep_keys(self, stored: StoredSession, overtaken: dict[Place, bytes]) -> None:
        self._count(len(overtaken))
        for place, key in overtaken.items():
            name = _chain_name(place[0])
            chain = stored.chains.setdefault(name, KeptChain(0, 0))
            chain.expires, chain.keys = stored.received + KEPT_RECEPTIONS, chain.keys + 1
            self._store.write(Kind.KEPT_KEY, stored.number + name, _place_name(place), key)
        for name in _oldest(stored) if overtaken else ():
            self._drop_chain(stored, name)

    def _drop_chain(self, stored: StoredSession, name: bytes) -> None:
        self._store.clear(Kind.KEPT_KEY, stored.number + name)
        self._count(-stored.chains.pop(name).keys)

    def _count(self, change: int) -> None:
        if not change:
            return
        if self._kept is None:
            record = self._store.read(Kind.TALLY, self._own, b"kept")
            self._kept = int.from_bytes(record or b"", "big")
        if change > 0 and self._kept + change > MOST_KEPT:
            raise PeerError("lime.message.ahead", "Too many messages are missing", 488)
        self._kept += change
        self._store.write(Kind.TALLY, self._own, b"kept", self._kept.to_bytes(4, "big"))


def _chain_name(public: bytes) -> bytes:
    return hashlib.sha256(public).digest()[:16]


def _place_name(place: Place) -> bytes:
    return place[1].to_bytes(2, "big")


def _oldest(stored: StoredSession) -> Iterator[bytes]:
    """The chains to drop so that the session's kept keys stay within bounds."""
    total = sum(chain.keys for chain in stored.chains.values())
    for name in sorted(stored.chains, key=lambda n: stored.chains[n].expires):
        if total <= MOST_KEPT_IN_SESSION:
            return
        total -= stored.chains[name].keys
        yield name
