"""The contract between a protocol machine and its driver.

A machine does no I/O and reads no clock.  A driver makes one change (``feed``, ``tick``
or a command verb, each with ``now`` first), then drains every output, and only then makes
the next change.  ``now`` is in seconds of a monotonic clock.
"""

from collections.abc import Iterable
from typing import Protocol, TypeVar

Output = TypeVar("Output", covariant=True)


class Machine(Protocol[Output]):
    """What a driver needs to know of any machine."""

    @property
    def deadline(self) -> float | None:
        """When to call :meth:`tick`, or ``None`` while nothing is awaited."""

    def tick(self, now: float) -> None:
        """The deadline has come; an earlier call does nothing."""

    def drain(self) -> Iterable[Output]:
        """Every output since the last call, in order."""
