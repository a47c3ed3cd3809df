"""Engines for the two databases: SQLite in a file (default) and PostgreSQL.

Knows the pragmas and connection options, and nothing of tables.  A connection made with the
execution option ``writes=True`` takes SQLite's write lock when its transaction begins, so
that it waits its turn there instead of failing half-way.
"""

import os
import sqlite3
from functools import partial
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from sonnette.base.errors import LocalError
from sonnette.store.private import create_private

BUSY_TIMEOUT_MS = 5000
"""How long a transaction waits for SQLite's write lock: several group commits."""

PRAGMAS = (
    "journal_mode=WAL",  # readers never wait for the writer
    "synchronous=NORMAL",  # a killed process loses nothing; fsync at checkpoints only
    "foreign_keys=ON",
    "secure_delete=ON",  # what is erased is overwritten, not only unlinked
    "journal_size_limit=16777216",
)


def open_engine(url: str | URL, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Engine:
    """An engine for ``url``; no connection is made yet.

    Raises :class:`LocalError` (``store.url``) unless the URL is ``sqlite:///FILE`` or
    ``postgresql+psycopg://...``.
    """
    parsed = _parse(url)
    if parsed.drivername == "postgresql+psycopg":
        # Prepared statements break behind a pooler that shares connections.
        return create_engine(parsed, connect_args={"prepare_threshold": None}, pool_pre_ping=True)
    _make_private(Path(parsed.database or ""))
    engine = create_engine(parsed)
    event.listen(engine, "connect", partial(_on_connect, busy_timeout_ms))
    event.listen(engine, "begin", _on_begin)
    return engine


def _parse(url: str | URL) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise _bad_url("something that is no URL") from None
    if parsed.drivername == "postgresql+psycopg":
        return parsed
    if parsed.drivername != "sqlite":
        raise _bad_url(f"the scheme {parsed.drivername!r}")
    if not parsed.database or parsed.database == ":memory:":
        raise _bad_url("an SQLite database without a file")
    return parsed


def _bad_url(came: str) -> LocalError:
    return LocalError(
        "store.url",
        f"[store] url: expected sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME, got {came}",
    )


def _make_private(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        create_private(path)
    except OSError as error:
        raise _bad_file(path, str(error.strerror)) from error
    if not (path.is_file() and os.access(path, os.R_OK | os.W_OK)):
        raise _bad_file(path, "it is no file that we may read and write")


def _bad_file(path: Path, why: str) -> LocalError:
    return LocalError("store.file", f"the database file {path} cannot be used: {why}")


def _on_connect(
    busy_timeout_ms: int, connection: DBAPIConnection, _entry: ConnectionPoolEntry
) -> None:
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None  # we begin transactions ourselves, in _on_begin
    for pragma in (f"busy_timeout={busy_timeout_ms}", *PRAGMAS):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
