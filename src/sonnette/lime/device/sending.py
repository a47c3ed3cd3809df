"""Encrypting: a payload waits, as a ticket, until each of its devices has a session or none
can be had.

Bundles are fetched for all waiting tickets together, one question at a time, in the order
of the algorithms we prefer.  A device whose identity changed, or that offers only a weaker
algorithm than before, holds its tickets back until the application consents or refuses.
"""

from dataclasses import dataclass, field

from sonnette.base.errors import LocalError, PeerError
from sonnette.lime import address, cipher
from sonnette.lime.cipher import Policy
from sonnette.lime.device.events import Concern, DeviceMessage, Encrypted, NotEncrypted, PeerConcern
from sonnette.lime.device.key_server import KeyServer
from sonnette.lime.device.keyring import Keyring
from sonnette.lime.device.receiving import CONCERNS, Suspect
from sonnette.lime.header import LARGEST
from sonnette.lime.keeping.peers import Meeting, Status
from sonnette.lime.keeping.record import StoredSession
from sonnette.lime.keys import Bundle, fingerprint
from sonnette.lime.primitives.algorithm import Algorithm
from sonnette.lime.server_messages import Bundles, GetBundles, Response

MOST_TICKETS = 256
MOST_DEVICES = 10_000
LARGEST_PAYLOAD = LARGEST // 2
MOST_HELD = 1000
MOST_ASKED = 500


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A payload for the devices of a conversation; ``conversation`` is its address."""

    conversation: str
    devices: tuple[str, ...]
    payload: bytes = field(repr=False)
    policy: Policy = Policy.UPLOAD_SIZE


@dataclass(slots=True)
class _Held:
    """A device that waits for consent, with the bundle it came by if it came by one."""

    suspect: Suspect
    bundle: Bundle | None


class Sender:
    """Encrypts for one device of ours."""

    def __init__(self, keyring: Keyring, server: KeyServer) -> None:
        self._keyring, self._server = keyring, server
        self._tickets: dict[int, Outgoing] = {}
        self._last = 0
        self._tried: dict[str, int] = {}
        self._held: dict[str, _Held] = {}
        self._new: set[str] = set()
        self._asking = False

    def send(self, now: float, outgoing: Outgoing) -> int:
        """Take a payload; its ticket comes back with the outcome."""
        self._check(outgoing)
        if len(self._tickets) >= MOST_TICKETS:
            raise LocalError("lime.tickets", f"{MOST_TICKETS} payloads are waiting already")
        self._last += 1
        self._tickets[self._last] = outgoing
        self.advance(now)
        return self._last

    def _check(self, outgoing: Outgoing) -> None:
        devices = outgoing.devices
        address.own(outgoing.conversation)
        for device in devices:
            if not self._keyring.peers.is_known(device):
                address.own(device)
        if self._keyring.device in devices or len(set(devices)) != len(devices):
            raise LocalError("lime.recipients", "a device stands twice, or is the sending one")
        if not 0 < len(devices) <= MOST_DEVICES:
            raise LocalError("lime.recipients", f"expected 1 to {MOST_DEVICES} devices")
        if len(outgoing.payload) > LARGEST_PAYLOAD:
            raise LocalError("lime.payload.large", f"expected at most {LARGEST_PAYLOAD} bytes")

    def cancel(self, ticket: int) -> None:
        """Forget a payload that has not gone."""
        self._tickets.pop(ticket, None)

    def hold(self, suspect: Suspect, bundle: Bundle | None = None) -> None:
        """Send nothing to a device before the application has decided."""
        if len(self._held) < MOST_HELD or suspect.device in self._held:
            self._held[suspect.device] = _Held(suspect, bundle)

    def consent(self, now: float, device: str) -> None:
        """Take the device as it now comes."""
        held = self._decided(device)
        suspect, ring = held.suspect, self._keyring
        with ring.change():
            if ring.peers.meet(device, suspect.algorithm, suspect.identity) is Meeting.NEW_IDENTITY:
                ring.sessions.forget(device, suspect.algorithm)
            ring.peers.pin(device, suspect.algorithm, suspect.identity)
            if held.bundle is not None:
                ring.open_session(now, device, suspect.algorithm, held.bundle)
        self.advance(now)

    def refuse(self, now: float, device: str) -> None:
        """Leave the device out of what waits for it."""
        self._decided(device)
        self._tried[device] = len(self._keyring.algorithms)
        self.advance(now)

    def advance(self, now: float) -> None:
        """Encrypt what can be encrypted; ask for what is missing."""
        wanted: dict[str, None] = {}
        for ticket, outgoing in list(self._tickets.items()):
            found = {device: self._session(device) for device in outgoing.devices}
            missing = [d for d, stored in found.items() if not self._is_settled(d, stored)]
            if not missing:
                del self._tickets[ticket]
                self._encrypt(now, ticket, outgoing, found)
            wanted.update(dict.fromkeys(d for d in missing if d not in self._held))
        self._forget_tries()
        if wanted and not self._asking:
            self._fetch(list(wanted))

    def _forget_tries(self) -> None:
        """What nobody waits for any more is asked for again when somebody does."""
        awaited = {device for outgoing in self._tickets.values() for device in outgoing.devices}
        self._tried = {device: n for device, n in self._tried.items() if device in awaited}

    def _decided(self, device: str) -> _Held:
        try:
            return self._held.pop(device)
        except KeyError:
            raise LocalError("lime.peer.settled", "no decision on this device is open") from None

    def _is_settled(self, device: str, stored: StoredSession | None) -> bool:
        if device in self._held:
            return False
        given_up = self._tried.get(device, 0) >= len(self._keyring.algorithms)
        return stored is not None or given_up

    def _session(self, device: str) -> StoredSession | None:
        ring = self._keyring
        for algorithm in ring.algorithms:
            stored = ring.sessions.active(device, algorithm)
            if stored is not None and not _is_superseded(ring, device, algorithm):
                return stored
        return None

    def _encrypt(
        self,
        now: float,
        ticket: int,
        outgoing: Outgoing,
        found: dict[str, StoredSession | None],
    ) -> None:
        sessions = {device: stored for device, stored in found.items() if stored is not None}
        missed = tuple(device for device in found if device not in sessions)
        if not sessions:
            reason = "All recipients failed to provide a key bundle"
            self._keyring.outputs.append(NotEncrypted(ticket, "lime.no-recipient", reason))
            return
        encryption = _Encryption(self._keyring, now, outgoing, len(sessions))
        with self._keyring.change():
            messages = tuple(
                DeviceMessage(device, encryption.to(device, stored), self._status(device))
                for device, stored in sessions.items()
            )
        self._new.difference_update(sessions)
        self._keyring.outputs.append(Encrypted(ticket, messages, encryption.shared, missed))

    def _status(self, device: str) -> Status:
        return Status.UNKNOWN if device in self._new else self._keyring.peers.status(device)

    def _fetch(self, devices: list[str]) -> None:
        algorithms = self._keyring.algorithms
        place = min(self._tried.get(device, 0) for device in devices)
        asked = [d for d in devices if self._tried.get(d, 0) == place][:MOST_ASKED]
        algorithm = algorithms[place]
        self._asking = True

        def then(now: float, response: Response) -> None:
            self._asking = False
            bundles = dict(response.bundles) if isinstance(response, Bundles) else {}
            for device in asked:
                self._take(now, device, algorithm, bundles.get(device))
                if not isinstance(response, Bundles):
                    self._tried[device] = len(algorithms)
            self.advance(now)

        self._server.ask(algorithm, GetBundles(tuple(asked)), then)

    def _take(self, now: float, device: str, algorithm: Algorithm, bundle: Bundle | None) -> None:
        self._tried[device] = self._tried.get(device, 0) + 1
        if bundle is None:
            if self._keyring.peers.find(device, algorithm):
                self._tell(device, algorithm, Concern.LEFT_THE_SERVER)
            return
        if bundle.one_time is None:
            self._tell(device, algorithm, Concern.NO_ONE_TIME_KEY)
            if self._session(device) is not None:
                return  # one appeared meanwhile, and this bundle would make a weaker one
        self._meet(now, device, algorithm, bundle)

    def _meet(self, now: float, device: str, algorithm: Algorithm, bundle: Bundle) -> None:
        mark = fingerprint(bundle.identity)
        try:
            bundle.verify(algorithm)
            meeting = self._keyring.peers.meet(device, algorithm, bundle.identity)
            if meeting in CONCERNS:
                self.hold(Suspect(device, algorithm, bundle.identity), bundle)
                self._tell(device, algorithm, CONCERNS[meeting], mark)
                return
            if self._keyring.peers.status(device) is Status.UNKNOWN:
                self._new.add(device)
            with self._keyring.change():
                self._keyring.open_session(now, device, algorithm, bundle)
        except PeerError:
            self._tell(device, algorithm, Concern.BAD_SIGNATURE, mark)

    def _tell(self, device: str, algorithm: Algorithm, concern: Concern, mark: str = "") -> None:
        self._keyring.outputs.append(PeerConcern(device, algorithm, concern, mark))


class _Encryption:
    """One payload on its way to several devices; ``shared`` is its cipher message."""

    def __init__(self, keyring: Keyring, now: float, outgoing: Outgoing, devices: int) -> None:
        self._keyring, self._now = keyring, now
        conversation = outgoing.conversation.encode()
        self._direct = outgoing.policy.is_direct(len(outgoing.payload), devices)
        if self._direct:
            self.shared, self._inner, self._first = b"", outgoing.payload, conversation
        else:
            self._inner = keyring.entropy.draw(cipher.SEED_SIZE)
            self.shared = cipher.seal_payload(
                self._inner, outgoing.payload, keyring.address, conversation
            )
            self._first = cipher.tag_of(self.shared)

    def to(self, device: str, stored: StoredSession) -> bytes:
        """The message for one device, its session saved."""
        ring = self._keyring
        context = self._first + ring.address + device.encode()
        message = stored.session.encrypt(
            self._now, ring.entropy, self._inner, context, direct=self._direct
        )
        ring.sessions.save(device, stored)
        return message


def _is_superseded(keyring: Keyring, device: str, algorithm: Algorithm) -> bool:
    peer = keyring.peers.find(device, algorithm)
    return peer is not None and peer.superseded
