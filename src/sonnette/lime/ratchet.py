"""The Double Ratchet of one session, with the KEM steps of the post-quantum algorithms.

A :class:`Session` changes as messages pass; whoever holds it works on a copy when a message
may turn out to be forged, and stores it before anything leaves.

Departures from the textbook, as LIME has them: the sending half of a ratchet step waits
for the next message to send, and a message key is 48 bytes, IV included.
"""

from dataclasses import dataclass, field

from sonnette.base.entropy import Entropy
from sonnette.base.errors import LocalError, PeerError
from sonnette.lime import header as wire
from sonnette.lime.header import Header, RatchetKey, kem_index, names_kem
from sonnette.lime.keys import KeyPair, SignedPrekey
from sonnette.lime.primitives.algorithm import Algorithm
from sonnette.lime.primitives.kdf import chain_step, root_step, seal, unseal
from sonnette.lime.x3dh import Agreement, Init

LONGEST_SENDING_CHAIN = 500
MOST_OVERTAKEN = 1024
KEM_STEP_MESSAGES = 42
KEM_STEP_SECONDS = 86400.0
NO_KEYS = KeyPair(b"", b"")

Place = tuple[bytes, int]
"""A message's chain, named by the sender's ratchet key, and its place there."""


@dataclass(slots=True)
class Chain:
    """A chain key and how many message keys it has given."""

    key: bytes = field(repr=False)
    place: int = 0

    def step(self, algorithm: Algorithm) -> bytes:
        """The next message key."""
        index = self.place.to_bytes(2, "big") if algorithm.kem else b""
        self.key, message_key = chain_step(self.key, index)
        self.place += 1
        return message_key


@dataclass(slots=True)
class KemState:
    """Where the KEM ratchet stands.

    ``unanswered``: nothing has been encapsulated to the peer's present KEM key yet;
    ``known``: the peer has shown that it holds ours; ``messages`` and ``since`` tell how
    long ago the last step was (``since`` 0: a step is due at once).
    """

    unanswered: bool
    known: bool = False
    messages: int = 0
    since: float = 0.0

    def is_due(self, now: float) -> bool:
        """Whether the next sending step must take the KEM along."""
        old = self.messages > KEM_STEP_MESSAGES or now - self.since > KEM_STEP_SECONDS
        return self.unanswered and (old or not self.known)


