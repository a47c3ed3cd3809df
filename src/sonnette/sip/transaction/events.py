"""What comes to the user of the layer without a transaction, and what goes to be sent."""

from sonnette.sip.flow import Flow
from sonnette.sip.message import Request, Response

Transmit = tuple[Flow, bytes]
"""Bytes to send on a flow."""


class RequestArrived:
    """A request that no transaction knew, or an ACK to a 2xx."""

    __slots__ = ("flow", "request")

    def __init__(self, flow: Flow, request: Request) -> None:
        self.flow = flow
        self.request = request


class Stray:
    """A response that belongs to no transaction (a late 2xx: RFC 6026 §7.3)."""

    __slots__ = ("flow", "response")

    def __init__(self, flow: Flow, response: Response) -> None:
        self.flow = flow
        self.response = response
