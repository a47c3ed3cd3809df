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


def commit_rows(engine: Engine, rows: list[Item]) -> dict[str, int]:
    """Commit ``rows``; returns how many of which table the database will never take.

    Raises :class:`UnwillingError`, with nothing written, when the fault is the database's.
    """
    try:
        with engine.begin() as connection:
            for statement, run in _runs(rows):
                statement.write(connection, run)
    except Exception as error:  # a row can make a driver raise anything; the writer lives on
        if not _is_the_rows_fault(error):
            raise UnwillingError(_reason(error)) from error
        return _commit_singly(engine, rows)
    return {}


def _commit_singly(engine: Engine, rows: list[Item]) -> dict[str, int]:
    rejected: dict[str, int] = {}
    try:
        with engine.begin() as connection:
            for statement, row in rows:
                if not _takes(connection, statement, row):
                    rejected[statement.table] = rejected.get(statement.table, 0) + 1
    except DBAPIError as error:
        raise UnwillingError(_reason(error)) from error
    return rejected


def _runs(rows: list[Item]) -> list[tuple[Statement, list[Row]]]:
    """The rows by table, in order within each, equal neighbours in one run."""
    tables: dict[str, list[tuple[Statement, list[Row]]]] = {}
    for statement, row in rows:
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
    except Exception as error:  # as in commit_rows
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
