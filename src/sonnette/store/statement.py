"""SQL compiled once, for rows that come as plain tuples.

Three shapes serve every table that the running server writes.  Each takes a tuple whose
values stand in a fixed order, so the writer hands them to the driver as they are.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, cast

from sqlalchemy import Dialect, Table, bindparam, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

Row = tuple[object, ...]
"""The values of one statement, in its order; no type conversion takes place."""


class Statement:
    """A statement on one table, compiled for one database."""

    __slots__ = ("names", "sql", "table")

    def __init__(self, table: str, sql: str, names: tuple[str, ...]) -> None:
        self.table = table
        self.sql = sql
        self.names = names


class Put(Protocol):
    """Queues a row and returns at once: :meth:`sonnette.store.writer.Writer.put`."""

    def __call__(self, statement: Statement, row: Row, /) -> None: ...


class Statements:
    """Compiles for ``dialect``."""

    def __init__(self, dialect: Dialect) -> None:
        self._name = dialect.name
        # Positional parameters on both databases: rows are tuples.
        make = cast(Callable[..., Dialect], type(dialect))
        self._dialect = make(paramstyle="qmark" if self._name == "sqlite" else "format")

    def upsert(
        self, table: Table, *, add: Sequence[str] = (), keep: Sequence[str] = ()
    ) -> Statement:
        """Insert a row of all columns, in the table's order, or replace the one of its key.

        Of a row that exists, the columns of ``keep`` stay, and those of ``add`` grow by the
        new value.
        """
        dialect_insert = sqlite.insert if self._name == "sqlite" else postgresql.insert
        names = tuple(table.columns.keys())
        insert = dialect_insert(table).values({name: bindparam(name) for name in names})
        keys = table.primary_key.columns.keys()
        changes = {
            name: table.c[name] + insert.excluded[name] if name in add else insert.excluded[name]
            for name in names
            if name not in keys and name not in keep
        }
        return self._compile(
            table,
            insert.on_conflict_do_update(index_elements=keys, set_=changes),
            names,
        )

    def update(self, table: Table, *changed: str) -> Statement:
        """Set the columns ``changed`` of a row: their values, then the key's."""
        keys = table.primary_key.columns.keys()
        change = update(table).values({name: bindparam(f"new_{name}") for name in changed})
        change = change.where(*(table.c[name] == bindparam(f"key_{name}") for name in keys))
        names = tuple(f"new_{name}" for name in changed) + tuple(f"key_{name}" for name in keys)
        return self._compile(table, change, names)

    def delete(self, table: Table, *by: str) -> Statement:
        """Delete the rows whose columns ``by``, in this order, have the row's values."""
        change = delete(table).where(*(table.c[name] == bindparam(name) for name in by))
        return self._compile(table, change, by)

    def _compile(self, table: Table, clause: ClauseElement, names: tuple[str, ...]) -> Statement:
        compiled = cast(SQLCompiler, clause.compile(dialect=self._dialect))
        assert tuple(compiled.positiontup or ()) == names, "rows go to the driver as they come"
        return Statement(table.name, str(compiled), names)
