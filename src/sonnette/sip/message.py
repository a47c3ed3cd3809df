"""Requests and responses: header fields in order, lossless, parsed where first asked for.

A field is kept as the line it came in and is sent on byte for byte; a changed field is a
line of ours in its place.  Parsed values of the headers that every layer needs (the top
Via, From, To, CSeq) are kept once parsed.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Self

from sonnette.base.errors import LocalError, PeerError
from sonnette.sip import names
from sonnette.sip.grammar import parse_number, split_list
from sonnette.sip.headers.address import NameAddr, parse_address, parse_addresses
from sonnette.sip.headers.cseq import parse_cseq
from sonnette.sip.headers.via import Via, parse_via
from sonnette.sip.scan import Field as Field
from sonnette.sip.scan import first, values
from sonnette.sip.uri import Uri, parse_uri

MOST_EXPIRES = 2**32 - 1  # RFC 3261 §20.19


def make_field(header: int, value: str) -> Field:
    """A field of ours, for a header we know.

    Raises :class:`LocalError` where the value holds a line end: it would smuggle a field in.
    """
    _check_line(value)
    return (
        header,
        names.PREFIXES[header] + value.encode("utf-8", "surrogateescape") + b"\r\n",
        value,
    )


def make_other(name: str, value: str) -> Field:
    """A field of ours for a header without an id; raises as :func:`make_field` does."""
    _check_line(value)
    return names.OTHER, f"{name}: {value}\r\n".encode("utf-8", "surrogateescape"), value


def _check_line(value: str) -> None:
    if "\n" in value or "\r" in value:
        raise LocalError("sip.message.line-end", "expected a header value of one line")


class Message(ABC):
    """What requests and responses share.

    ``fields`` is the list of header fields in order; use the verbs to change it, so that no
    stale parsed value is left behind.
    """

    __slots__ = ("_cseq", "_from", "_to", "_via", "body", "fields")

    def __init__(self, fields: list[Field], body: bytes = b"") -> None:
        self.fields = fields
        self.body = body
        self._via: Via | None = None
        self._from: NameAddr | None = None
        self._to: NameAddr | None = None
        self._cseq: tuple[int, str] | None = None

    @property
    @abstractmethod
    def start_line(self) -> str:
        """The first line, without its CRLF."""

    def encode(self, *, is_stream: bool = False) -> bytes:
        """The message as it goes on the wire, with the Content-Length it has.

        On a stream one is added where there is none (RFC 3261 §18.3): a datagram may lack it.
        """
        if is_stream and first(self.fields, names.CONTENT_LENGTH) is None:
            self.add(names.CONTENT_LENGTH, str(len(self.body)))
        lines = [field[1] for field in self.fields]
        start = self.start_line.encode("utf-8", "surrogateescape")
        return b"%b\r\n%b\r\n%b" % (start, b"".join(lines), self.body)

    # --- fields ---------------------------------------------------------------------------

    def first(self, header: int) -> str | None:
        """The value of the first field of this header."""
        return first(self.fields, header)

    def all(self, header: int) -> list[str]:
        """The values of every field of this header, lists not split."""
        return values(self.fields, header)

    def elements(self, header: int) -> list[str]:
        """The elements of every field of this header, lists split."""
        found = values(self.fields, header)
        if len(found) == 1 and "," not in found[0]:
            return found
        return [part for value in found for part in split_list(value)]

    def other(self, name: str) -> str | None:
        """The value of the first field of a header without an id."""
        wanted = name.lower().encode()
        for header, line, value in self.fields:
            if header == names.OTHER and line.partition(b":")[0].strip().lower() == wanted:
                return value
        return None

    def tokens(self, header: int) -> set[str]:
        """The elements of a header of option tags or methods, in lower case."""
        return {part.lower() for part in self.elements(header) if part}

    def add(self, header: int, value: str) -> Self:
        """Append a field."""
        self.fields.append(make_field(header, value))
        return self

    def prepend(self, header: int, value: str) -> Self:
        """Put a field before every other of its kind: at the top."""
        self._forget(header)
        self.fields.insert(0, make_field(header, value))
        return self

    def remove(self, header: int) -> Self:
        """Drop every field of this header."""
        self._forget(header)
        self.fields = [field for field in self.fields if field[0] != header]
        return self

    def set(self, header: int, value: str) -> Self:
        """Make this the only field of its header, in the place of the first."""
        self._forget(header)
        fields, done = [], False
        for field in self.fields:
            if field[0] != header:
                fields.append(field)
            elif not done:
                fields.append(make_field(header, value))
                done = True
        self.fields = fields
        return self if done else self.add(header, value)

    def set_first_element(self, header: int, value: str | None) -> Self:
        """Change the first element of the first field of a list header; None removes it."""
        self._forget(header)
        for index, field in enumerate(self.fields):
            if field[0] == header:
                rest = split_list(field[2])[1:] if "," in field[2] else []
                parts = rest if value is None else [value, *rest]
                self.fields[index : index + 1] = (
                    [make_field(header, ", ".join(parts))] if parts else []
                )
                break
        return self

    def _forget(self, header: int) -> None:
        if header == names.VIA:
            self._via = None
        elif header == names.TO:
            self._to = None
        elif header == names.FROM:
            self._from = None
        elif header == names.CSEQ:
            self._cseq = None

    # --- values ---------------------------------------------------------------------------

    @property
    def via(self) -> Via:
        """The topmost Via."""
        if self._via is None:
            self._via = parse_via(split_list(self._need(names.VIA, "Via"))[0])
        return self._via

    @property
    def from_(self) -> NameAddr:
        """The From header."""
        if self._from is None:
            self._from = parse_address(self._need(names.FROM, "From"))
        return self._from

    @property
    def to(self) -> NameAddr:
        """The To header."""
        if self._to is None:
            self._to = parse_address(self._need(names.TO, "To"))
        return self._to

    @property
    def cseq(self) -> tuple[int, str]:
        """The CSeq number and method."""
        if self._cseq is None:
            self._cseq = parse_cseq(self._need(names.CSEQ, "CSeq"))
        return self._cseq

    @property
    def call_id(self) -> str:
        """The Call-ID."""
        return self._need(names.CALL_ID, "Call-ID")

    @property
    def contacts(self) -> list[NameAddr]:
        """Every Contact; a lone ``*`` is no address: see ``first(CONTACT)``."""
        found = values(self.fields, names.CONTACT)
        if len(found) == 1 and "," not in found[0]:
            return [parse_address(found[0])]
        return parse_addresses(found)

    @property
    def routes(self) -> list[NameAddr]:
        """Every Route, topmost first."""
        return parse_addresses(self.all(names.ROUTE))

    @property
    def expires(self) -> int | None:
        """The Expires header in seconds."""
        value = self.first(names.EXPIRES)
        return None if value is None else parse_number(value, MOST_EXPIRES, "Expires")

    @property
    def event(self) -> str | None:
        """The event package, without parameters, in lower case."""
        value = self.first(names.EVENT)
        return None if value is None else value.partition(";")[0].strip().lower()

    @property
    def content_type(self) -> str:
        """The media type of the body, without parameters, in lower case."""
        return (self.first(names.CONTENT_TYPE) or "").partition(";")[0].strip().lower()

    def _need(self, header: int, name: str) -> str:
        value = first(self.fields, header)
        if value is None:
            raise PeerError("sip.message.missing", f"Missing {name} Header")
        return value

    def set_body(self, body: bytes, content_type: str | None = None) -> Self:
        """Give the message this body, with its length and type."""
        self.body = body
        if content_type is not None:
            self.set(names.CONTENT_TYPE, content_type)
        return self.set(names.CONTENT_LENGTH, str(len(body)))


class Request(Message):
    """A request: what is wanted (``method``), of whom (``target``, the Request-URI's text)."""

    __slots__ = ("_uri", "method", "target")

    def __init__(self, method: str, target: str, fields: list[Field], body: bytes = b"") -> None:
        super().__init__(fields, body)
        self.method = method
        self.target = target
        self._uri: Uri | None = None

    @property
    def start_line(self) -> str:
        return f"{self.method} {self.target} SIP/2.0"

    @property
    def uri(self) -> Uri:
        """The Request-URI."""
        if self._uri is None:
            self._uri = parse_uri(self.target)
        return self._uri

    @uri.setter
    def uri(self, uri: Uri) -> None:
        self._uri = uri
        self.target = str(uri)

    @property
    def max_forwards(self) -> int | None:
        """The Max-Forwards header."""
        value = self.first(names.MAX_FORWARDS)
        if value == "70":  # what nearly every request starts with
            return 70
        return None if value is None else parse_number(value, 255, "Max-Forwards")

    def copy(self) -> "Request":
        """A request that can be changed without touching this one."""
        twin = Request(self.method, self.target, self.fields.copy(), self.body)
        twin._uri, twin._via, twin._from = self._uri, self._via, self._from
        twin._to, twin._cseq = self._to, self._cseq
        return twin

    def __repr__(self) -> str:
        return f"<Request {self.method}>"


class Response(Message):
    """A response: ``status`` and ``reason``."""

    __slots__ = ("reason", "status")

    def __init__(self, status: int, reason: str, fields: list[Field], body: bytes = b"") -> None:
        super().__init__(fields, body)
        self.status = status
        self.reason = reason

    @property
    def start_line(self) -> str:
        return f"SIP/2.0 {self.status} {self.reason}"

    def copy(self) -> "Response":
        """A response that can be changed without touching this one."""
        twin = Response(self.status, self.reason, self.fields.copy(), self.body)
        twin._from, twin._to, twin._cseq = self._from, self._to, self._cseq
        return twin

    def __repr__(self) -> str:
        return f"<Response {self.status}>"


_ECHOED = frozenset((names.VIA, names.FROM, names.TO, names.CALL_ID, names.CSEQ))


def answer(
    request: Request,
    status: int,
    reason: str,
    *,
    to_tag: str | None = None,
    extra: Iterable[Field] = (),
) -> Response:
    """A response without body to ``request`` (RFC 3261 §8.2.6).

    ``to_tag`` is put on To where it has none; 100 carries the Timestamp back.
    """
    fields = [field for field in request.fields if field[0] in _ECHOED]
    if to_tag is not None and status > 100 and request.to.tag is None:
        tagged = make_field(names.TO, f"{request.first(names.TO)};tag={to_tag}")
        fields = [tagged if field[0] == names.TO else field for field in fields]
    if status == 100 and (timestamp := request.first(names.TIMESTAMP)):
        fields.append(make_field(names.TIMESTAMP, timestamp))
    fields.extend(extra)
    fields.append(make_field(names.CONTENT_LENGTH, "0"))
    return Response(status, reason, fields)
