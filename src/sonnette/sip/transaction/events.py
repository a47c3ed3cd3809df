"""What transactions tell their user, and what they give to be sent."""

from typing import TYPE_CHECKING

from sonnette.sip.flow import Flow
from sonnette.sip.message import Request, Response

if TYPE_CHECKING:
    from sonnette.sip.transaction.machine import Transaction

Transmit = tuple[Flow, bytes]
"""Bytes to send on a flow."""


class RequestArrived:
    """A request that no transaction knew, or an ACK to a 2xx."""

    __slots__ = ("flow", "request")

    def __init__(self, flow: Flow, request: Request) -> None:
        self.flow = flow
        self.request = request


class ResponseArrived:
    """A response to the request of a client transaction."""

    __slots__ = ("response", "transaction")

    def __init__(self, transaction: "Transaction", response: Response) -> None:
        self.transaction = transaction
        self.response = response


class Stray:
    """A response that belongs to no transaction (a late 2xx: RFC 6026 §7.3)."""

    __slots__ = ("flow", "response")

    def __init__(self, flow: Flow, response: Response) -> None:
        self.flow = flow
        self.response = response


class Cancelled:
    """The peer gave up its INVITE; the CANCEL itself has been answered."""

    __slots__ = ("request", "transaction")

    def __init__(self, transaction: "Transaction", request: Request) -> None:
        self.transaction = transaction
        self.request = request


class TimedOut:
    """No final answer came (a client), or no ACK (a server), in 64 x T1."""

    __slots__ = ("transaction",)

    def __init__(self, transaction: "Transaction") -> None:
        self.transaction = transaction


class TransportFailed(TimedOut):
    """The flow broke before the transaction was done."""

    __slots__ = ()


class Terminated(TimedOut):
    """The transaction is over; nothing more comes from it."""

    __slots__ = ()


Event = RequestArrived | ResponseArrived | Stray | Cancelled | TimedOut
Output = Transmit | Event