@dataclass(slots=True)
class Session:
    """The state of one session with one device, in one algorithm.

    ``own`` and ``own_ciphertext`` are our ratchet pair and the KEM ciphertext that was
    published with it; ``peer`` is theirs, ``None`` until the first message of a session that
    they opened.  ``unanswered`` says that the peer's ratchet key is newer than ours.
    """

    algorithm: Algorithm
    associated: bytes
    root: bytes = field(repr=False)
    own: KeyPair
    own_ciphertext: bytes = b""
    peer: RatchetKey | None = None
    unanswered: bool = False
    sending: Chain | None = None
    receiving: Chain | None = None
    previous: int = 0
    init: bytes = b""
    kem: KemState | None = None

    @property
    def is_spent(self) -> bool:
        """Whether the sending chain has grown as long as it may."""
        place = self.sending.place if self.sending else 0
        return not self.unanswered and place >= LONGEST_SENDING_CHAIN

    def copy(self) -> "Session":
        """A copy to try a message on."""
        sending, receiving, kem = self.sending, self.receiving, self.kem
        return Session(
            self.algorithm, self.associated, self.root, self.own, self.own_ciphertext,
            self.peer, self.unanswered, sending and Chain(sending.key, sending.place),
            receiving and Chain(receiving.key, receiving.place), self.previous, self.init,
            kem and KemState(kem.unanswered, kem.known, kem.messages, kem.since),
        )  # fmt: skip

    def encrypt(
        self, now: float, entropy: Entropy, plaintext: bytes, context: bytes, *, direct: bool
    ) -> bytes:
        """A whole message; ``context`` stands first in the associated data."""
        if self.unanswered:
            self._step_to_send(now, entropy)
        if self.sending is None or self.sending.place > wire.LAST_PLACE:
            raise LocalError("lime.session.spent", "this session can send no more")
        counters = (self.sending.place, self.previous)
        header = wire.encode(self.algorithm, direct, self.init, counters, self._published())
        key = self.sending.step(self.algorithm)
        if self.kem:
            self.kem.messages += 1
        return header + seal(key, plaintext, context + self.associated + header)

    def follows(self, header: Header) -> bool:
        """Whether the message lies ahead of us, so that its key cannot have been kept."""
        return (
            self.receiving is not None
            and self._is_present(header)
            and header.place >= self.receiving.place
        )

    def decrypt(
        self, header: Header, context: bytes, kept: bytes | None = None
    ) -> tuple[bytes, dict[Place, bytes]]:
        """The plaintext, and the keys of the messages this one overtook.

        ``kept`` is the key that an earlier call gave for this message.  After an error the
        session must be thrown away.
        """
        overtaken: dict[Place, bytes] = {}
        key = self._advance(header, overtaken) if kept is None else kept
        associated = context + self.associated + header.raw
        plaintext = unseal(key, header.sealed, associated)
        self.init = b""  # the peer has shown that it has the session
        if self.kem:
            self.kem.messages += 1
            self.kem.known |= names_kem(
                header.key.receiver_index, self.own.kem_public, self.own_ciphertext
            )
        return plaintext, overtaken

    def _is_present(self, header: Header) -> bool:
        return self.peer is not None and self.peer.public == header.key.public

    def _advance(self, header: Header, overtaken: dict[Place, bytes]) -> bytes:
        if not self._is_present(header):
            self._skip(header.previous, overtaken, MOST_OVERTAKEN - header.place)
            self._step_to_receive(header.key)
        self._skip(header.place, overtaken, MOST_OVERTAKEN - len(overtaken))
        if self.receiving is None or self.receiving.place > header.place:
            raise PeerError("lime.message.replayed", "The message's key is gone", 488)
        return self.receiving.step(self.algorithm)

    def _skip(self, until: int, overtaken: dict[Place, bytes], most: int) -> None:
        if self.receiving is None or self.peer is None:
            return
        if until - self.receiving.place > most:
            raise PeerError("lime.message.ahead", "The message is too far ahead", 488)
        while self.receiving.place < until:
            place = (self.peer.public, self.receiving.place)
            overtaken[place] = self.receiving.step(self.algorithm)

    def _step_to_receive(self, key: RatchetKey) -> None:
        # A session that has sent nothing has no key to receive with.
        if not self.own.private or (self.peer is None and self.kem and not key.steps_kem):
            raise PeerError("lime.message.forged", "The message fits no session", 488)
        material = self.algorithm.curve.exchange(self.own.private, key.public)
        if self.kem and key.steps_kem:
            material += self._decapsulate(key)
            self.kem = KemState(unanswered=True, known=True, since=self.kem.since)
            self.peer = key
        elif self.peer is not None:
            self.peer = RatchetKey(key.public, self.peer.kem_public, self.peer.ciphertext)
        else:
            self.peer = key
        self.root, chain = root_step(self.root, material)
        self.receiving = Chain(chain)
        self.unanswered = True

    def _step_to_send(self, now: float, entropy: Entropy) -> None:
        assert self.peer is not None  # `unanswered` says that a key of theirs is here
        curve = self.algorithm.curve
        private = entropy.draw(curve.exchange_size)
        public = curve.exchange_public(private)
        material = curve.exchange(private, self.peer.public)
        own = KeyPair(private, public, self.own.kem_private, self.own.kem_public)
        if self.kem and self.kem.is_due(now):
            assert self.algorithm.kem is not None
            material += self._encapsulate(self.peer, public)
            own = KeyPair(private, public, *self.algorithm.kem.generate())
            self.kem = KemState(unanswered=False, since=now)
        self.root, chain = root_step(self.root, material)
        self.previous = self.sending.place if self.sending else 0
        self.own, self.sending, self.unanswered = own, Chain(chain), False

    def _encapsulate(self, peer: RatchetKey, public: bytes) -> bytes:
        assert self.algorithm.kem is not None
        self.own_ciphertext, secret = self.algorithm.kem.encapsulate(peer.kem_public)
        return secret + public + peer.public + peer.kem_public + self.own_ciphertext

    def _decapsulate(self, key: RatchetKey) -> bytes:
        assert self.algorithm.kem is not None
        secret = self.algorithm.kem.decapsulate(self.own.kem_private, key.ciphertext)
        return secret + key.public + self.own.public + self.own.kem_public + key.ciphertext

    def _published(self) -> RatchetKey:
        if self.kem is None or not self.kem.known or self.peer is None:
            return RatchetKey(self.own.public, self.own.kem_public, self.own_ciphertext)
        return RatchetKey(
            self.own.public,
            sender_index=kem_index(self.own.kem_public, self.own_ciphertext),
            receiver_index=kem_index(self.peer.kem_public, self.peer.ciphertext),
        )


def opened(algorithm: Algorithm, agreement: Agreement, init: Init, signed: SignedPrekey) -> Session:
    """A session that we open towards the owner of ``signed``; its first step waits for the
    first message.
    """
    size = algorithm.curve.exchange_size
    peer = RatchetKey(signed.public[:size], signed.public[size:], bytes(algorithm.ciphertext_size))
    return Session(
        algorithm, agreement.associated, agreement.root, own=NO_KEYS, peer=peer,
        unanswered=True, init=init.encode(),
        kem=KemState(unanswered=True) if algorithm.kem else None,
    )  # fmt: skip


def answered(algorithm: Algorithm, agreement: Agreement, signed: KeyPair) -> Session:
    """A session that a peer opened towards our signed prekey."""
    return Session(
        algorithm, agreement.associated, agreement.root, own=signed,
        own_ciphertext=bytes(algorithm.ciphertext_size),
        kem=KemState(unanswered=False) if algorithm.kem else None,
    )  # fmt: skip
