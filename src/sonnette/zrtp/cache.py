"""What is kept of a peer between calls (RFC 6189 4.3 and 4.6.1): the port, and one in memory.

A call keyed with a secret of the call before cannot have been intercepted unless that one
was: comparing the short authentication string once protects the calls that follow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sonnette.base.shield import Secret
from sonnette.zrtp.messages import FOREVER


@dataclass(frozen=True, slots=True)
class Retained:
    """The secrets shared with one peer device, and whether a person compared the string.

    ``lifetime`` is in seconds from the moment it is retained; 0xffffffff means for ever.
    """

    rs1: Secret
    rs2: Secret | None = None
    verified: bool = False
    lifetime: int = FOREVER


class Cache(Protocol):
    """Where retained secrets are kept, by the peer device's 12-byte ZID."""

    def recall(self, zid: bytes) -> Retained | None:
        """What is kept of a device and has not expired."""

    def retain(self, zid: bytes, retained: Retained) -> None:
        """Keep this of a device, in place of what was kept."""

    def forget(self, zid: bytes) -> None:
        """Keep nothing of a device."""


class MemoryCache:
    """Keeps secrets as long as the process lives; ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: dict[bytes, tuple[float, Retained]] = {}

    def recall(self, zid: bytes) -> Retained | None:
        since, retained = self._kept.get(zid, (0.0, None))
        if retained and retained.lifetime != FOREVER and self._clock() > since + retained.lifetime:
            self.forget(zid)
            return None
        return retained

    def retain(self, zid: bytes, retained: Retained) -> None:
        self._kept[zid] = self._clock(), retained

    def forget(self, zid: bytes) -> None:
        self._kept.pop(zid, None)
