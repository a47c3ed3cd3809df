"""Sessions and fields as bytes, the way a store keeps them.

A record that does not read back is a broken store, hence a :class:`LocalError`.
"""

import operator
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

    ``received`` counts messages; ``chains`` tells which chains still have kept keys.  Most
    messages change only how far the two chains have come: that is kept apart, as a short
    record of its own.  ``serial`` tells which of the two records is the later.
    """

    number: bytes
    session: Session
    active: bool
    used_at: float
    received: int = 0
    chains: dict[bytes, KeptChain] = field(default_factory=dict)
    serial: int = 0
    written: tuple[object, ...] | None = None

    def copy(self) -> "StoredSession":
        """A copy to try a message on."""
        chains = {name: KeptChain(c.expires, c.keys) for name, c in self.chains.items()}
        return StoredSession(
            self.number, self.session.copy(), self.active, self.used_at, self.received, chains,
            self.serial, self.written,
        )  # fmt: skip

    @property
    def only_went_on(self) -> bool:
        """Whether a progress record tells all that changed since the last whole one."""
        return self.written is not None and all(map(operator.is_, self.written, self._shape()))

    def mark_written(self) -> None:
        """The whole record was written."""
        self.written = self._shape()

    def _shape(self) -> tuple[object, ...]:
        session, kept = self.session, self.chains
        counts = tuple([chain.keys for chain in kept.values()]) if kept else None
        return session.own, session.peer, session.init, session.unanswered, self.active, counts

    def progress(self) -> bytes:
        """How far the session has come, since its last whole record."""
        session = self.session
        sending, receiving, kem = session.sending, session.receiving, session.kem
        return _PROGRESS.pack(
            self.serial, self.received, self.used_at,
            sending.key if sending else b"", sending.place if sending else 0,
            receiving.key if receiving else b"", receiving.place if receiving else 0,
            kem.messages if kem else 0, bool(kem and kem.known),
        )  # fmt: skip

    def apply(self, progress: bytes) -> None:
        """Go on to a progress record, unless the whole record is later."""
        session = self.session
        serial, received, used_at, *chains, messages, known = _PROGRESS.unpack(progress)
        if serial <= self.serial:
            return
        self.serial, self.received, self.used_at = serial, received, used_at
        session.sending = Chain(chains[0], chains[1]) if session.sending else None
        session.receiving = Chain(chains[2], chains[3]) if session.receiving else None
        if session.kem:
            session.kem.messages, session.kem.known = messages, known

    def encode(self) -> bytes:
        """The whole record."""
        session, peer = self.session, self.session.peer
        kept = [name + _KEPT.pack(chain.expires, chain.keys) for name, chain in self.chains.items()]
        return join(
            self._flags(), self.progress(), self.number, session.associated, session.root,
            session.own.private, session.own.public, session.own.kem_private,
            session.own.kem_public, session.own_ciphertext,
            *((peer.public, peer.kem_public, peer.ciphertext) if peer else (b"", b"", b"")),
            session.init, *kept,
        )  # fmt: skip

    def _flags(self) -> bytes:
        session, kem = self.session, self.session.kem
        flags = (
            self.active
            | session.unanswered << 1
            | (session.sending is not None) << 2
            | (session.receiving is not None) << 3
            | bool(kem and kem.unanswered) << 4
        )
        since = kem.since if kem else 0.0
        return _FLAGS.pack(session.algorithm.number, flags, session.previous, since)

    @classmethod
    def decode(cls, record: bytes) -> "StoredSession":
        """From its whole record."""
        try:
            head, progress, number, *fields = split(record)
            algorithm, flags, previous, since = _FLAGS.unpack(head)
            session = Session(
                by_number(algorithm), fields[0], fields[1], _pair(fields[2:6]), fields[6],
                RatchetKey(*fields[7:10]) if fields[7] else None, bool(flags & 2),
                Chain(b"") if flags & 4 else None, Chain(b"") if flags & 8 else None,
                previous, fields[10],
            )  # fmt: skip
            if session.algorithm.kem:
                session.kem = KemState(bool(flags & 16), since=since)
            chains = {kept[:-6]: KeptChain(*_KEPT.unpack(kept[-6:])) for kept in fields[11:]}
            stored = cls(number, session, bool(flags & 1), 0.0, 0, chains, serial=-1)
            stored.apply(progress)
        except (struct.error, IndexError, ValueError, PeerError) as error:
            raise LocalError("lime.store.damaged", "a stored session does not read back") from error
        stored.mark_written()
        return stored


_FLAGS = struct.Struct(">BBHd")
_PROGRESS = struct.Struct(">IId32sH32sHI?")
_KEPT = struct.Struct(">IH")


def _pair(fields: list[bytes]) -> KeyPair:
    private, public, kem_private, kem_public = fields
    return KeyPair(private, public, kem_private, kem_public) if private else NO_KEYS
