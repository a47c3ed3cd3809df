"""Questions to the DNS and their answers, as values."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """The record types that locating a server needs."""

    A = "A"
    AAAA = "AAAA"
    SRV = "SRV"
    NAPTR = "NAPTR"


@dataclass(frozen=True, slots=True)
class Question:
    """``name`` in lower case, without a dot at its end."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Address:
    """An A or AAAA record: a numeric host."""

    host: str


@dataclass(frozen=True, slots=True)
class Srv:
    """An SRV record (RFC 2782); the target ``""`` says that there is no such service."""

    priority: int
    weight: int
    port: int
    target: str


@dataclass(frozen=True, slots=True)
class Naptr:
    """A NAPTR record (RFC 3403) whose result is ``replacement``."""

    order: int
    preference: int
    flags: str
    service: str
    replacement: str


Record = Address | Srv | Naptr


@dataclass(frozen=True, slots=True)
class Answer:
    """Records, or none, for ``ttl`` seconds; ``failed`` when the DNS did not say."""

    records: tuple[Record, ...] = ()
    ttl: float = 0.0
    failed: bool = False
