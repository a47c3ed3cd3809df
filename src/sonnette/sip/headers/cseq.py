"""CSeq: the order of requests in a dialog (RFC 3261 §20.16)."""

from sonnette.base.errors import PeerError
from sonnette.sip.grammar import METHODS, TOKEN, parse_number

MOST = 2**31 - 1  # RFC 3261 §8.1.1.5


def parse_cseq(value: str) -> tuple[int, str]:
    """The sequence number and the method."""
    parts = value.split(None, 1)
    if len(parts) != 2 or (parts[1] not in METHODS and not TOKEN.match(parts[1])):
        raise PeerError("sip.cseq.malformed", "Malformed CSeq")
    return parse_number(parts[0], MOST, "CSeq"), parts[1]
