"""How a command reaches what it works on: the running server, else the database."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import Protocol

from sonnette.accounts.directory import Directory
from sonnette.accounts.service import Accounts
from sonnette.apps.lock import shared
from sonnette.apps.operations import AccountOperations, KeyServer
from sonnette.apps.settings import Settings, database_url
from sonnette.base.errors import LocalError
from sonnette.net.control import ControlClient
from sonnette.store.database import Database
from sonnette.store.schema import open_database


class Operator(Protocol):
    """Runs the operations of :mod:`sonnette.apps.operations` by name."""

    def call(self, command: str, **arguments: object) -> object:
        """The answer of a command."""

    def stream(self, command: str, **arguments: object) -> Iterator[object]:
        """The items of a stream."""


@contextmanager
def operator(settings: Settings) -> Iterator[Operator]:
    """Whoever answers for ``settings.data_dir`` now.

    Raises :exc:`LocalError` ``data-dir.locked`` where a server is there and does not answer.
    """
    try:
        server = ControlClient(settings.control_socket)
    except LocalError as error:
        if error.code != "control.absent":
            raise
        with _database(settings) as alone:
            yield alone
    else:
        with server:
            yield server


@contextmanager
def _database(settings: Settings) -> Iterator["_Alone"]:
    with shared(settings.data_dir):
        database = open_database(database_url(settings))
        try:
            domains = (settings.domain, *settings.domains)
            accounts = Accounts(database, domains, Directory(domains), time.time)
            yield _Alone(AccountOperations(accounts, lambda: _key_server(database)))
        finally:
            database.close()


def _key_server(database: Database) -> KeyServer:
    # Its cryptography takes 0.3 s to import: only a look at devices pays for it.
    from sonnette.server.lime_keys.service import LimeKeys

    return LimeKeys(database, time.time)


class _Alone:
    """The operations, run here."""

    def __init__(self, operations: AccountOperations) -> None:
        self._operations = operations

    def call(self, command: str, **arguments: object) -> object:
        async def run() -> object:
            return await self._operations.commands[command](arguments)

        return asyncio.run(run())

    def stream(self, command: str, **arguments: object) -> Iterator[object]:
        items: AsyncGenerator[object, None] = self._operations.streams[command](arguments)

        async def gather() -> list[object]:
            return [item async for item in items]

        yield from asyncio.run(gather())
