"""Locating SIP servers (RFC 3263), without I/O: questions go out, targets come back."""

from sonnette.sip.locate.dns import Address, Answer, Kind, Naptr, Question, Srv
from sonnette.sip.locate.failover import Attempt, Failover, Quarantine, race
from sonnette.sip.locate.lookup import Ask, Located, Lookup, NotLocated
from sonnette.sip.locate.names import Cache, Names
from sonnette.sip.locate.wanted import Target, Wanted

__all__ = [
    "Address",
    "Answer",
    "Ask",
    "Attempt",
    "Cache",
    "Failover",
    "Kind",
    "Located",
    "Lookup",
    "Names",
    "Naptr",
    "NotLocated",
    "Quarantine",
    "Question",
    "Srv",
    "Target",
    "Wanted",
    "race",
]
