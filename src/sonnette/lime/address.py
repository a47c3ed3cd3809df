"""Device ids and conversation addresses, as they enter the associated data.

LIME joins these texts without separators, so both ends must write them identically and
none may hold what could be read two ways: a space, a quote, a control character.
"""

import re

from sonnette.base.errors import LocalError, PeerError

LONGEST = 1024
_PLAIN = re.compile(r"[!#-&(-;=?-~]+")


def _is_plain(address: str) -> bool:
    return len(address) <= LONGEST and _PLAIN.fullmatch(address) is not None


def own(address: str) -> bytes:
    """An address that our caller gave."""
    if not _is_plain(address):
        raise LocalError("lime.address", "expected a URI without brackets, quotes or spaces")
    return address.encode("ascii")


def theirs(address: str) -> bytes:
    """An address that a peer gave."""
    if not _is_plain(address):
        raise PeerError("lime.address", "A device id is not a plain URI")
    return address.encode("ascii")
