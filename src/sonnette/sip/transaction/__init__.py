"""Transactions (RFC 3261 §17, with RFC 4320 and RFC 6026): four machines and their layer."""

from sonnette.sip.transaction.events import (
    Cancelled,
    Event,
    RequestArrived,
    ResponseArrived,
    Stray,
    Terminated,
    TimedOut,
    TransportFailed,
)
from sonnette.sip.transaction.layer import TransactionLayer

__all__ = [
    "Cancelled",
    "Event",
    "RequestArrived",
    "ResponseArrived",
    "Stray",
    "Terminated",
    "TimedOut",
    "TransactionLayer",
    "TransportFailed",
]
