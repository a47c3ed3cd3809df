"""What ties a line or an attribute to its value: a name, how to read and how to write it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """A kind of line, for ``a=`` lines also the attribute's name, and its value's type.

    ``read`` raises PeerError for what it cannot read; ``write`` gives text that ``read``
    reads back as the same value.
    """

    kind: str
    name: str
    read: Callable[[str], T]
    write: Callable[[T], str] = str


def field(kind: str, read: Callable[[str], T]) -> Entry[T]:
    """The line ``<kind>=<value>``."""
    return Entry(kind, "", read)


def attribute(name: str, read: Callable[[str], T]) -> Entry[T]:
    """The line ``a=<name>:<value>``."""
    return Entry("a", name, read)


def flag(name: str) -> Entry[str]:
    """The line ``a=<name>``, which is there or not; its value is the empty string."""
    return Entry("a", name, str)
