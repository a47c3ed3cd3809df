"""What a device knows of its peers: their pinned identities, and how far each is trusted.

An identity is pinned when a device is first met.  A device that comes with another
identity, or in a weaker algorithm than it is known to have, is a matter for the
application: nothing here accepts it by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum, IntEnum
from hmac import compare_digest

from sonnette.base.errors import LocalError
from sonnette.lime.keeping.record import join, split
from sonnette.lime.keeping.store import Kind, Store
from sonnette.lime.primitives.algorithm import ALGORITHMS, Algorithm


class Status(IntEnum):
    """How far a device is trusted; the last two are answers and are never stored."""

    UNTRUSTED = 0
    TRUSTED = 1
    UNSAFE = 2
    FAIL = 3
    UNKNOWN = 4


class Meeting(Enum):
    """What a device's identity and algorithm are to what we know."""

    FIRST = "first"
    KNOWN = "known"
    NEW_IDENTITY = "new-identity"
    WEAKER_ALGORITHM = "weaker-algorithm"


@dataclass(frozen=True, slots=True)
class Peer:
    """One device in one algorithm; ``identity`` is empty for one only marked unsafe.

    ``superseded``: since we met it here, it has shown a stronger algorithm.
    """

    device: str
    algorithm: int
    identity: bytes
    status: Status
    superseded: bool = False


class Peers:
    """The peers of one device of ours."""

    def __init__(self, store: Store, own: bytes) -> None:
        self._store, self._own = store, own
        self._known: dict[tuple[str, int], Peer | None] = {}
        self._statuses: dict[str, Status] = {}

    def find(self, device: str, algorithm: Algorithm) -> Peer | None:
        """What is known of ``device`` in ``algorithm``."""
        key = (device, algorithm.number)
        if key not in self._known:
            record = self._store.read(Kind.PEER, self._own, _name(device, algorithm.number))
            self._known[key] = _decode(record) if record else None
        return self._known[key]

    def everyone(self) -> list[Peer]:
        """All of them."""
        return [_decode(record) for record in self._store.scan(Kind.PEER, self._own)]

    def meet(self, device: str, algorithm: Algorithm, identity: bytes) -> Meeting:
        """Compare an identity with the pinned one, and the algorithm with those known."""
        peer = self.find(device, algorithm)
        if peer is not None and peer.identity:
            if not compare_digest(peer.identity, identity):
                return Meeting.NEW_IDENTITY
            return Meeting.WEAKER_ALGORITHM if peer.superseded else Meeting.KNOWN
        if any(
            (other := self.find(device, stronger)) is not None and other.identity
            for stronger in ALGORITHMS
            if stronger.strength > algorithm.strength
        ):
            return Meeting.WEAKER_ALGORITHM
        return Meeting.FIRST

    def pin(self, device: str, algorithm: Algorithm, identity: bytes) -> None:
        """Keep ``identity`` as the device's own: at a first meeting, or by consent."""
        peer = self.find(device, algorithm)
        same = peer is not None and peer.identity in {b"", identity}
        status = peer.status if peer is not None and same else Status.UNTRUSTED
        self._write(Peer(device, algorithm.number, identity, status))
        for weaker in ALGORITHMS:
            known = self.find(device, weaker)
            if weaker.strength < algorithm.strength and known and not known.superseded:
                self._write(replace(known, superseded=True))

    def is_known(self, device: str) -> bool:
        """Whether the device has been met, as far as memory tells."""
        return self._statuses.get(device, Status.UNKNOWN) is not Status.UNKNOWN

    def status(self, device: str) -> Status:
        """The least trust any of its algorithms has; unknown where none is."""
        if device not in self._statuses:
            self._statuses[device] = self._least(device)
        return self._statuses[device]

    def _least(self, device: str) -> Status:
        known = [peer for a in ALGORITHMS if (peer := self.find(device, a))]
        if not known:
            return Status.UNKNOWN
        statuses = {peer.status for peer in known}
        return next(s for s in (Status.UNSAFE, Status.UNTRUSTED, Status.TRUSTED) if s in statuses)

    def group_status(self, devices: Iterable[str]) -> Status:
        """A group is as safe as its least safe device."""
        statuses = {self.status(device) for device in devices}
        order = (Status.UNSAFE, Status.UNKNOWN, Status.UNTRUSTED, Status.TRUSTED)
        return next((status for status in order if status in statuses), Status.UNKNOWN)

    def trust(self, device: str, algorithm: Algorithm, identity: bytes) -> None:
        """The person compared this identity (by a SAS, or a fingerprint): pin and trust it."""
        peer = self.find(device, algorithm)
        if peer and peer.identity and not compare_digest(peer.identity, identity):
            raise LocalError("lime.peer.identity", "another identity is pinned for this device")
        self.pin(device, algorithm, identity)
        self._write(Peer(device, algorithm.number, identity, Status.TRUSTED))

    def distrust(self, device: str, algorithm: Algorithm, status: Status) -> None:
        """Make a device untrusted or unsafe; only the latter is kept for an unknown device."""
        if status not in {Status.UNTRUSTED, Status.UNSAFE}:
            raise LocalError("lime.peer.status", f"expected untrusted or unsafe, got {status.name}")
        peer = self.find(device, algorithm)
        if peer is None and status is Status.UNSAFE:
            self._write(Peer(device, algorithm.number, b"", status))
        elif peer is not None and (peer.status, status) != (Status.UNSAFE, Status.UNTRUSTED):
            self._write(replace(peer, status=status))

    def forget(self, device: str) -> None:
        """Know nothing of a device any more."""
        self._statuses.pop(device, None)
        for algorithm in ALGORITHMS:
            self._known.pop((device, algorithm.number), None)
            self._store.delete(Kind.PEER, self._own, _name(device, algorithm.number))

    def uncache(self) -> None:
        """A transaction was rolled back: believe the store alone."""
        self._known.clear()
        self._statuses.clear()

    def _write(self, peer: Peer) -> None:
        name = _name(peer.device, peer.algorithm)
        flags = bytes([peer.algorithm, peer.status, peer.superseded])
        self._store.write(
            Kind.PEER, self._own, name, join(peer.device.encode(), flags, peer.identity)
        )
        self._known[peer.device, peer.algorithm] = peer
        self._statuses.pop(peer.device, None)


def _name(device: str, algorithm: int) -> bytes:
    return b"%b\n%d" % (device.encode(), algorithm)


def _decode(record: bytes) -> Peer:
    device, flags, identity = split(record)
    return Peer(device.decode(), flags[0], identity, Status(flags[1]), bool(flags[2]))
