"""The scan of a SIP message into its header fields (RFC 3261 §7.3, §25.1).

A kernel: it runs for every message that arrives.  It knows lines, folding and names, and
nothing of what a value means.
"""

try:
    import cython
except ImportError:
    from sonnette.base import plain_cython as cython

from sonnette.base.errors import PeerError
from sonnette.sip.limits import HEADER_FIELDS, HEADER_LINE, HEADER_SECTION
from sonnette.sip.names import (
    CALL_ID,
    CONTENT_LENGTH,
    CSEQ,
    FROM,
    IDS,
    MAX_FORWARDS,
    TO,
)

SINGLE = sum(1 << number for number in (FROM, TO, CALL_ID, CSEQ, MAX_FORWARDS, CONTENT_LENGTH))
LAST_SINGLE = 31  # bits of the mask

Field = tuple[int, bytes, str]
"""(header id, the line as it came with its CRLF and continuation lines, its value)."""


def find_end(raw: bytes) -> int:
    """Where the body begins: past the first empty line, or past the end where there is none."""
    end: cython.Py_ssize_t = raw.find(b"\r\n\r\n")
    return len(raw) if end < 0 else end + 4


@cython.cfunc
@cython.inline
@cython.exceptval(-1)
def _line_end(octets: cython.p_const_uchar, start: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where the line that holds ``start`` ends: the index of its CR.

    A CR or LF alone would be a line end to some other parser down the path and carry a
    header past our checks; so would a NUL to one written in C.
    """
    position: cython.Py_ssize_t = start
    while octets[position] >= 32 or octets[position] == 9:
        position += 1
    # The loop ends at the latest on the NUL that CPython keeps past a bytes object.
    if octets[position] != 13 or octets[position + 1] != 10:
        raise PeerError("sip.scan.bad-line-end", "Control Character In Header Section")
    return position


def scan(raw: bytes, body: cython.Py_ssize_t) -> tuple[str, list[Field]]:
    """The start line and the header fields of ``raw``, whose body begins at ``body``.

    Raises :class:`PeerError` where a line is no header, ends in anything but CRLF, or where
    there are more or longer ones than we accept (RFC 3261 §7.3.1).
    """
    octets: cython.p_const_uchar = raw
    if not cython.compiled:
        octets = raw + b"\0\0"  # the end that a compiled scan finds past the last octet
    start: cython.Py_ssize_t
    end: cython.Py_ssize_t
    colon: cython.Py_ssize_t
    stop: cython.Py_ssize_t
    folded: cython.bint
    ids: dict[bytes, int] = IDS
    fields: list[Field] = []
    if body > HEADER_SECTION:
        raise PeerError("sip.scan.headers-too-long", "Header Section Too Long", 513)
    end = _line_end(octets, 0)
    start_line: str = octets[:end].decode("utf-8", "surrogateescape")
    start = end + 2
    while start < body and octets[start] != 13:
        colon = start
        while octets[colon] != 58 and octets[colon] > 32:
            colon += 1
        stop = colon
        while octets[colon] == 32 or octets[colon] == 9:
            colon += 1
        if octets[colon] != 58 or stop == start:
            raise PeerError("sip.scan.no-name", "Header Line Without Name")
        name: bytes = octets[start:stop]
        number = ids.get(name)
        if number is None:
            number = ids.get(name.lower(), 0)
        colon += 1
        while octets[colon] == 32 or octets[colon] == 9:
            colon += 1
        end = _line_end(octets, colon)
        # A line that begins with white space continues the one before (§7.3.1).
        folded = octets[end + 2] == 32 or octets[end + 2] == 9
        while octets[end + 2] == 32 or octets[end + 2] == 9:
            end = _line_end(octets, end + 2)
        stop = end
        while stop > colon and (octets[stop - 1] == 32 or octets[stop - 1] == 9):
            stop -= 1
        if end - start > HEADER_LINE:
            raise PeerError("sip.scan.line-too-long", "Header Field Too Long", 513)
        value: str = octets[colon:stop].decode("utf-8", "surrogateescape")
        if folded:
            value = " ".join([part.strip(" \t") for part in value.split("\r\n")]).strip()
        fields.append((number, octets[start : end + 2], value))
        if len(fields) > HEADER_FIELDS:
            raise PeerError("sip.scan.too-many", "Too Many Header Fields", 513)
        start = end + 2
    if start < body:
        _line_end(octets, start)  # the empty line ends as every other
    return start_line, fields


def first(fields: list[Field], number: cython.int) -> str | None:
    """The value of the first field with this id."""
    field: tuple[int, bytes, str]
    for field in fields:
        if cython.cast(cython.int, field[0]) == number:
            return cython.cast(str, field[2])
    return None


def values(fields: list[Field], number: cython.int) -> list[str]:
    """The values of every field with this id, in order."""
    field: tuple[int, bytes, str]
    found: list[str] = []
    for field in fields:
        if cython.cast(cython.int, field[0]) == number:
            found.append(cython.cast(str, field[2]))
    return found


def repeated(fields: list[Field]) -> int:
    """The id of a header that may stand in a message once only and stands there twice, or -1.

    A second one is an attempt to be read two ways (RFC 3261 §7.3.1).
    """
    field: tuple[int, bytes, str]
    number: cython.int
    single: cython.uint = SINGLE
    last: cython.int = LAST_SINGLE
    seen: cython.uint = 0
    for field in fields:
        number = field[0]
        if number <= last and (single >> number) & 1:
            if (seen >> number) & 1:
                return number
            seen |= 1 << number
    return -1
