"""Compressed bodies: Content-Encoding deflate and gzip (RFC 9110 section 8.4.1).

``deflate`` is the zlib format (RFC 1950); a bare deflate stream (RFC 1951), which some
peers send under that name, is read too.
"""

import zlib

from sonnette.base.errors import LocalError, PeerError

MOST_OCTETS = 1024 * 1024
MOST_CODINGS = 3

_ZLIB, _BARE, _GZIP = 15, -15, 31  # zlib's window bits also say the format
_FORMATS = {"deflate": (_ZLIB, _BARE), "gzip": (_GZIP,), "x-gzip": (_GZIP,)}


def decode(body: bytes, codings: str, most: int = MOST_OCTETS) -> bytes:
    """``body`` without its codings (a Content-Encoding value), of at most ``most`` octets.

    An empty body stays empty, whatever is said of it.  PeerError: 415 for an unknown
    coding, 413 past the limit, 400 for a stream that is broken.
    """
    names = [name.strip().lower() for name in codings.split(",")]
    names = [name for name in names if name not in {"", "identity"}]
    if len(names) > MOST_CODINGS or not all(name in _FORMATS for name in names):
        raise PeerError("bodies.coding", "Content-Encoding: expected deflate or gzip", 415)
    if not body:
        return body
    for name in reversed(names):
        body = _inflate_any(body, _FORMATS[name], most)
    return body


def encode(body: bytes, coding: str) -> bytes:
    """``body`` in ``deflate`` or ``gzip``; the same octets every time."""
    if coding not in {"deflate", "gzip"}:
        raise LocalError("bodies.coding", f"expected deflate or gzip, got {coding!r}")
    deflater = zlib.compressobj(wbits=_FORMATS[coding][0])
    return deflater.compress(body) + deflater.flush()


def _inflate_any(body: bytes, formats: tuple[int, ...], most: int) -> bytes:
    for bits in formats:
        try:
            return _inflate(body, bits, most)
        except zlib.error:
            continue
    raise PeerError("bodies.broken", "body: expected a whole compressed stream")


def _inflate(body: bytes, bits: int, most: int) -> bytes:
    """One stream, or several gzip members in a row (RFC 1952 section 2.2)."""
    found = bytearray()
    while body:
        inflater = zlib.decompressobj(wbits=bits)
        found += inflater.decompress(body, most + 1 - len(found))
        if len(found) > most:
            raise PeerError("bodies.too-large", f"body: expected at most {most} octets", 413)
        if not inflater.eof:
            raise zlib.error("the stream ends early")
        if bits != _GZIP and inflater.unused_data:
            raise zlib.error("octets after the stream")
        body = inflater.unused_data
    return bytes(found)
