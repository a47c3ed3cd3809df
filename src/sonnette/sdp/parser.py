"""Bytes to a description (RFC 8866 section 5), tolerant where RFC 4566 peers are loose.

Lines may end in LF alone, the last one may have no end, empty lines are kept and mean
nothing, and neither the order nor the presence of any line but ``v=0`` is insisted on.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from sonnette.base.errors import PeerError
from sonnette.sdp.description import Description, MediaSection, Section
from sonnette.sdp.line import Limits, Line

DEFAULT_LIMITS = Limits()
_LINE = re.compile(r"(?:([a-z])=([^\r\n\0]*))?(\r\n|\n|\Z)")


def parse(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Description:
    """The description in ``data``; PeerError (400, or 413 past a limit) if it is none."""
    if len(data) > limits.size:
        raise _too_large(f"at most {limits.size} octets")
    lines = list(_lines(data.decode("utf-8", "surrogateescape"), limits))
    if not lines or (lines[0].kind, lines[0].value) != ("v", "0"):
        raise PeerError("sdp.version", "session description: expected v=0 on line 1")
    starts = [index for index, line in enumerate(lines) if line.kind == "m"]
    if len(starts) > limits.media:
        raise _too_large(f"at most {limits.media} media")
    return _divided(lines, starts)


def _lines(text: str, limits: Limits) -> Iterator[Line]:
    position, number = 0, 0
    while position < len(text):
        number += 1
        found = _LINE.match(text, position)
        if found is None:
            raise PeerError("sdp.line", f"session description: expected x= on line {number}")
        if found.end() - position > limits.line or number > limits.lines:
            raise _too_large(f"at most {limits.lines} lines of at most {limits.line}")
        yield Line(found[1] or "", found[2] or "", found[3])
        position = found.end()


def _divided(lines: list[Line], starts: list[int]) -> Description:
    ending = lines[0].ending or "\r\n"
    bounds = [*starts, len(lines)]
    session = Section(lines[: bounds[0]], ending)
    media = [MediaSection(lines[start:end], ending) for start, end in pairwise(bounds)]
    return Description(session, media, ending)


def _too_large(expected: str) -> PeerError:
    return PeerError("sdp.too-large", f"session description: expected {expected}", 413)
