"""CSeq: the order of requests in a dialog (RFC 3261 §20.16)."""

from sonnette.base.errors import PeerError
from sonnette.sip.grammar import TOKEN, parse_number

MOST = 2**31 - 1  # RFC 3261 §8.1.1.5


def parse_cseq(value: str) -> tuple[int, str]:
    """The sequence number and the method."""
    number, _, method = value.partition(" ")
    method = method.strip()
    if not TOKEN.match(method):
        raise PeerError("sip.cseq.malformed", "Malformed CSeq")
    return parse_number(number.strip(), MOST, "CSeq"), method
