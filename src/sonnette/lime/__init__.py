"""LIME: end-to-end encryption of messages between devices, on the wire of Linphone.

``Device`` is what an application drives; ``server_messages`` is what a key server speaks;
``envelope`` and ``file`` put the results into SIP messages and uploads.
"""

from sonnette.lime.cipher import Policy
from sonnette.lime.device.device import Device
from sonnette.lime.device.receiving import Incoming, Received
from sonnette.lime.device.sending import Outgoing
from sonnette.lime.keeping.peers import Status
from sonnette.lime.keeping.store import MemoryStore, Store
from sonnette.lime.primitives.algorithm import (
    ALGORITHMS,
    C448,
    C448MLK1024,
    C25519,
    C25519MLK512,
    Algorithm,
    preference,
)

__all__ = [
    "ALGORITHMS",
    "C448",
    "C448MLK1024",
    "C25519",
    "C25519MLK512",
    "Algorithm",
    "Device",
    "Incoming",
    "MemoryStore",
    "Outgoing",
    "Policy",
    "Received",
    "Status",
    "Store",
    "preference",
]
