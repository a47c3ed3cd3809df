"""Writes a batch of rows in one transaction, and tells whose fault it is when it cannot.

Rows of one table keep their order; tables do not wait for one another, so that like rows
stand together and go to the driver in one call.  Hence a rule for whoever queues rows:
none may need, by a foreign key, a row of another table in the same queue.
"""

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from sonnette.store.statement import Row, Statement

Item = tuple[Statement, Row]


class UnwillingError(Exception):
    """The database takes nothing now (locked, full, gone); no row is at fault."""


def commit_rows(engine: Engine, items: list[Item]) -> list[int]:
    """Commit ``items``; returns the places of those that the database will never take.

    Raises :class:`UnwillingError`, with nothing written, when the fault is the database's.
    """
    if _commit_together(engine, items):
        return []
    items = [(statement, storable(row)) for statement, row in items]
    if _commit_together(engine, items):
        return []
    return _commit_singly(engine, items)


def storable(row: Row) -> Row:
    """``row`` with U+FFFD for what a peer can write and a text column cannot hold.

    That is NUL, and a lone surrogate, which stands for an octet that was not UTF-8.
    """
    return tuple(_storable_text(value) if isinstance(value, str) else value for value in row)


def _storable_text(text: str) -> str:
    encoded = text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass")
    return encoded.decode("utf-16", "replace")


def _commit_together(engine: Engine, items: list[Item]) -> bool:
    """Whether all are committed; if not, nothing is, and some row is at fault."""
    try:
        with engine.begin() as connection:
            for statement, rows in _runs(items):
                statement.write(connection, rows)
    except Exception as error:  # a row can make a driver raise anything; the writer lives on
        if not _is_the_rows_fault(error):
            raise UnwillingError(_reason(error)) from error
        return False
    return True


def _commit_singly(engine: Engine, items: list[Item]) -> list[int]:
    try:
        with engine.begin() as connection:
            return [
                place
                for place, (statement, row) in enumerate(items)
                if not _takes(connection, statement, row)
            ]
    except DBAPIError as error:
        raise UnwillingError(_reason(error)) from error


def _runs(items: list[Item]) -> list[tuple[Statement, list[Row]]]:
    """The rows by table, in order within each, equal neighbours in one run."""
    tables: dict[str, list[tuple[Statement, list[Row]]]] = {}
    for statement, row in items:
        runs = tables.setdefault(statement.table, [])
        if runs and runs[-1][0] is statement:
            runs[-1][1].append(row)
        else:
            runs.append((statement, [row]))
    return [run for runs in tables.values() for run in runs]


def _takes(connection: Connection, statement: Statement, row: Row) -> bool:
    try:
        with connection.begin_nested():
            statement.write(connection, [row])
    except Exception as error:  # as in _commit_together
        if not _is_the_rows_fault(error):
            raise
        return False
    return True


def _is_the_rows_fault(error: Exception) -> bool:
    if isinstance(error, DBAPIError):
        return isinstance(error, IntegrityError | DataError | ProgrammingError)
    return True  # the driver could not even encode it


def _reason(error: Exception) -> str:
    """The driver's first line, which names no value: values stand in a DETAIL below it."""
    text = str(error.orig if isinstance(error, DBAPIError) else error)
    return text.partition("\n")[0]
