"""The public test kit: virtual time, an imperfect network, machines at play."""

from sonnette.testing.clock import VirtualClock
from sonnette.testing.drain import checked
from sonnette.testing.nat import Address, Behaviour, Nat
from sonnette.testing.network import Datagram, Link, Network
from sonnette.testing.pair import Pair, Party
from sonnette.testing.playbook import Play, playbook

__all__ = [
    "Address",
    "Behaviour",
    "Datagram",
    "Link",
    "Nat",
    "Network",
    "Pair",
    "Party",
    "Play",
    "VirtualClock",
    "checked",
    "playbook",
]
