"""The attribute ``a=zrtp-hash`` (RFC 6189 8): the signalling vouches for a Hello.

Where the signalling is protected from end to end, the hash makes the key agreement
authentic without a comparison by voice; everywhere else it still stops whoever sits on
the media path alone.
"""

import re
from hashlib import sha256

from sonnette.base.errors import PeerError
from sonnette.zrtp.messages import VERSION

_VALUE = re.compile(r"1\.1[0-9] +([0-9A-Fa-f]{64})(?: .*)?")


def hash_of(hello: bytes) -> bytes:
    """The hash of a whole Hello message, without the packet round it."""
    return sha256(hello).digest()


def attribute_value(digest: bytes) -> str:
    """The value of our ``zrtp-hash`` attribute."""
    return f"{VERSION.decode()} {digest.hex()}"


def parse_value(value: str) -> bytes:
    """The hash in a peer's attribute; PeerError ``zrtp.hash-attribute`` where there is none."""
    found = _VALUE.fullmatch(value.strip())
    if not found:
        raise PeerError("zrtp.hash-attribute", "zrtp-hash: expected 1.10 and 64 hex digits", 488)
    return bytes.fromhex(found[1])
