"""What a stream wants done or has to tell; and the security it reached."""

from dataclasses import dataclass
from typing import TypeAlias

from sonnette.zrtp.algorithms import Suite
from sonnette.zrtp.keys import SrtpKeys
from sonnette.zrtp.matching import Auxiliary, Past, Role
from sonnette.zrtp.messages import Kind
from sonnette.zrtp.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Security:
    """What to show of a secured stream.

    ``sas`` is empty for a stream keyed in multistream mode: the first stream's speaks for
    it.  ``verified``: both people's devices remember that the string was compared (RFC
    6189 7.1).  ``past`` and ``auxiliary`` other than a match deserve a warning where they
    say MISMATCH.
    """

    sas: str
    suite: Suite
    role: Role
    peer_zid: bytes
    verified: bool
    past: Past
    auxiliary: Auxiliary


@dataclass(frozen=True, slots=True)
class Transmit:
    """Send this datagram on the media path."""

    datagram: bytes


@dataclass(frozen=True, slots=True)
class Keyed:
    """Install these keys before anything else is sent or taken in."""

    keys: SrtpKeys


@dataclass(frozen=True, slots=True)
class Secured:
    """The exchange is complete."""

    security: Security


@dataclass(frozen=True, slots=True)
class Refused:
    """There are no keys and there will be none: end the call and show the reason."""

    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Nobody speaks ZRTP there so far; a Hello that comes later is still answered."""


@dataclass(frozen=True, slots=True)
class Declined:
    """The peer asked a secured stream for what is never granted (GoClear, SASrelay)."""

    request: Kind


Output: TypeAlias = Transmit | Keyed | Secured | Refused | Unanswered | Declined
