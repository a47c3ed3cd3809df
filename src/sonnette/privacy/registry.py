"""Collects every declaration of a metadata, and finds what is not declared.

Knows tables and columns in general, no table in particular.  Implements the inventory of
article 30 of the GDPR and the gate of article 25: data protection by design.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Column, MetaData, Table

from sonnette.privacy.declare import Declaration, Location, NotPersonal, Path, Personal
from sonnette.privacy.vocabulary import PURPOSES, Until


@dataclass(frozen=True, slots=True)
class Entry:
    """One datum of the inventory."""

    place: str
    field: str
    declaration: Declaration

    @property
    def is_personal(self) -> bool:
        """Whether it speaks of a person."""
        return isinstance(self.declaration, Personal)

    def facts(self) -> dict[str, str]:
        """The declaration in words, in the order in which a page shows them."""
        match self.declaration:
            case NotPersonal(reason):
                return {"place": self.place, "field": self.field, "not_personal": reason}
            case Personal() as datum:
                bases = [(basis.name or "").lower().replace("_", " ") for basis in datum.basis]
                return {
                    "place": self.place,
                    "field": self.field,
                    "category": datum.category.value,
                    "purpose": datum.purpose,
                    "purpose_text": PURPOSES[datum.purpose],
                    "basis": ", ".join(bases),
                    "keep": str(datum.keep),
                    "export": datum.export.value,
                    "erasure": datum.erasure.value,
                }


def inventory(metadata: MetaData, locations: Iterable[Location] = ()) -> list[Entry]:
    """Every declared column and field: tables first, by name, then the other places."""
    tables = [
        Entry(table.name, column.name, declaration)
        for table, column in _columns(metadata)
        if (declaration := declaration_of(column)) is not None
    ]
    return tables + [
        Entry(location.name, field, info["privacy"])
        for location in locations
        for field, info in location.fields.items()
    ]


def findings(metadata: MetaData) -> list[str]:
    """What is missing or wrong in the declarations, one sentence each; empty when sound."""
    return [*_undeclared(metadata), *_without_subject(metadata), *_without_clock(metadata)]


def declaration_of(column: Column[object]) -> Declaration | None:
    """What ``column`` declares, if it does."""
    declaration = column.info.get("privacy")
    return declaration if isinstance(declaration, Personal | NotPersonal) else None


def paths_of(table: Table) -> tuple[Path, ...]:
    """How a person's rows of ``table`` are found; empty where rows speak of nobody."""
    return tuple(table.info.get("subjects", ()))


def _columns(metadata: MetaData) -> Iterator[tuple[Table, Column[object]]]:
    for name in sorted(metadata.tables):
        table = metadata.tables[name]
        for column in table.columns:
            yield table, column


def _undeclared(metadata: MetaData) -> Iterator[str]:
    for table, column in _columns(metadata):
        if declaration_of(column) is None:
            yield (
                f"{table.name}.{column.name}: expected info=personal(...) or "
                "info=not_personal(reason), got no declaration"
            )


def _without_subject(metadata: MetaData) -> Iterator[str]:
    for name in sorted(metadata.tables):
        table = metadata.tables[name]
        paths = paths_of(table)
        if bool(paths) == bool(table.info.get("no_subject")):
            yield f"{name}: expected either subjects(...) or no_subject(reason) in its info"
        yield from (
            f"{name}: the subject's path names {column!r}, which is no column of it"
            for path in paths
            for column in path.columns
            if column not in table.columns
        )
        if not paths and any(_is_personal(column) for column in table.columns):
            yield f"{name}: holds personal data, but no path leads to their subject"


def _without_clock(metadata: MetaData) -> Iterator[str]:
    for table, column in _columns(metadata):
        match declaration_of(column):
            case Personal(keep=keep) if (keep.until is Until.WRITTEN) != bool(keep.clock):
                yield f"{table.name}.{column.name}: a clock column and Until.WRITTEN go together"
            case Personal(keep=keep) if keep.clock and keep.clock not in table.columns:
                yield (
                    f"{table.name}.{column.name}: its clock {keep.clock!r} is no column "
                    "of the table"
                )


def _is_personal(column: Column[object]) -> bool:
    return isinstance(declaration_of(column), Personal)
