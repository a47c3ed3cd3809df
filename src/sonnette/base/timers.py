"""Deadlines for thousands of machines under one wake-up.

:class:`Deadlines` is exact and for the few (transactions on a wire that loses);
:class:`Buckets` is coarse and for the many (bindings, caches), at the cost of a list
append each.  Cancelling is lazy in both: a dead entry is passed over when its time comes.
"""

from collections.abc import Hashable, Iterator
from heapq import heappop, heappush
from math import ceil
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Deadlines(Generic[K]):
    """A key has at most one deadline; setting it again moves it."""

    __slots__ = ("_count", "_due", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, K]] = []
        self._due: dict[K, float] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._due)

    def set(self, key: K, when: float) -> None:
        """Wake ``key`` at ``when``, and no longer at the time set before."""
        self._due[key] = when
        self._count += 1  # equal times go in order of setting; keys are never compared
        heappush(self._heap, (when, self._count, key))
        if len(self._heap) > 64 + 4 * len(self._due):
            self._compact()

    def cancel(self, key: K) -> None:
        """Forget ``key``'s deadline, if it has one."""
        self._due.pop(key, None)

    @property
    def next(self) -> float | None:
        """The earliest deadline."""
        heap, due = self._heap, self._due
        while heap and due.get(heap[0][2]) != heap[0][0]:
            heappop(heap)
        return heap[0][0] if heap else None

    def pop(self, now: float) -> Iterator[K]:
        """Take out, in order, every key whose time has come by ``now``."""
        while (when := self.next) is not None and when <= now:
            key = heappop(self._heap)[2]
            del self._due[key]
            yield key

    def _compact(self) -> None:
        live = {
            key: (when, n, key)
            for when, n, key in sorted(self._heap, key=lambda e: e[:2])
            if self._due.get(key) == when
        }
        self._heap = sorted(live.values(), key=lambda entry: entry[:2])


class Buckets(Generic[K]):
    """Keys in one-second buckets, popped once their second has wholly passed.

    A key may sit in several buckets: whoever pops it checks whether it is really due.
    """

    __slots__ = ("_buckets", "_cursor")

    def __init__(self) -> None:
        self._buckets: dict[int, list[K]] = {}
        self._cursor: int | None = None

    def add(self, key: K, when: float) -> None:
        """Pop ``key`` in the first whole second after ``when``."""
        second = ceil(when)
        if self._cursor is None or second < self._cursor:
            self._cursor = second
        self._buckets.setdefault(second, []).append(key)

    @property
    def next(self) -> float | None:
        """The earliest time at which :meth:`pop` may yield something."""
        return min(self._buckets) if self._buckets else None

    def pop(self, now: float) -> Iterator[K]:
        """Take out every key whose bucket lies at or before ``now``."""
        if self._cursor is None:
            return
        while self._buckets and self._cursor <= now:
            yield from self._buckets.pop(self._cursor, ())
            self._cursor += 1
        if not self._buckets:
            self._cursor = None
