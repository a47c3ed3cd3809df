"""Bodies of several parts (RFC 2046 section 5.1, RFC 2387), kept byte for byte.

A part's header lines, the delimiters with their padding, and what stands before the first
and after the last of them are written back as they came.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from sonnette.base.entropy import Entropy
from sonnette.base.errors import LocalError, PeerError
from sonnette.bodies.media_type import MediaType

_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
_END_OF_HEAD = re.compile(rb"\A(\r?\n)|\r?\n\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken in: parts over all levels, levels, octets of one part's header."""

    parts: int = 1024
    depth: int = 4
    head: int = 8 * 1024


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Part:
    """Header lines as they stand (with the empty line after them), and a body."""

    head: bytes
    body: bytes
    opening: bytes = b""

    @classmethod
    def of(cls, content_type: str, body: bytes, **headers: str) -> "Part":
        """A part of ours; ``content_id="<a@b>"`` becomes the line ``Content-Id: <a@b>``."""
        lines = [("Content-Type", content_type)]
        lines += [(name.replace("_", "-").title(), value) for name, value in headers.items()]
        text = "".join(f"{name}: {value}\r\n" for name, value in lines)
        if text.count("\n") != len(lines) or text.count("\r") != len(lines):
            raise LocalError("bodies.part-header", "part: expected no line break in a header")
        return cls(text.encode() + b"\r\n", body)

    def headers(self) -> list[tuple[str, str]]:
        """Names in lower case and values, folded lines joined; PeerError for any other line."""
        found = []
        for line in _FOLD.sub(b" ", self.head).splitlines():
            if not line:
                continue
            name, colon, value = line.decode("utf-8", "surrogateescape").partition(":")
            if not colon or not name.strip():
                raise PeerError("bodies.part-header", "multipart: expected name: value in a part")
            found.append((name.strip().lower(), value.strip()))
        return found

    def header(self, name: str) -> str | None:
        """The first header of that name (in lower case)."""
        return next((value for key, value in self.headers() if key == name), None)

    @property
    def media_type(self) -> MediaType:
        """What the body is; text/plain where nothing is said (RFC 2046 section 5.1)."""
        return MediaType.parse(self.header("content-type") or "text/plain")


@dataclass(frozen=True, slots=True)
class Multipart:
    """Parts in order; ``bytes()`` writes them out with their delimiters."""

    media_type: MediaType
    parts: tuple[Part, ...]
    preamble: bytes = b""
    closing: bytes = b""
    epilogue: bytes = b""

    @property
    def root(self) -> Part:
        """The part that speaks for all: ``start`` of a related body, or else the first."""
        start = self.media_type.parameter("start")
        found = self.by_content_id(start) if start is not None else None
        return found or self.parts[0]

    def by_content_id(self, content_id: str) -> Part | None:
        """The part with that Content-ID, with or without its angle brackets."""
        wanted = content_id.strip("<>")
        for part in self.parts:
            if (part.header("content-id") or "").strip("<>") == wanted:
                return part
        return None

    def __bytes__(self) -> bytes:
        boundary = (self.media_type.parameter("boundary") or "").encode()
        pieces = [self.preamble]
        for number, part in enumerate(self.parts):
            line_break = b"\r\n" if number or self.preamble else b""
            opening = part.opening or line_break + b"--" + boundary + b"\r\n"
            pieces += [opening, part.head, part.body]
        pieces += [self.closing or b"\r\n--" + boundary + b"--\r\n", self.epilogue]
        return b"".join(pieces)


def parse(media_type: MediaType, body: bytes, limits: Limits = DEFAULT_LIMITS) -> Multipart:
    """The parts of ``body``, one level; PeerError if the delimiters do not enclose any."""
    boundary = media_type.parameter("boundary")
    if media_type.type != "multipart" or boundary is None or not _BOUNDARY.fullmatch(boundary):
        raise PeerError("bodies.boundary", "Content-Type: expected multipart and a boundary", 415)
    marks = _marks(boundary.encode(), body, limits)
    parts = tuple(
        _part(body, start, end, following, limits)
        for (start, end), (following, _) in pairwise(marks)
    )
    (first, _), (last, end) = marks[0], marks[-1]
    return Multipart(media_type, parts, body[:first], body[last:end], body[end:])


def walk(
    media_type: MediaType, body: bytes, limits: Limits = DEFAULT_LIMITS
) -> Iterator[tuple[MediaType, Part]]:
    """Every part that is no multipart itself, through all levels, in order."""
    waiting = [(part, 1) for part in reversed(parse(media_type, body, limits).parts)]
    count = len(waiting)
    while waiting:
        part, depth = waiting.pop()
        kind = part.media_type
        if kind.type != "multipart":
            yield kind, part
            continue
        if depth >= limits.depth:
            raise _too_much(f"at most {limits.depth} levels")
        inner = parse(kind, part.body, limits).parts
        count += len(inner)
        if count > limits.parts:
            raise _too_much(f"at most {limits.parts} parts")
        waiting += [(one, depth + 1) for one in reversed(inner)]


def build(
    subtype: str,
    parts: Iterable[Part],
    entropy: Entropy,
    parameters: tuple[tuple[str, str], ...] = (),
) -> Multipart:
    """A body of ours, with a boundary that none of its parts holds."""
    chosen = tuple(parts)
    if not chosen:
        raise LocalError("bodies.no-part", "multipart: expected a part, got none")
    boundary = entropy.draw(12).hex()
    while any(boundary.encode() in part.body for part in chosen):
        boundary = entropy.draw(12).hex()
    kind = MediaType("multipart", subtype, (("boundary", boundary), *parameters))
    return Multipart(kind, chosen)


def _marks(boundary: bytes, body: bytes, limits: Limits) -> list[tuple[int, int]]:
    """Where each delimiter starts and ends; the line break before it belongs to it."""
    delimiter = re.compile(rb"^--%b(--)?[ \t]*(?:\r?\n|\Z)" % re.escape(boundary), re.MULTILINE)
    marks, end = [], 0
    for found in delimiter.finditer(body):
        start = found.start() - _line_break_before(body, end, found.start())
        end = found.end()
        marks.append((start, end))
        if found[1] and len(marks) > 1:
            return marks
        if found[1]:
            break
        if len(marks) > limits.parts:
            raise _too_much(f"at most {limits.parts} parts")
    raise PeerError("bodies.multipart", "multipart: expected a part between delimiters, and an end")


def _line_break_before(body: bytes, start: int, end: int) -> int:
    if body.endswith(b"\r\n", start, end):
        return 2
    return 1 if body.endswith(b"\n", start, end) else 0


def _part(body: bytes, start: int, end: int, following: int, limits: Limits) -> Part:
    content = body[end:following]
    head_end = _END_OF_HEAD.search(content)
    size = head_end.end() if head_end else len(content)
    if size > limits.head:
        raise _too_much(f"at most {limits.head} octets of header in a part")
    return Part(content[:size], content[size:], body[start:end])


def _too_much(expected: str) -> PeerError:
    return PeerError("bodies.too-large", f"multipart: expected {expected}", 413)
