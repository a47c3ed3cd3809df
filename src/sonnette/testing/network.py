"""An imperfect datagram network in virtual time: loss, delay, reordering, copies, NAT.

Chance comes from a seed and simultaneous arrivals keep the order of sending, so a run
repeats exactly.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random
from typing import Generic, TypeVar

from sonnette.testing.nat import Address, Nat

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Datagram(Generic[P]):
    """What travels: ``source`` is as the receiver sees it."""

    source: Address
    destination: Address
    payload: P


@dataclass(frozen=True, slots=True)
class Link:
    """How a path treats datagrams: chances from 0 to 1, times in seconds.

    Each copy takes ``delay`` plus up to ``jitter``; a jitter longer than the gap between
    two datagrams reorders them.
    """

    loss: float = 0.0
    delay: float = 0.0
    jitter: float = 0.0
    duplication: float = 0.0


PERFECT = Link()


class Network(Generic[P]):
    """Every path has the quality ``link`` unless :meth:`join` gave it another."""

    def __init__(self, link: Link = PERFECT, seed: Hashable = 0) -> None:
        self.link = link
        self.lost = 0
        self._links: dict[tuple[str, str], Link] = {}
        self._nat_before: dict[str, Nat] = {}
        self._nat_at: dict[str, Nat] = {}
        self._flying: list[tuple[float, int, Datagram[P]]] = []
        self._count = 0
        self._chance = Random(repr(seed))  # noqa: S311 - a repeatable network, not a secret

    def join(self, host: str, other: str, link: Link) -> None:
        """Give the path from ``host`` to ``other`` its own quality, one way."""
        self._links[host, other] = link

    def put_behind(self, nat: Nat, *hosts: str) -> None:
        """Every datagram of these inside ``hosts`` passes ``nat``."""
        self._nat_at[nat.outside] = nat
        for host in hosts:
            self._nat_before[host] = nat

    @property
    def next(self) -> float | None:
        """When the next datagram arrives somewhere."""
        return self._flying[0][0] if self._flying else None

    def send(self, now: float, datagram: Datagram[P]) -> None:
        """Put a datagram on the wire: it arrives once, never, or twice."""
        link = self._links.get((datagram.source[0], datagram.destination[0]), self.link)
        seen = self._translated_out(now, datagram)
        if self._happens(link.loss):
            self.lost += 1
            return
        self._fly(now, link, seen)
        if self._happens(link.duplication):
            self._fly(now, link, seen)

    def pop(self, now: float) -> Datagram[P] | None:
        """Take the next datagram that has arrived by ``now``, or None."""
        while self._flying and self._flying[0][0] <= now:
            when, _, datagram = heappop(self._flying)
            arrived = self._translated_back(when, datagram)
            if arrived is not None:
                return arrived
            self.lost += 1
        return None

    def _happens(self, chance: float) -> bool:
        return chance > 0 and self._chance.random() < chance

    def _fly(self, now: float, link: Link, datagram: Datagram[P]) -> None:
        self._count += 1
        when = now + link.delay + (self._chance.random() * link.jitter if link.jitter else 0.0)
        heappush(self._flying, (when, self._count, datagram))

    def _translated_out(self, now: float, datagram: Datagram[P]) -> Datagram[P]:
        nat = self._nat_before.get(datagram.source[0])
        # Neighbours behind one box talk without it.
        if nat is None or self._nat_before.get(datagram.destination[0]) is nat:
            return datagram
        source = nat.out(now, datagram.source, datagram.destination)
        return Datagram(source, datagram.destination, datagram.payload)

    def _translated_back(self, now: float, datagram: Datagram[P]) -> Datagram[P] | None:
        nat = self._nat_at.get(datagram.destination[0])
        if nat is None:
            return datagram
        inside = nat.back(now, datagram.source, datagram.destination[1])
        return None if inside is None else Datagram(datagram.source, inside, datagram.payload)
