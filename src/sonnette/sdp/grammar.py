"""The pieces that values are made of: decimals, tokens, octets in hexadecimal (RFC 8866 9)."""

import re

from sonnette.base.errors import PeerError

TOKEN = re.compile(r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+")
_HEXADECIMAL = re.compile(r"(?:[0-9A-Fa-f]{2})+")


def malformed(where: str, expected: str) -> PeerError:
    """The error for a value that does not read; it never quotes the value."""
    return PeerError("sdp.malformed", f"{where}: expected {expected}")


def decimal(text: str, where: str, most: int) -> int:
    """An unsigned decimal of at most ``most``, in ASCII digits alone."""
    if not (text.isascii() and text.isdigit() and len(text) <= 20 and int(text) <= most):
        raise malformed(where, f"a number from 0 to {most}")
    return int(text)


def port(text: str, where: str) -> int:
    """A port number; 0 is one (it refuses the stream)."""
    return decimal(text, where, 65535)


def token(text: str, where: str) -> str:
    """A non-empty run of token characters."""
    if not TOKEN.fullmatch(text):
        raise malformed(where, "a token")
    return text


def octets(text: str, where: str) -> bytes:
    """Octets written as pairs of hexadecimal digits."""
    if not _HEXADECIMAL.fullmatch(text):
        raise malformed(where, "pairs of hexadecimal digits")
    return bytes.fromhex(text)


def words(text: str, where: str, least: int, most: int) -> list[str]:
    """The words of ``text``, as many as said; runs of spaces count as one."""
    found = [word for word in text.split(" ") if word]
    if not least <= len(found) <= most:
        raise malformed(where, f"{least} to {most} words")
    return found
