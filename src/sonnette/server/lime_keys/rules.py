"""What the key server decides without looking anything up: whose a device is, limits, refusals."""

from collections import OrderedDict
from dataclasses import dataclass

from sonnette.base.errors import PeerError
from sonnette.lime import address
from sonnette.lime.server_messages import Refusal
from sonnette.sip.uri import Uri, parse_uri

MOST_BODY = 512 * 1024
"""Bytes of a request: a registration with every one-time prekey it may have, and room."""

MOST_ONE_TIME = 200
"""One-time prekeys a device may have in one algorithm."""

MOST_ASKED = 1000
"""Devices in one request for bundles."""

MOST_DEVICES = 64
"""Devices of one account in one algorithm."""

ONE_TIME_WINDOW = 3600.0
ONE_TIME_BY_REQUESTER = 10
ONE_TIME_OF_DEVICE = 100
"""One-time prekeys handed out in a window: of a device to one account, and to all."""

MOST_COUNTED = 100_000

_REFUSALS = {
    "bytes.truncated": Refusal.SIZE,
    "lime.server.version": Refusal.VERSION,
    "lime.algorithm.unknown": Refusal.ALGORITHM,
    "lime.keys.sender": Refusal.NO_SENDER,
    "lime.keys.already-in": Refusal.ALREADY_IN,
    "lime.keys.not-found": Refusal.NOT_FOUND,
    "lime.keys.limit": Refusal.LIMIT,
}


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a device is, by its address: the account's, and the instance of the device."""

    uri: Uri
    instance: str


def owner_of(device: str) -> Owner:
    """Read the GRUU of a device; a :class:`PeerError` for anything else."""
    try:
        address.theirs(device)
        uri = parse_uri(device)
    except PeerError:
        raise _no_sender() from None
    instance = uri.parameter("gr")
    if not uri.is_sip or not uri.user or not instance:
        raise _no_sender()
    return Owner(uri, instance)


def refusal_of(error: PeerError) -> Refusal:
    """The protocol's word for an error."""
    return _REFUSALS.get(error.code, Refusal.BAD_REQUEST)


def _no_sender() -> PeerError:
    return PeerError("lime.keys.sender", "expected the address of a device with its instance")


class Allowance:
    """Who may still take one-time prekeys of whom.

    Once used up, bundles go without one: an account that asks again and again must not
    drain a device, and must not keep others from writing to it either.
    """

    def __init__(self) -> None:
        self._taken: OrderedDict[tuple[int, str], tuple[float, int]] = OrderedDict()

    def take(self, now: float, requester: int, device: str) -> bool:
        """Whether ``requester`` may take one of ``device`` now; counts it if so."""
        counts = (((requester, device), ONE_TIME_BY_REQUESTER), ((-1, device), ONE_TIME_OF_DEVICE))
        if any(self._count(now, key) >= most for key, most in counts):
            return False
        for key, _ in counts:
            since, count = self._taken.pop(key, (now, 0))
            self._taken[key] = (since, count + 1)
        while len(self._taken) > MOST_COUNTED:
            self._taken.popitem(last=False)
        return True

    def _count(self, now: float, key: tuple[int, str]) -> int:
        since, count = self._taken.get(key, (now, 0))
        if now - since < ONE_TIME_WINDOW:
            return count
        del self._taken[key]
        return 0
