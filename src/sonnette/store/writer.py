"""One thread that writes the running server's rows, many in one commit.

The event loop appends a tuple to a queue and goes on.  A row waits at most ``gather_s``
while something durable waits, else at most ``idle_s``; rows of one table keep their order.
A fault of the database is reported and the same rows are tried again; a row that the
database will never take is set aside and reported, so that it cannot hold up the others.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from time import monotonic, sleep
from typing import Protocol

from sqlalchemy import Engine

from sonnette.store.commit import Item, UnwillingError, commit_rows
from sonnette.store.statement import Row, Statement, Statements

Done = Callable[[bool], None]
"""Told, on the caller's thread, whether the rows are committed (False: given up for now)."""


class CallSoon(Protocol):
    """Runs a callback on the caller's thread, such as ``loop.call_soon_threadsafe``."""

    def __call__(self, callback: Callable[..., object], /, *args: object) -> object: ...


class FaultKind(Enum):
    """What became of the rows concerned."""

    RETRYING = "the database does not take the rows now; they are kept and tried again"
    RECOVERED = "the database takes rows again"
    REJECTED = "the database will never take these rows; they were set aside"
    OVERFLOWED = "too many rows wait; new ones are refused"


@dataclass(frozen=True, slots=True)
class Fault:
    """What the operator must know; ``detail`` holds no personal datum."""

    kind: FaultKind
    rows: int
    detail: str


@dataclass(frozen=True, slots=True)
class Limits:
    """The writer's times, in seconds, and sizes."""

    gather_s: float = 0.004
    """A durable row waits so long for company: its commit must end within 10 ms."""

    idle_s: float = 0.5
    """Other rows wait so long: theirs must end within 1 s."""

    patience_s: float = 5.0
    """A durable row that could not be committed for so long is answered False."""

    first_retry_s: float = 0.05
    last_retry_s: float = 1.0

    most_waiting: int = 100_000
    """Rows in the queue: about 30 MB, and some seconds of a full disk at peak rate."""

    most_together: int = 2_000
    """Rows in one commit: short enough for others to get the database between two."""


@dataclass(slots=True)
class _Waiter:
    """Stands in the queue behind the rows whose commit it waits for."""

    done: Done
    size: int
    end: int = 0
    """Where its rows end in the batch."""

    def owns(self, place: int) -> bool:
        return self.end - self.size <= place < self.end


@dataclass(slots=True)
class _Batch:
    rows: list[Item] = field(default_factory=list)
    waiting: list[_Waiter] = field(default_factory=list)


