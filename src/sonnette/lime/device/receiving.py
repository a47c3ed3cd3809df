"""Decrypting: finding the session a message belongs to, or opening the one it asks for.

Every attempt works on a copy, so a message that is refused changes nothing.
"""

import hashlib
from dataclasses import dataclass

from sonnette.base.errors import PeerError
from sonnette.lime import address, cipher, x3dh
from sonnette.lime.device.events import Concern, PeerConcern
from sonnette.lime.device.keyring import Keyring
from sonnette.lime.header import LARGEST, Header
from sonnette.lime.keeping.peers import Meeting, Status
from sonnette.lime.keeping.record import StoredSession
from sonnette.lime.keeping.sessions import Attempt
from sonnette.lime.keys import KeyPair, fingerprint
from sonnette.lime.primitives.algorithm import Algorithm
from sonnette.lime.primitives.kdf import TAG_SIZE
from sonnette.lime.ratchet import answered
from sonnette.lime.x3dh import Init

CONCERNS = {
    Meeting.NEW_IDENTITY: Concern.NEW_IDENTITY,
    Meeting.WEAKER_ALGORITHM: Concern.WEAKER_ALGORITHM,
}


@dataclass(frozen=True, slots=True)
class Incoming:
    """What arrived: from which device, in which conversation, our part and the shared part."""

    sender: str
    conversation: str
    message: bytes
    cipher_message: bytes = b""


@dataclass(frozen=True, slots=True)
class Received:
    """A payload, and how the sender's device stood before it came."""

    payload: bytes
    status: Status
    algorithm: Algorithm


@dataclass(frozen=True, slots=True)
class Suspect:
    """A genuine first message that waits for consent: who it came from, as what."""

    device: str
    algorithm: Algorithm
    identity: bytes


class SuspectError(Exception):
    """Raised within this package only: the sender is not who we knew."""

    def __init__(self, suspect: Suspect, meeting: Meeting) -> None:
        super().__init__()
        self.suspect, self.meeting = suspect, meeting


class Receiver:
    """Decrypts for one device of ours."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def receive(self, now: float, incoming: Incoming) -> Received:
        """The payload of a message; whatever is wrong with it is a :class:`PeerError`."""
        header = self._parse(incoming)
        status = self._keyring.peers.status(incoming.sender)
        context = self._context(incoming)
        for stored in self._keyring.sessions.candidates(incoming.sender, header.algorithm):
            attempt = self._try(stored, header, context)
            if attempt is not None:
                payload = self._payload(incoming, header, attempt)
                with self._keyring.change():
                    self._keyring.sessions.settle(now, incoming.sender, attempt)
                return Received(payload, status, header.algorithm)
        payload = self._first(now, incoming, header, context)
        return Received(payload, status, header.algorithm)

    def _parse(self, incoming: Incoming) -> Header:
        address.theirs(incoming.sender)
        address.theirs(incoming.conversation)
        if len(incoming.cipher_message) > LARGEST:
            raise PeerError("lime.message.large", f"The message is over {LARGEST} bytes", 413)
        header = Header.parse(incoming.message)
        own = self._keyring.own.get(header.algorithm)
        if own is None or own.account() is None:
            name = header.algorithm.name
            raise PeerError("lime.algorithm.unused", f"This device has no {name} keys", 488)
        if header.direct == bool(incoming.cipher_message):
            raise PeerError(
                "lime.message.policy", "Message and cipher message do not belong together", 488
            )
        if not header.direct and len(incoming.cipher_message) < TAG_SIZE:
            raise PeerError("lime.message.malformed", "The cipher message is cut", 488)
        return header

    def _context(self, incoming: Incoming) -> bytes:
        first = cipher.tag_of(incoming.cipher_message) or incoming.conversation.encode()
        return first + incoming.sender.encode() + self._keyring.address

    def _try(self, stored: StoredSession, header: Header, context: bytes) -> Attempt | None:
        try:
            return self._keyring.sessions.attempt(stored, header, context)
        except PeerError:
            return None

    def _payload(self, incoming: Incoming, header: Header, attempt: Attempt) -> bytes:
        if header.direct:
            return attempt.plaintext
        return cipher.unseal_payload(
            attempt.plaintext,
            incoming.cipher_message,
            incoming.sender.encode(),
            incoming.conversation.encode(),
        )

    def _first(self, now: float, incoming: Incoming, header: Header, context: bytes) -> bytes:
        init, algorithm, ring = header.init, header.algorithm, self._keyring
        if init is None:
            raise PeerError("lime.session.none", "The message fits no session we have", 488)
        own = ring.own[algorithm]
        prekeys = self._prekeys(algorithm, init)
        seen = hashlib.sha256(init.identity + init.ephemeral).digest()
        if own.has_seen(seen):
            raise PeerError("lime.message.replayed", "This first message came before", 488)
        devices = (incoming.sender.encode(), ring.address)
        agreement = x3dh.respond(algorithm, own.identity(), devices, init, prekeys)
        session = answered(algorithm, agreement, prekeys[0])
        attempt = ring.sessions.attempt(ring.sessions.fresh(now, session), header, context)
        payload = self._payload(incoming, header, attempt)
        meeting = ring.peers.meet(incoming.sender, algorithm, init.identity)
        if meeting in CONCERNS:
            raise SuspectError(Suspect(incoming.sender, algorithm, init.identity), meeting)
        with ring.change():
            if init.one_time is None:
                own.remember(now, seen)
            else:
                own.drop_one_time(init.one_time)
            ring.peers.pin(incoming.sender, algorithm, init.identity)
            ring.sessions.settle(now, incoming.sender, attempt)
            ring.sessions.prune(incoming.sender, algorithm)
        return payload

    def _prekeys(self, algorithm: Algorithm, init: Init) -> tuple[KeyPair, ...]:
        own = self._keyring.own[algorithm]
        signed = own.find_signed(init.signed)
        if signed is None:
            raise PeerError("lime.session.prekey", "The signed prekey is not kept any more", 488)
        if init.one_time is None:
            return (signed,)
        one_time = own.find_one_time(init.one_time)
        if one_time is None:
            raise PeerError("lime.session.prekey", "The one-time prekey was used before", 488)
        return (signed, one_time)


def concern_of(suspected: SuspectError) -> PeerConcern:
    """What to tell the application of a suspected message."""
    suspect = suspected.suspect
    return PeerConcern(
        suspect.device,
        suspect.algorithm,
        CONCERNS[suspected.meeting],
        fingerprint(suspect.identity),
    )
