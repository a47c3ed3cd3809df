"""How an endpoint speaks: its offer and its patience."""

from dataclasses import dataclass, field

from sonnette.base.errors import LocalError
from sonnette.zrtp.algorithms import MOST_OF_A_KIND, Offer
from sonnette.zrtp.messages import FOREVER
from sonnette.zrtp.wire.packet import SMALLEST_MTU


@dataclass(frozen=True, slots=True)
class Backoff:
    """Retransmit after ``first`` seconds, then after twice that, up to ``longest``; give up
    after ``times`` retransmissions (RFC 6189 6)."""

    first: float
    longest: float
    times: int


HELLO_BACKOFF = Backoff(0.05, 0.2, 20)
BACKOFF = Backoff(0.15, 1.2, 10)


@dataclass(frozen=True, slots=True)
class Settings:
    """``passive``: never send a Commit.  ``mtu``: the longest datagram, in bytes.

    ``lifetime``: for how many seconds the peer is asked to keep the retained secret, zero
    for not at all.  ``patience``: seconds that a responder, who has no timer of its own in
    RFC 6189, waits for the initiator.
    """

    offer: Offer = field(default_factory=Offer)
    client: bytes = b"Sonnette"
    passive: bool = False
    mtu: int = 1452
    lifetime: int = FOREVER
    patience: float = 12.0
    hello_backoff: Backoff = HELLO_BACKOFF
    backoff: Backoff = BACKOFF

    def __post_init__(self) -> None:
        if self.mtu < SMALLEST_MTU:
            raise LocalError("zrtp.mtu", f"mtu: at least {SMALLEST_MTU}, not {self.mtu}")
        longest = max(map(len, self.offer.lists))
        if longest > MOST_OF_A_KIND:
            raise LocalError(
                "zrtp.offer",
                f"offer: at most {MOST_OF_A_KIND} of a kind with the mandatory ones, not {longest}",
            )
