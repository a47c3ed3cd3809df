"""Transactions (RFC 3261 §17, with RFC 4320 and RFC 6026): four machines and their layer."""

from sonnette.sip.transaction.events import RequestArrived, Stray, Transmit
from sonnette.sip.transaction.layer import TransactionLayer
from sonnette.sip.transaction.machine import (
    Cancelled,
    Event,
    Output,
    ResponseArrived,
    Terminated,
    TimedOut,
    Transaction,
    TransportFailed,
)

__all__ = [
    "Cancelled",
    "Event",
    "Output",
    "RequestArrived",
    "ResponseArrived",
    "Stray",
    "Terminated",
    "TimedOut",
    "Transaction",
    "TransactionLayer",
    "Transmit",
    "TransportFailed",
]
