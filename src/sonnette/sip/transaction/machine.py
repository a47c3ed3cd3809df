"""What the four transaction machines share: a table of transitions and named timers.

A table maps a state to its events, and an event to the next state and an action.  What a
table does not name is ignored: a retransmission absorbed, a late timer.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import Any, ClassVar

from sonnette.base.timers import Deadlines
from sonnette.sip.flow import Flow
from sonnette.sip.message import Message, Request, Response
from sonnette.sip.timers import Timers
from sonnette.sip.transaction.events import RequestArrived, Stray, Transmit


class State(IntEnum):
    """The states of RFC 3261 figures 5 to 8 and RFC 6026 figures 3 and 5."""

    CALLING = 0
    TRYING = 1
    PROCEEDING = 2
    ACCEPTED = 3
    COMPLETED = 4
    CONFIRMED = 5
    TERMINATED = 6


class On(IntEnum):
    """What a transaction reacts to: the wire, the user, its timers."""

    REQUEST = 0
    ACK = 1
    PROVISIONAL = 2
    SUCCESS = 3
    FAILURE = 4
    TRANSPORT_ERROR = 5
    RESEND = 6  # timers A, E, G
    TIMEOUT = 7  # timers B, F, H
    LINGER = 8  # timers D, I, J, K, L, M


Action = Callable[[Any, float, Message | None], None]
Table = dict[State, dict[On, tuple[State, Action]]]


class Surroundings:
    """What the transactions of one layer share: timers, the list of outputs, deadlines."""

    __slots__ = ("out", "schedule", "timers")

    def __init__(
        self, timers: Timers | None = None, schedule: "Deadlines[Transaction] | None" = None
    ) -> None:
        self.timers = timers or Timers()
        self.schedule = schedule
        self.out: list[Output] = []


class Transaction:
    """One transaction.  ``context`` is its user's own, for finding its way back."""

    __slots__ = (
        "_due",
        "_interval",
        "_shared",
        "context",
        "flow",
        "key",
        "last",
        "request",
        "state",
    )
    TABLE: ClassVar[Table]
    FIRST: ClassVar[State]

    def __init__(
        self,
        request: Request,
        flow: Flow,
        shared: Surroundings,
        key: str = "",
    ) -> None:
        self.request = request
        self.flow = flow
        self.key = key
        self.context: Any = None
        self.last: bytes | None = None
        self.state = self.FIRST
        self._shared = shared
        self._interval = shared.timers.t1
        self._due: dict[On, float] = {}

    # --- the machine's doors --------------------------------------------------------------

    @property
    def deadline(self) -> float | None:
        """When to tick next."""
        return min(self._due.values(), default=None)

    def tick(self, now: float) -> None:
        """Fire the timers whose time has come, the earliest first."""
        while (when := self.deadline) is not None and when <= now:
            event = min(self._due, key=self._due.__getitem__)
            del self._due[event]
            self.fire(now, event)
        self._reschedule()

    def drain(self) -> "list[Output]":
        """Every output since the last call, of all that share the surroundings."""
        taken = self.out.copy()
        self.out.clear()
        return taken

    @property
    def out(self) -> "list[Output]":
        """Where outputs go."""
        return self._shared.out

    @property
    def timers(self) -> Timers:
        """T1, T2, T4."""
        return self._shared.timers

    def fire(self, now: float, event: On, message: Message | None = None) -> None:
        """Follow the table."""
        rule = self.TABLE[self.state].get(event)
        if rule is None:
            return
        self.state, action = rule
        action(self, now, message)

    # --- what actions are made of ---------------------------------------------------------

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes from it."""
        return self.state is State.TERMINATED

    def start_timer(self, event: On, when: float) -> None:
        """Fire ``event`` at ``when``."""
        self._due[event] = when
        self._reschedule()

    def stop_timers(self) -> None:
        """Forget every timer."""
        self._due.clear()
        if self._shared.schedule is not None:
            self._shared.schedule.cancel(self)

    def transmit(self, data: bytes) -> None:
        """Send on this transaction's flow."""
        self.out.append((self.flow, data))

    def resend(self, now: float, _: Message | None) -> None:
        """Send the last message again, at intervals that double up to T2."""
        if self.last is not None:
            self.transmit(self.last)
        self._interval = self._next_interval()
        self.start_timer(On.RESEND, now + self._interval)

    def repeat(self, _now: float, _: Message | None) -> None:
        """Send the last message again because the peer repeated its own."""
        if self.last is not None:
            self.transmit(self.last)

    def linger(self, now: float, seconds: float) -> None:
        """Stay for retransmissions on UDP; a reliable transport has none: end at once."""
        self.stop_timers()
        if self.flow.is_reliable:
            self.state = State.TERMINATED
            self.out.append(Terminated(self))
        else:
            self.start_timer(On.LINGER, now + seconds)

    def time_out(self, _now: float, _: Message | None) -> None:
        """Tell the user that nothing came."""
        self.stop_timers()
        self.out.append(TimedOut(self))
        self.out.append(Terminated(self))

    def fail(self, _now: float, _: Message | None) -> None:
        """Tell the user that the flow broke."""
        self.stop_timers()
        self.out.append(TransportFailed(self))
        self.out.append(Terminated(self))

    def end(self, _now: float, _: Message | None) -> None:
        """Tell the user that it is over."""
        self.stop_timers()
        self.out.append(Terminated(self))

    def _next_interval(self) -> float:
        return min(2 * self._interval, self.timers.t2)

    def _reschedule(self) -> None:
        schedule = self._shared.schedule
        if schedule is None:
            return
        if self._due:
            schedule.set(self, min(self._due.values()))
        else:
            schedule.cancel(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.request.method} {self.state.name}>"


# --- what transactions tell their user ----------------------------------------------------


class ResponseArrived:
    """A response to the request of a client transaction."""

    __slots__ = ("response", "transaction")

    def __init__(self, transaction: Transaction, response: Response) -> None:
        self.transaction = transaction
        self.response = response


class Cancelled:
    """The peer gave up its INVITE; the CANCEL itself has been answered."""

    __slots__ = ("request", "transaction")

    def __init__(self, transaction: Transaction, request: Request) -> None:
        self.transaction = transaction
        self.request = request


class TimedOut:
    """No final answer came (a client), or no ACK (a server), in 64 x T1."""

    __slots__ = ("transaction",)

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction


class TransportFailed(TimedOut):
    """The flow broke before the transaction was done."""

    __slots__ = ()


class Terminated(TimedOut):
    """The transaction is over; nothing more comes from it."""

    __slots__ = ()


Event = RequestArrived | ResponseArrived | Stray | Cancelled | TimedOut
Output = Transmit | Event
