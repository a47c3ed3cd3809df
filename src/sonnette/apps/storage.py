"""The database's side of the server: accounts in memory, logs and bindings on their way out."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import text

from sonnette.accounts.directory import Directory, Member
from sonnette.accounts.service import Accounts, Listener
from sonnette.apps.settings import Settings, database_url
from sonnette.base.errors import LocalError
from sonnette.portal.domain import Account as DemoAccount
from sonnette.server.lime_keys.service import LimeKeys
from sonnette.server.recovery import recover
from sonnette.store.database import Database
from sonnette.store.schema import open_database
from sonnette.store.writer import Fault, FaultKind, Writer

_log = logging.getLogger("sonnette.store")


class Storage:
    """An open database with what is kept in step with it.

    Made by :func:`open_storage`, ended by :meth:`close`.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        loop = asyncio.get_running_loop()
        domains = (settings.domain, *settings.domains)
        self.database = database
        self.directory = Directory(domains)
        self.followers: list[Listener] = [self.directory]
        listener = _OnLoop(self.followers, loop.call_soon_threadsafe)
        self.accounts = Accounts(database, domains, listener, time.time)
        self.lime_keys = LimeKeys(database, time.time)
        self.writer: Writer = database.start_writer(loop.call_soon_threadsafe, _report)

    def load(self) -> None:
        """Put right what a crash left, then read every account into memory."""
        with self.database.write() as session:
            recover(session, time.time())
        with self.database.read() as session:
            self.directory.load(session)

    async def check(self) -> str:
        """Why the database does not answer, or nothing."""
        try:
            await asyncio.to_thread(self._ask)
        except LocalError as error:
            return error.message
        return ""

    async def close(self) -> None:
        """Write what waits, then close."""
        lost = await asyncio.to_thread(self.writer.close)
        if lost:
            _log.error("rows were lost at the end", extra={"rows": lost})
        self.database.close()

    async def ensure(self, account: DemoAccount) -> None:
        """Make ``account``, or give it its password again."""
        with suppress(LocalError):
            await asyncio.to_thread(self.accounts.add, account.address, account.password)
        await asyncio.to_thread(self.accounts.set_password, account.address, account.password)

    def _ask(self) -> None:
        with self.database.read() as session:
            session.execute(text("SELECT 1"))


async def open_storage(settings: Settings) -> Storage:
    """The database of ``settings``, at this program's schema, with its accounts loaded.

    Raises :exc:`LocalError` ``store.*``.
    """
    database = await asyncio.to_thread(open_database, database_url(settings))
    storage = Storage(database, settings)
    try:
        await asyncio.to_thread(storage.load)
    except LocalError:
        await storage.close()
        raise
    return storage


class _OnLoop:
    """Brings the changes that a thread made to accounts onto the loop that reads them."""

    def __init__(self, followers: list[Listener], call_soon: Callable[..., object]) -> None:
        self._followers, self._call_soon = followers, call_soon

    def put(self, member: Member, /) -> None:
        for follower in self._followers:
            self._call_soon(follower.put, member)

    def drop(self, domain: str, username: str, /) -> None:
        for follower in self._followers:
            self._call_soon(follower.drop, domain, username)


def _report(fault: Fault) -> None:
    level = logging.INFO if fault.kind is FaultKind.RECOVERED else logging.ERROR
    _log.log(level, fault.kind.value, extra={"rows": fault.rows, "detail": fault.detail})