class Writer:
    """The queue and its thread; made running, ended, with its engine, by :meth:`close`.

    ``call_soon`` brings callbacks to the caller's thread; ``on_fault`` hears there of each
    :class:`Fault`, once when it begins and once when it ends.
    """

    def __init__(
        self,
        engine: Engine,
        call_soon: CallSoon,
        on_fault: Callable[[Fault], None],
        limits: Limits | None = None,
    ) -> None:
        self.statements = Statements(engine.dialect)
        self.written = self.rejected = self.refused = self.lost = self.commits = 0
        self._engine = engine.execution_options(writes=True)
        self._call_soon, self._on_fault = call_soon, on_fault
        self._limits = limits or Limits()
        self._queue: deque[Item | _Waiter] = deque()
        self._room = self._limits.most_waiting
        self._is_full = False
        self._wake = threading.Event()
        self._close_by: float | None = None
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Rows and callbacks in the queue."""
        return len(self._queue)

    def put(self, statement: Statement, row: Row) -> None:
        """Write ``row`` within a second; refused, counted and reported when the queue is full."""
        if len(self._queue) >= self._room:
            self._refuse(1)
        else:
            self._queue.append((statement, row))

    def put_durable(self, items: Iterable[Item], done: Done) -> None:
        """Write ``items`` within 10 ms, in order; then call ``done(True)`` by ``call_soon``.

        ``done(False)`` says that the queue was full, that the database will never take one of
        the rows, or that it took nothing for ``patience_s``; in the latter case the rows are
        still tried again.
        """
        items = tuple(items)
        if len(self._queue) + len(items) >= self._room:
            self._refuse(len(items))
            self._answer([(done, False)])
            return
        self._queue.extend(items)
        self._queue.append(_Waiter(done, len(items)))
        if not self._wake.is_set():
            self._wake.set()

    def close(self, timeout_s: float = 4.0) -> int:
        """Write what waits, end the thread, and tell how many rows were lost (normally 0)."""
        self._close_by = monotonic() + timeout_s
        self._wake.set()
        self._thread.join(timeout_s + 1.0)
        self._room = 0
        self._engine.dispose()
        self.lost += sum(isinstance(entry, tuple) for entry in self._queue)
        self._queue.clear()
        return self.lost

    def _run(self) -> None:
        while self._close_by is None:
            if self._wake.wait(self._limits.idle_s) and self._close_by is None:
                sleep(self._limits.gather_s)
            # Cleared before the queue is read: what comes after it sets it again.
            self._wake.clear()
            self._write_all()
        self._write_all()

    def _write_all(self) -> None:
        most = self._limits.most_together
        while self._queue:
            batch = _Batch()
            self._fill(batch, most)
            self._commit(batch)
            if len(batch.rows) < most and self._close_by is None:
                return

    def _fill(self, batch: _Batch, most: int) -> None:
        queue, rows = self._queue, batch.rows
        while queue and len(rows) < most:
            entry = queue.popleft()
            if isinstance(entry, tuple):
                rows.append(entry)
            else:
                entry.end = len(rows)
                batch.waiting.append(entry)

    def _commit(self, batch: _Batch) -> None:
        began: float | None = None
        pause = self._limits.first_retry_s
        while True:
            try:
                rejected = commit_rows(self._engine, batch.rows)
            except UnwillingError as error:
                began = began or self._note_trouble(str(error), len(batch.rows))
                if not self._may_wait(batch, began):
                    return
                sleep(pause)
                pause = min(2 * pause, self._limits.last_retry_s)
            else:
                break
        if began is not None:
            self._tell(Fault(FaultKind.RECOVERED, len(batch.rows), ""))
        self._room, self._is_full = self._limits.most_waiting, False
        self._count(batch.rows, rejected)
        self._answer(
            [(waiter.done, not any(map(waiter.owns, rejected))) for waiter in batch.waiting]
        )

    def _note_trouble(self, detail: str, rows: int) -> float:
        self._tell(Fault(FaultKind.RETRYING, rows, detail))
        return monotonic()

    def _may_wait(self, batch: _Batch, began: float) -> bool:
        """While the database is unwilling: gather what comes, answer who waited too long."""
        now = monotonic()
        self._fill(batch, self._limits.most_waiting)
        self._room = self._limits.most_waiting - len(batch.rows)
        closing = self._close_by is not None and now >= self._close_by
        if closing or now - began >= self._limits.patience_s:
            self._answer([(waiter.done, False) for waiter in batch.waiting])
            batch.waiting = []
        if closing:
            self.lost += len(batch.rows)
        return not closing

    def _count(self, rows: list[Item], rejected: list[int]) -> None:
        self.commits += 1
        self.written += len(rows) - len(rejected)
        self.rejected += len(rejected)
        for table, count in Counter(rows[place][0].table for place in rejected).items():
            self._tell(Fault(FaultKind.REJECTED, count, f"table {table}"))

    def _refuse(self, rows: int) -> None:
        self.refused += rows
        if not self._is_full:
            self._is_full = True
            closed = "the writer is closed" if self._close_by is not None else ""
            self._tell(Fault(FaultKind.OVERFLOWED, rows, closed))

    def _tell(self, fault: Fault) -> None:
        self._soon(self._on_fault, fault)

    def _answer(self, answers: list[tuple[Done, bool]]) -> None:
        if answers:
            self._soon(_answer_each, answers)

    def _soon(self, callback: Callable[..., object], *args: object) -> None:
        try:
            self._call_soon(callback, *args)
        except RuntimeError:
            return  # the loop is closed: nobody is left to hear it


def _answer_each(answers: list[tuple[Done, bool]]) -> None:
    for done, is_committed in answers:
        done(is_committed)
