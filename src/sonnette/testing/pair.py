"""Machines wired to each other through the emulated network, in virtual time.

The driver of the test kit: it drains after every change and jumps from one deadline or
arrival to the next, so an hour of protocol takes as long as its events.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from sonnette.base.machine import Machine
from sonnette.testing.clock import VirtualClock
from sonnette.testing.drain import checked
from sonnette.testing.nat import Address
from sonnette.testing.network import Datagram, Network

P = TypeVar("P")
Hear = Callable[[Any, float, Datagram[P]], None]
Sent = Callable[[Any], Datagram[P] | None]

MOST_STEPS_AT_ONE_INSTANT = 10_000


class Party(Generic[P]):
    """A machine at one or several addresses, and what it told its application so far."""

    def __init__(self, machine: Machine[Any], hear: Hear[P], sent: Sent[P]) -> None:
        self.machine = machine
        self.told: list[Any] = []
        self._hear = hear
        self._sent = sent

    def hear(self, now: float, datagram: Datagram[P], network: Network[P]) -> None:
        """Hand ``datagram`` to the machine."""
        self._hear(self.machine, now, datagram)
        self.drain(now, network)

    def tick(self, now: float, network: Network[P]) -> None:
        """Tell the machine that its deadline has come."""
        self.machine.tick(now)
        self.drain(now, network)

    def drain(self, now: float, network: Network[P]) -> None:
        """Send what the machine sends, keep what it tells."""
        for output in self.machine.drain():
            datagram = self._sent(output)
            if datagram is None:
                self.told.append(output)
            else:
                network.send(now, datagram)


class Pair(Generic[P]):
    """Two machines or more over one network; call a machine's verbs with ``pair.now``."""

    def __init__(self, network: Network[P] | None = None) -> None:
        self.network: Network[P] = network if network is not None else Network()
        self.clock = VirtualClock()
        self._parties: list[Party[P]] = []
        self._at: dict[Address, Party[P]] = {}
        self._steps = 0

    @property
    def now(self) -> float:
        """The virtual time, in seconds."""
        return self.clock()

    def join(
        self,
        machine: Machine[Any],
        *addresses: Address,
        sent: Sent[P],
        hear: Hear[P],
    ) -> Party[P]:
        """Place ``machine`` at its inside ``addresses``.

        ``sent`` turns an output that transmits into a datagram, and any other into None;
        ``hear`` calls, with a machine, a time and a datagram, the verb that takes it in.
        """
        party = Party(checked(machine), hear, sent)
        self._parties.append(party)
        self._at.update(dict.fromkeys(addresses, party))
        return party

    def run_for(self, seconds: float) -> None:
        """Let ``seconds`` pass."""
        limit = self.now + seconds
        self._settle()
        while self._step(limit):
            pass
        self.clock.jump_to(limit)

    def run_until(self, condition: Callable[[], bool], within: float = 60.0) -> None:
        """Run until ``condition`` holds; AssertionError if it does not ``within`` seconds."""
        limit = self.now + within
        self._settle()
        while not condition():
            assert self._step(limit), (
                f"the awaited did not come by {limit}; next event: {self._next()};"
                f" told: {[party.told for party in self._parties]}"
            )

    def _settle(self) -> None:
        for party in self._parties:
            party.drain(self.now, self.network)

    def _next(self) -> float | None:
        times = [self.network.next, *(party.machine.deadline for party in self._parties)]
        return min((time for time in times if time is not None), default=None)

    def _step(self, limit: float) -> bool:
        when = self._next()
        if when is None or when > limit:
            return False
        self._pass_to(when)
        datagram = self.network.pop(self.now)
        if datagram is not None:
            self._deliver(datagram)
        else:
            self._tick()
        return True

    def _pass_to(self, when: float) -> None:
        self._steps = 0 if when > self.now else self._steps + 1
        assert self._steps < MOST_STEPS_AT_ONE_INSTANT, f"time stands still at {self.now}"
        self.clock.jump_to(max(when, self.now))

    def _deliver(self, datagram: Datagram[P]) -> None:
        party = self._at.get(datagram.destination)
        if party is None:
            self.network.lost += 1
        else:
            party.hear(self.now, datagram, self.network)

    def _tick(self) -> None:
        for party in self._parties:
            deadline = party.machine.deadline
            if deadline is not None and deadline <= self.now:
                party.tick(self.now, self.network)
