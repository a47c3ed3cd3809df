"""Server transactions: INVITE (RFC 3261 §17.2.1, RFC 6026 §8.5) and others (§17.2.2)."""

from typing import ClassVar

from sonnette.sip.message import Message, Request, Response
from sonnette.sip.transaction.events import RequestArrived
from sonnette.sip.transaction.machine import On, State, Table, Transaction


class ServerTransaction(Transaction):
    """What both kinds share: answering."""

    __slots__ = ()

    def respond(self, now: float, response: Response) -> None:
        """The user answers."""
        status = response.status
        event = On.PROVISIONAL if status < 200 else On.SUCCESS if status < 300 else On.FAILURE
        self.fire(now, event, response)

    def send(self, _now: float, response: Message | None) -> None:
        """Send the user's answer and keep it for retransmissions."""
        if response is not None:
            self.last = response.encode(is_stream=self.flow.is_reliable)
            self.transmit(self.last)


class InviteServerTransaction(ServerTransaction):
    """IST."""

    __slots__ = ()
    FIRST = State.PROCEEDING

    def _accept(self, now: float, response: Message | None) -> None:
        self.send(now, response)
        self.start_timer(On.LINGER, now + self.timers.timeout)  # Timer L

    def _complete(self, now: float, response: Message | None) -> None:
        self.send(now, response)
        self.start_timer(On.TIMEOUT, now + self.timers.timeout)  # Timer H
        if not self.flow.is_reliable:
            self.start_timer(On.RESEND, now + self.timers.t1)  # Timer G

    def _confirm(self, now: float, _: Message | None) -> None:
        self.linger(now, self.timers.t4)  # Timer I

    def _pass_ack(self, _now: float, ack: Message | None) -> None:
        if isinstance(ack, Request):
            self.out.append(RequestArrived(self.flow, ack))

    TABLE: ClassVar[Table] = {
        State.TRYING: {},
        State.PROCEEDING: {
            On.REQUEST: (State.PROCEEDING, Transaction.repeat),
            On.PROVISIONAL: (State.PROCEEDING, ServerTransaction.send),
            On.SUCCESS: (State.ACCEPTED, _accept),
            On.FAILURE: (State.COMPLETED, _complete),
            On.TRANSPORT_ERROR: (State.TERMINATED, Transaction.fail),
        },
        State.ACCEPTED: {
            On.ACK: (State.ACCEPTED, _pass_ack),
            On.SUCCESS: (State.ACCEPTED, ServerTransaction.send),
            On.LINGER: (State.TERMINATED, Transaction.end),
        },
        State.COMPLETED: {
            On.REQUEST: (State.COMPLETED, Transaction.repeat),
            On.RESEND: (State.COMPLETED, Transaction.resend),
            On.ACK: (State.CONFIRMED, _confirm),
            On.TIMEOUT: (State.TERMINATED, Transaction.time_out),
            On.TRANSPORT_ERROR: (State.TERMINATED, Transaction.end),
        },
        State.CONFIRMED: {
            On.LINGER: (State.TERMINATED, Transaction.end),
        },
        State.TERMINATED: {},
    }


class NonInviteServerTransaction(ServerTransaction):
    """NIST.  RFC 4320: only the user decides on 100, and a 408 is never sent by this layer."""

    __slots__ = ()
    FIRST = State.TRYING

    def _complete(self, now: float, response: Message | None) -> None:
        self.send(now, response)
        self.linger(now, self.timers.timeout)  # Timer J

    TABLE: ClassVar[Table] = {
        State.TRYING: {
            On.PROVISIONAL: (State.PROCEEDING, ServerTransaction.send),
            On.SUCCESS: (State.COMPLETED, _complete),
            On.FAILURE: (State.COMPLETED, _complete),
            On.TRANSPORT_ERROR: (State.TERMINATED, Transaction.fail),
        },
        State.PROCEEDING: {
            On.REQUEST: (State.PROCEEDING, Transaction.repeat),
            On.PROVISIONAL: (State.PROCEEDING, ServerTransaction.send),
            On.SUCCESS: (State.COMPLETED, _complete),
            On.FAILURE: (State.COMPLETED, _complete),
            On.TRANSPORT_ERROR: (State.TERMINATED, Transaction.fail),
        },
        State.COMPLETED: {
            On.REQUEST: (State.COMPLETED, Transaction.repeat),
            On.LINGER: (State.TERMINATED, Transaction.end),
        },
        State.TERMINATED: {},
    }
