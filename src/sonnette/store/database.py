"""The database as the services see it: one transaction to read in, one to write in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from sonnette.base.errors import LocalError
from sonnette.store.engine import open_engine
from sonnette.store.writer import CallSoon, Fault, Limits, Writer

WRITER_BUSY_TIMEOUT_MS = 250


class Database:
    """An open database.

    The sessions are synchronous: an event loop calls a service in a thread
    (``asyncio.to_thread``), and never on the path of a call.
    """

    def __init__(self, url: str) -> None:
        self.engine: Engine = open_engine(url)
        self._writing = self.engine.execution_options(writes=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that sees one state of the database; nothing in it is kept.

        Raises :class:`LocalError` (``store.unavailable``) when the database does not answer.
        """
        with telling_faults(), Session(self.engine) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction, committed at the end of the block and undone by an exception.

        Raises :class:`LocalError` (``store.unavailable``) when the database does not answer,
        is locked for longer than the busy time-out, or has no room left.
        """
        with telling_faults(), Session(self._writing) as session, session.begin():
            yield session

    def start_writer(
        self,
        call_soon: CallSoon,
        on_fault: Callable[[Fault], None],
        limits: Limits | None = None,
    ) -> Writer:
        """The running server's writer, on connections of its own.

        ``call_soon`` is such as ``loop.call_soon_threadsafe``.
        """
        # A lock is told and tried again by the writer, not waited for in the driver.
        engine = open_engine(self.engine.url, busy_timeout_ms=WRITER_BUSY_TIMEOUT_MS)
        return Writer(engine, call_soon, on_fault, limits)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


@contextmanager
def telling_faults() -> Iterator[None]:
    """Turn the driver's word that the database cannot work now into a :class:`LocalError`."""
    try:
        yield
    except OperationalError as error:
        raise LocalError(
            "store.unavailable", f"the database refused or did not answer: {error.orig}"
        ) from error
