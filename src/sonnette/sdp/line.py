"""One line of a description as it came, and the bounds of what is taken in.

Bytes that are not UTF-8 are carried as lone surrogates, so each line is written out as it
was read.
"""

from dataclasses import dataclass

from sonnette.base.errors import LocalError

KINDS_IN_ORDER = "mvosiuepcbtrzka"  # RFC 8866 section 9; m= opens its section
_FORBIDDEN = frozenset("\r\n\0")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a peer's description is taken in; sizes in octets."""

    size: int = 64 * 1024
    line: int = 8 * 1024
    lines: int = 2000
    media: int = 128


class Line:
    """``<type>=<value>`` and its end; an empty line has neither type nor value."""

    __slots__ = ("ending", "kind", "value")

    def __init__(self, kind: str, value: str, ending: str) -> None:
        self.kind = kind
        self.value = value
        self.ending = ending

    @property
    def name(self) -> str:
        """The attribute's name, empty for any other line."""
        return self.value.partition(":")[0] if self.kind == "a" else ""

    def __str__(self) -> str:
        return f"{self.kind}={self.value}{self.ending}" if self.kind else self.ending

    def __repr__(self) -> str:
        # Addresses and keys must not reach a log by way of a traceback.
        return f"<Line {self.kind}={self.name}>"


def written(kind: str, value: str, ending: str) -> Line:
    """A line of our own making; LocalError if its value would end it early."""
    if not _FORBIDDEN.isdisjoint(value):
        raise LocalError("sdp.value", f"{kind}= line: expected no CR, LF or NUL in the value")
    return Line(kind, value, ending)
