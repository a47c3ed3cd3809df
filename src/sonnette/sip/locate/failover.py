"""From one target to the next, and which ones to leave alone for a while.

A target that answered 503, did not answer in time or could not be connected to goes to
the end of every list until its quarantine is over (RFC 3263 section 4.3).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sonnette.sip.locate.wanted import Target

QUARANTINE = 60.0
LONGEST_QUARANTINE = 600.0
ATTEMPT_DELAY = 0.25  # RFC 8305 section 5


class Quarantine:
    """Targets that failed lately, at most ``capacity`` of them; times in seconds."""

    def __init__(self, capacity: int = 1024) -> None:
        self._capacity = capacity
        self._until: dict[Target, float] = {}

    def add(self, now: float, target: Target, seconds: float = QUARANTINE) -> None:
        """It failed; ``seconds`` may come from a Retry-After, which is not trusted for long."""
        self._until.pop(target, None)
        while len(self._until) >= self._capacity:
            del self._until[next(iter(self._until))]
        self._until[target] = now + min(seconds, LONGEST_QUARANTINE)

    def release(self, target: Target) -> None:
        """It works."""
        self._until.pop(target, None)

    def holds(self, now: float, target: Target) -> bool:
        """Whether to leave it alone for now."""
        if self._until.get(target, now) <= now:
            self._until.pop(target, None)
            return False
        return True


@dataclass(frozen=True, slots=True)
class Attempt:
    """Connect to ``target``, ``delay`` seconds after the first attempt of the race."""

    target: Target
    delay: float


class Failover:
    """Goes through the targets of a request, each once, those in quarantine last."""

    def __init__(self, targets: Iterable[Target], quarantine: Quarantine) -> None:
        self._left = list(targets)
        self._quarantine = quarantine

    def next(self, now: float) -> Target | None:
        """The next target to try, or None when all were."""
        if not self._left:
            return None
        healthy = (one for one in self._left if not self._quarantine.holds(now, one))
        chosen = next(healthy, self._left[0])
        self._left.remove(chosen)
        return chosen

    def next_server(self, now: float) -> list[Target]:
        """The next target with the other addresses of its server, for :func:`race`."""
        first = self.next(now)
        if first is None:
            return []
        others = [one for one in self._left if one.is_same_server(first)]
        self._left = [one for one in self._left if not one.is_same_server(first)]
        return [first, *sorted(others, key=lambda one: self._quarantine.holds(now, one))]


def race(addresses: Iterable[Target], delay: float = ATTEMPT_DELAY) -> list[Attempt]:
    """When to start each connection to a stream server (happy eyeballs, RFC 8305).

    The first connection that stands wins and the others are dropped; an attempt that fails
    before the next is due starts the next at once.
    """
    return [Attempt(target, number * delay) for number, target in enumerate(addresses)]
