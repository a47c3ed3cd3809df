"""ZRTP (RFC 6189): two devices agree on SRTP keys over the media path, and people check it."""

from sonnette.zrtp.algorithms import AuthTag, Cipher, Hash, KeyAgreement, Offer, Sas, Suite
from sonnette.zrtp.cache import Cache, MemoryCache, Retained
from sonnette.zrtp.keys import SrtpKeys
from sonnette.zrtp.matching import Auxiliary, Past, Role
from sonnette.zrtp.outputs import (
    Declined,
    Keyed,
    Output,
    Refused,
    Secured,
    Security,
    Transmit,
    Unanswered,
)
from sonnette.zrtp.refusal import ErrorCode, Refusal
from sonnette.zrtp.session import Session
from sonnette.zrtp.settings import Settings
from sonnette.zrtp.stream import State, Stream
from sonnette.zrtp.wire.packet import is_zrtp

__all__ = [
    "AuthTag",
    "Auxiliary",
    "Cache",
    "Cipher",
    "Declined",
    "ErrorCode",
    "Hash",
    "KeyAgreement",
    "Keyed",
    "MemoryCache",
    "Offer",
    "Output",
    "Past",
    "Refusal",
    "Refused",
    "Retained",
    "Role",
    "Sas",
    "Secured",
    "Security",
    "Session",
    "Settings",
    "SrtpKeys",
    "State",
    "Stream",
    "Suite",
    "Transmit",
    "Unanswered",
    "is_zrtp",
]
