"""Client transactions: INVITE (RFC 3261 §17.1.1, RFC 6026 §8.4) and others (§17.1.2)."""

from typing import ClassVar

from sonnette.sip import names
from sonnette.sip.flow import Flow
from sonnette.sip.message import Message, Request, Response, make_field
from sonnette.sip.transaction.machine import (
    On,
    ResponseArrived,
    State,
    Surroundings,
    Table,
    Transaction,
)

_ACK_HEADERS = frozenset((names.FROM, names.CALL_ID, names.ROUTE))


def make_ack(request: Request, response: Response) -> bytes:
    """The ACK to a final answer other than 2xx (§17.1.1.3)."""
    fields = [make_field(names.VIA, str(request.via))]
    fields += [field for field in request.fields if field[0] in _ACK_HEADERS]
    fields += [field for field in response.fields if field[0] == names.TO]
    fields.append(make_field(names.CSEQ, f"{request.cseq[0]} ACK"))
    fields.append(make_field(names.MAX_FORWARDS, "70"))
    fields.append(make_field(names.CONTENT_LENGTH, "0"))
    return Request("ACK", request.target, fields).encode()


def make_cancel(request: Request, reason: str | None = None) -> Request:
    """The CANCEL of an INVITE already sent (§9.1), with a Reason (RFC 3326) where given."""
    kept = (*_ACK_HEADERS, names.TO)
    fields = [make_field(names.VIA, str(request.via))]
    fields += [field for field in request.fields if field[0] in kept]
    fields.append(make_field(names.CSEQ, f"{request.cseq[0]} CANCEL"))
    fields.append(make_field(names.MAX_FORWARDS, "70"))
    if reason is not None:
        fields.append(make_field(names.REASON, reason))
    fields.append(make_field(names.CONTENT_LENGTH, "0"))
    return Request("CANCEL", request.target, fields)


class ClientTransaction(Transaction):
    """What both kinds share: sending at the start, and classes of answers as events."""

    __slots__ = ()

    def __init__(
        self,
        request: Request,
        flow: Flow,
        now: float,
        shared: Surroundings,
        key: str = "",
    ) -> None:
        super().__init__(request, flow, shared, key)
        timers = shared.timers
        self.last = request.encode(is_stream=flow.is_reliable)
        self.transmit(self.last)
        self._due[On.TIMEOUT] = now + timers.timeout
        if not flow.is_reliable:
            self._due[On.RESEND] = now + timers.t1
        self._reschedule()

    def feed(self, now: float, response: Response) -> None:
        """A response has come."""
        status = response.status
        event = On.PROVISIONAL if status < 200 else On.SUCCESS if status < 300 else On.FAILURE
        self.fire(now, event, response)

    def deliver(self, _now: float, response: Message | None) -> None:
        """Hand the response to the user."""
        if isinstance(response, Response):
            self.out.append(ResponseArrived(self, response))


class InviteClientTransaction(ClientTransaction):
    """ICT."""

    __slots__ = ()
    FIRST = State.CALLING

    def _next_interval(self) -> float:
        return 2 * self._interval  # Timer A doubles without bound (§17.1.1.2)

    def _proceed(self, now: float, response: Message | None) -> None:
        # Both timers stop: how long a phone may ring is the user's to say (§17.1.1.2).
        self.stop_timers()
        self.deliver(now, response)

    def _accept(self, now: float, response: Message | None) -> None:
        self.stop_timers()
        self.start_timer(On.LINGER, now + self.timers.timeout)  # Timer M
        self.deliver(now, response)

    def _complete(self, now: float, response: Message | None) -> None:
        self._acknowledge(now, response)
        self.deliver(now, response)
        self.linger(now, self.timers.timer_d)

    def _acknowledge(self, _now: float, response: Message | None) -> None:
        if isinstance(response, Response):
            self.transmit(make_ack(self.request, response))

    TABLE: ClassVar[Table] = {
        State.CALLING: {
            On.RESEND: (State.CALLING, Transaction.resend),
            On.TIMEOUT: (State.TERMINATED, Transaction.time_out),
            On.TRANSPORT_ERROR: (State.TERMINATED, Transaction.fail),
            On.PROVISIONAL: (State.PROCEEDING, _proceed),
            On.SUCCESS: (State.ACCEPTED, _accept),
            On.FAILURE: (State.COMPLETED, _complete),
        },
        State.PROCEEDING: {
            On.TRANSPORT_ERROR: (State.TERMINATED, Transaction.fail),
            On.PROVISIONAL: (State.PROCEEDING, ClientTransaction.deliver),
            On.SUCCESS: (State.ACCEPTED, _accept),
            On.FAILURE: (State.COMPLETED, _complete),
        },
        State.ACCEPTED: {
            On.SUCCESS: (State.ACCEPTED, ClientTransaction.deliver),
            On.LINGER: (State.TERMINATED, Transaction.end),
        },
        State.COMPLETED: {
            On.FAILURE: (State.COMPLETED, _acknowledge),
            On.LINGER: (State.TERMINATED, Transaction.end),
            On.TRANSPORT_ERROR: (State.TERMINATED, Transaction.end),
        },
        State.TERMINATED: {},
    }


class NonInviteClientTransaction(ClientTransaction):
    """NICT."""

    __slots__ = ()
    FIRST = State.TRYING

    def _proceed(self, now: float, response: Message | None) -> None:
        self._interval = self.timers.t2  # Timer E runs at T2 from now on (§17.1.2.2)
        self.deliver(now, response)

    def _complete(self, now: float, response: Message | None) -> None:
        self.deliver(now, response)
        self.linger(now, self.timers.t4)  # Timer K

    TABLE: ClassVar[Table] = {
        State.TRYING: {
            On.RESEND: (State.TRYING, Transaction.resend),
            On.TIMEOUT: (State.TERMINATED, Transaction.time_out),
            On.TRANSPORT_ERROR: (State.TERMINATED, Transaction.fail),
            On.PROVISIONAL: (State.PROCEEDING, _proceed),
            On.SUCCESS: (State.COMPLETED, _complete),
            On.FAILURE: (State.COMPLETED, _complete),
        },
        State.PROCEEDING: {
            On.RESEND: (State.PROCEEDING, Transaction.resend),
            On.TIMEOUT: (State.TERMINATED, Transaction.time_out),
            On.TRANSPORT_ERROR: (State.TERMINATED, Transaction.fail),
            On.PROVISIONAL: (State.PROCEEDING, ClientTransaction.deliver),
            On.SUCCESS: (State.COMPLETED, _complete),
            On.FAILURE: (State.COMPLETED, _complete),
        },
        State.COMPLETED: {
            On.LINGER: (State.TERMINATED, Transaction.end),
        },
        State.TERMINATED: {},
    }
