"""The timers of RFC 3261, table 4, as a value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timers:
    """All in seconds; ``t1`` estimates the round trip, the others follow from the RFC."""

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0

    @property
    def timeout(self) -> float:
        """Timers B, F, H, J, L and M: 64 x T1."""
        return 64 * self.t1

    @property
    def timer_d(self) -> float:
        """How long a client keeps acknowledging a final answer: at least 32 s."""
        return max(32.0, self.timeout)
