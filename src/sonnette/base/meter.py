"""Counters and histograms, as plain numbers that a scraper reads when it comes.

Names follow Prometheus (``snake_case``, unit at the end); labels are fixed words, never
personal data.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable

Labels = tuple[tuple[str, str], ...]


class Histogram:
    """Counts of observations up to each bound, their sum and their number."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Iterable[float]) -> None:
        self.bounds = tuple(sorted(bounds))
        self.counts = [0] * (len(self.bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count ``value`` in its bucket."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


class Meter:
    """The process's counters; one object, handed to whoever counts."""

    __slots__ = ("counters", "histograms")

    def __init__(self) -> None:
        self.counters: Counter[tuple[str, Labels]] = Counter()
        self.histograms: dict[str, Histogram] = {}

    def count(self, name: str, amount: int = 1, **labels: str) -> None:
        """Add ``amount`` to the counter ``name`` with these labels."""
        self.counters[name, tuple(sorted(labels.items()))] += amount

    def read(self, name: str, **labels: str) -> int:
        """The counter's present value."""
        return self.counters[name, tuple(sorted(labels.items()))]

    def histogram(self, name: str, bounds: Iterable[float]) -> Histogram:
        """The histogram ``name``, made with ``bounds`` at its first use."""
        if name not in self.histograms:
            self.histograms[name] = Histogram(bounds)
        return self.histograms[name]
