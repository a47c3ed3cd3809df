"""Why an exchange ends without keys: the codes of the Error message (RFC 6189 5.9)."""

from enum import IntEnum

from sonnette.base.errors import PeerError


class ErrorCode(IntEnum):
    """What an Error message says (RFC 6189, Table 9)."""

    MALFORMED = 0x10
    CRITICAL = 0x20
    VERSION = 0x30
    HELLO_MISMATCH = 0x40
    HASH = 0x51
    CIPHER = 0x52
    KEY_AGREEMENT = 0x53
    AUTH_TAG = 0x54
    SAS = 0x55
    NO_SHARED_SECRET = 0x56
    BAD_PUBLIC_VALUE = 0x61
    BAD_HVI = 0x62
    UNTRUSTED_RELAY = 0x63
    BAD_CONFIRM = 0x70
    NONCE_REUSED = 0x80
    EQUAL_ZIDS = 0x90
    EQUAL_SSRCS = 0x91
    UNAVAILABLE = 0xA0
    TIMEOUT = 0xB0
    GO_CLEAR_REFUSED = 0x100


class Refusal(PeerError):  # noqa: N818 - what it is called in the field
    """The call must not go on: ``wire`` tells the peer, ``code`` and ``reason`` tell us.

    ``code`` is ``zrtp.`` and a slug; the status is that of a call that cannot be secured,
    488 (RFC 3261 21.4.26).
    """

    def __init__(self, wire: ErrorCode, slug: str, reason: str) -> None:
        super().__init__(f"zrtp.{slug}", reason, 488)
        self.wire = wire


def require(holds: bool, wire: ErrorCode, slug: str, reason: str) -> None:
    """Raise a :class:`Refusal` unless ``holds``."""
    if not holds:
        raise Refusal(wire, slug, reason)
