"""How a table, a column or another place declares what it holds of people.

A declaration stands on the column itself, in SQLAlchemy's ``info``::

    class CallRecord(Base):
        __tablename__ = "call_record"
        __table_args__ = {"info": subjects(by_uri("caller"), by_uri("callee"))}

        caller: Mapped[str] = mapped_column(info=personal(category=Category.ADDRESS, ...))
        end: Mapped[str] = mapped_column(info=not_personal("whether the end was seen"))

What is not SQL (a structure in memory, a folder, a log stream) is a :class:`Location`
beside the code that writes it.  The engine reads these facts and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from sonnette.base.errors import LocalError
from sonnette.privacy.vocabulary import PURPOSES, Basis, Category, Erasure, Export, Keep


@dataclass(frozen=True, slots=True)
class Personal:
    """A datum about a person."""

    category: Category
    purpose: str
    basis: Basis
    keep: Keep
    export: Export
    erasure: Erasure


@dataclass(frozen=True, slots=True)
class NotPersonal:
    """A datum about nobody, and why."""

    reason: str


Declaration = Personal | NotPersonal


ColumnInfo = dict[str, Declaration]
"""What :func:`personal` and :func:`not_personal` put into a column's ``info``."""


def personal(
    *,
    category: Category,
    purpose: str,
    basis: Basis,
    keep: Keep,
    export: Export,
    erasure: Erasure,
) -> ColumnInfo:
    """The ``info=`` of a column that holds a personal datum.

    Raises :class:`LocalError` (``privacy.purpose-unknown``) for a purpose that the
    vocabulary does not list.
    """
    if purpose not in PURPOSES:
        known = ", ".join(PURPOSES)
        raise LocalError(
            "privacy.purpose-unknown", f"expected a purpose among {known}, got {purpose!r}"
        )
    return {"privacy": Personal(category, purpose, basis, keep, export, erasure)}


def not_personal(reason: str) -> ColumnInfo:
    """The ``info=`` of a column that holds nothing about a person; ``reason`` says why.

    Raises :class:`LocalError` (``privacy.reason-missing``) without a reason.
    """
    if not reason.strip():
        raise LocalError(
            "privacy.reason-missing", "expected a reason why the column is not personal, got none"
        )
    return {"privacy": NotPersonal(reason)}


class Link(Enum):
    """How a row is tied to the person it speaks of."""

    ACCOUNT = "an account's id"
    ADDRESS = "domain and username"
    URI = "a SIP address"


@dataclass(frozen=True, slots=True)
class Path:
    """The columns by which a person's rows of a table are found."""

    link: Link
    columns: tuple[str, ...]


TableInfo = dict[str, tuple[Path, ...] | str]
"""What :func:`subjects` and :func:`no_subject` put into a table's ``info``."""


def by_account(column: str) -> Path:
    """``column`` holds the ``id`` of an account."""
    return Path(Link.ACCOUNT, (column,))


def by_address(domain: str, username: str) -> Path:
    """The two columns together name an account, of ours or not."""
    return Path(Link.ADDRESS, (domain, username))


def by_uri(column: str) -> Path:
    """``column`` holds ``sip:username@domain``."""
    return Path(Link.URI, (column,))


def subjects(*paths: Path) -> TableInfo:
    """The ``info`` of a table whose rows speak of the persons found by ``paths``."""
    return {"subjects": paths}


def no_subject(reason: str) -> TableInfo:
    """The ``info`` of a table whose rows speak of nobody; ``reason`` says why."""
    return {"no_subject": reason}


@dataclass(frozen=True, slots=True)
class Location:
    """A place other than a table that holds data: memory, a folder, a stream, a processor."""

    name: str
    medium: str
    subjects: str
    fields: Mapping[str, ColumnInfo]
