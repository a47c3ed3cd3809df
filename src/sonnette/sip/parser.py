"""From bytes to a message, with the checks that make it one (RFC 3261 §7, §8.2, §16.3, §18.3)."""

from sonnette.base.errors import PeerError
from sonnette.sip import limits, names
from sonnette.sip.grammar import METHODS, TOKEN, parse_number
from sonnette.sip.message import Message, Request, Response
from sonnette.sip.scan import Field, find_end, first, repeated, scan

VERSION = "SIP/2.0"
MOST_LENGTH = 2**32 - 1


class BrokenRequestError(PeerError):
    """A request too broken to process, whose headers can still carry an answer back."""

    def __init__(self, error: PeerError, request: Request) -> None:
        super().__init__(error.code, error.reason, error.status)
        self.request = request


def parse(data: bytes, *, is_stream: bool = False, needs_length: bool = False) -> Message:
    """The message in one datagram, or one that the framer cut out of a stream.

    Raises :class:`BrokenRequestError` where an answer can be sent, else :class:`PeerError`.
    On a datagram a missing Content-Length means up to its end, and octets past the length
    are dropped (§18.3); ``needs_length`` refuses a message without one (§20.14).
    """
    if len(data) > limits.STREAM_MESSAGE or (not is_stream and len(data) > limits.DATAGRAM):
        raise PeerError("sip.parser.too-long", "Message Too Large", 513)
    start = find_end(data)
    line, fields = scan(data, start)
    message = _start(line, fields)
    try:
        message.body = _cut_body(data, start, fields, needs_length=needs_length)
        _check(message)
    except PeerError as error:
        if isinstance(message, Request):
            raise BrokenRequestError(error, message) from error
        raise
    return message


def _start(line: str, fields: list[Field]) -> Message:
    if line[:8].upper() == VERSION + " ":
        status, _, reason = line[8:].partition(" ")
        if (
            len(status) != 3
            or not status.isascii()
            or not status.isdigit()
            or status[0] not in "123456"
        ):
            raise PeerError("sip.parser.bad-status", "Malformed Status Line")
        return Response(int(status), reason, fields)
    # Blanks at its end harm nobody and are seen (RFC 4475 §3.1.2.10).
    method, _, rest = line.rstrip(" ").partition(" ")
    target, _, version = rest.rpartition(" ")
    if method in METHODS and version == VERSION and _is_one_word(target):
        return Request(method, target, fields)
    if not TOKEN.match(method) or version[:4].upper() != "SIP/":
        raise PeerError("sip.parser.bad-start", "Malformed Request Line")
    request = Request(method, target, fields)
    if version.upper() != VERSION:
        error = PeerError("sip.parser.version", "Version Not Supported", 505)
        raise BrokenRequestError(error, request)
    if not _is_one_word(target):
        error = PeerError("sip.parser.bad-start", "Malformed Request Line")
        raise BrokenRequestError(error, request)
    return request


def _is_one_word(target: str) -> bool:
    return bool(target) and " " not in target and "\t" not in target


def _cut_body(data: bytes, start: int, fields: list[Field], *, needs_length: bool) -> bytes:
    value = first(fields, names.CONTENT_LENGTH)
    if value is None:
        if needs_length:
            raise PeerError("sip.parser.no-length", "Content-Length Missing On A Stream")
        return data[start:]
    if value == "0":
        return b""
    length = parse_number(value, MOST_LENGTH, "Content-Length")
    if start + length > limits.STREAM_MESSAGE:
        raise PeerError("sip.parser.body-too-long", "Request Entity Too Large", 413)
    if length > len(data) - start:
        raise PeerError("sip.parser.truncated", "Body Shorter Than Content-Length")
    return data[start : start + length]


def _check(message: Message) -> None:
    """What a message must have to be handled at all (§8.1.1, §16.3 step 1)."""
    if (twice := repeated(message.fields)) >= 0:
        raise PeerError("sip.parser.twice", f"{names.CANONICAL[twice]} Comes Twice")
    _ = message.via, message.from_, message.to, message.call_id
    _, method = message.cseq
    if isinstance(message, Request):
        if method != message.method:
            raise PeerError("sip.parser.cseq-method", "CSeq Method Differs From Request Method")
        _ = message.uri, message.max_forwards
