"""SQL compiled once, for rows that come as plain tuples.

Three shapes serve every table that the running server writes.  Each takes a tuple whose
values stand in a fixed order, so the writer hands them to the driver as they are.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import Protocol, cast

from sqlalchemy import Connection, Dialect, Table, bindparam, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

Row = tuple[object, ...]
"""The values of one statement, in its order; no type conversion takes place."""


WIDTHS = (32, 8)
"""How many rows one execution of a wide statement takes, the most first.

On SQLite each execution gives up the interpreter's lock and waits for it again, which costs
a busy event loop more than the row does.
"""

MOST_PARAMETERS = 999
"""What an SQLite before 3.32 takes in one statement."""


class Statement:
    """A statement on one table, compiled for one database.

    ``wide`` holds the same for several rows at once, by their number, the largest first.
    Where only the last of a key's rows matters, ``key_width`` says how many of a row's first
    values make the key; else it is 0.
    """

    __slots__ = ("key_width", "names", "sql", "table", "wide")

    def __init__(self, table: str, sql: str, names: tuple[str, ...]) -> None:
        self.table = table
        self.sql = sql
        self.names = names
        self.wide: dict[int, str] = {}
        self.key_width = 0

    def write(self, connection: Connection, rows: list[Row]) -> None:
        """Do to the database what executing the statement for each row, in order, would."""
        if self.key_width:
            rows = list({row[: self.key_width]: row for row in rows}.values())
        start = 0
        for width, sql in self.wide.items():
            while len(rows) - start >= width:
                values = tuple(chain.from_iterable(rows[start : start + width]))
                connection.exec_driver_sql(sql, values)
                start += width
        if start < len(rows):
            connection.exec_driver_sql(self.sql, rows[start:])


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
        names = tuple(table.columns.keys())
        keys = tuple(table.primary_key.columns.keys())
        replace = partial(self._replace, table, add=add, keep=keep)
        statement = Statement(table.name, self._compile(replace(1), names), names)
        if self._name == "sqlite":
            statement.wide = {
                width: self._compile(replace(width), names * width)
                for width in WIDTHS
                if width * len(names) <= MOST_PARAMETERS
            }
        if not add and not keep and names[: len(keys)] == keys:
            statement.key_width = len(keys)
        return statement

    def _replace(
        self, table: Table, rows: int, *, add: Sequence[str], keep: Sequence[str]
    ) -> ClauseElement:
        dialect_insert = sqlite.insert if self._name == "sqlite" else postgresql.insert
        names, keys = table.columns.keys(), table.primary_key.columns.keys()
        insert = dialect_insert(table).values(
            [{name: bindparam(f"{name}_{row}") for name in names} for row in range(rows)]
        )
        changes = {
            name: table.c[name] + insert.excluded[name] if name in add else insert.excluded[name]
            for name in names
            if name not in keys and name not in keep
        }
        return insert.on_conflict_do_update(index_elements=keys, set_=changes)

    def update(self, table: Table, *changed: str) -> Statement:
        """Set the columns ``changed`` of a row: their values, then the key's."""
        keys = table.primary_key.columns.keys()
        change = update(table).values({name: bindparam(f"{name}_new") for name in changed})
        change = change.where(*(table.c[name] == bindparam(f"{name}_key") for name in keys))
        names = (*changed, *keys)
        return Statement(table.name, self._compile(change, names), names)

    def delete(self, table: Table, *by: str) -> Statement:
        """Delete the rows whose columns ``by``, in this order, have the row's values."""
        change = delete(table).where(*(table.c[name] == bindparam(f"{name}_0") for name in by))
        return Statement(table.name, self._compile(change, by), by)

    def _compile(self, clause: ClauseElement, names: tuple[str, ...]) -> str:
        compiled = cast(SQLCompiler, clause.compile(dialect=self._dialect))
        order = tuple(name.rpartition("_")[0] for name in compiled.positiontup or ())
        assert order == names, "rows go to the driver as they come"
        return str(compiled)
