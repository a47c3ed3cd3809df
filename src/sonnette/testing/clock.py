"""Time that passes only when a test says so."""

from sonnette.base.errors import LocalError


class VirtualClock:
    """A monotonic clock in seconds; call it to read it."""

    __slots__ = ("_now",)

    def __init__(self, now: float = 0.0) -> None:
        self._now = now

    def __call__(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass."""
        self.jump_to(self._now + seconds)

    def jump_to(self, when: float) -> None:
        """Make it ``when``; a monotonic clock never goes back (LocalError)."""
        if when < self._now:
            raise LocalError("testing.clock-back", f"expected {self._now} or later, got {when}")
        self._now = when
