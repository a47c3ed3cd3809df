"""Rates: how many packets a source sent lately.

A leaky bucket a source: it fills by one a packet and empties at the permitted rate, so that
a short burst passes and a flood does not.
"""

MOST_SOURCES = 50_000


class Rates:
    """Buckets by source; the table is swept when it is full."""

    __slots__ = ("_buckets", "_capacity", "_rate")

    def __init__(self, rate: float, period: float) -> None:
        self._rate = rate
        self._capacity = rate * period
        self._buckets: dict[tuple[str, int], tuple[float, float]] = {}

    def is_over(self, now: float, source: tuple[str, int]) -> bool:
        """Count a packet; whether the source is over its mean rate for the whole period."""
        level, since = self._buckets.get(source, (0.0, now))
        level = max(0.0, level - (now - since) * self._rate) + 1
        if source not in self._buckets and len(self._buckets) >= MOST_SOURCES:
            self._sweep(now)
        self._buckets[source] = (level, now)
        return level > self._capacity

    def _sweep(self, now: float) -> None:
        """Forget the buckets that have run empty, or all where none has."""
        self._buckets = {
            source: bucket
            for source, bucket in self._buckets.items()
            if bucket[0] > (now - bucket[1]) * self._rate
        }
        if len(self._buckets) >= MOST_SOURCES:
            self._buckets.clear()
