import queue
import sqlite3
import threading

import pytest
from sqlalchemy import text

from sonnette.store import engine
from sonnette.store.writer import FaultKind, Limits
from tests.store.notes import NOTES, contents

QUICK = Limits(gather_s=0.0, idle_s=0.005, patience_s=0.02, first_retry_s=0.002, last_retry_s=0.01)
LONG = 20.0


class Caller:
    """The event loop's side: callbacks queue up and run when the test says so."""

    def __init__(self):
        self.calls = queue.Queue()
        self.faults = []
        self.answers = []

    def call_soon(self, callback, *args):
        self.calls.put((callback, args))

    def hear(self):
        """Run the next callback, which comes from the writer's thread."""
        callback, args = self.calls.get(timeout=LONG)
        callback(*args)

    def hear_until(self, is_so):
        while not is_so():
            self.hear()


@pytest.fixture
def caller():
    return Caller()


@pytest.fixture
def start(database, caller):
    NOTES.metadata.create_all(database.engine)
    writers = []

    def start(limits=QUICK):
        writers.append(database.start_writer(caller.call_soon, caller.faults.append, limits))
        return writers[-1]

    yield start
    for writer in writers:
        writer.close()


def test_a_durable_row_is_committed_when_its_caller_is_told(database, caller, start):
    writer = start()
    writer.put_durable([(writer.statements.upsert(NOTES), (1, "one", 0))], caller.answers.append)
    caller.hear()
    assert caller.answers == [True]
    assert contents(database) == [(1, "one", 0)]


def test_rows_keep_their_order_and_an_upsert_replaces(database, start):
    writer = start()
    save, drop = writer.statements.upsert(NOTES), writer.statements.delete(NOTES, "id")
    for number in range(5):
        writer.put(save, (1, f"v{number}", number))
        writer.put(save, (2, "short-lived", 0))
        writer.put(drop, (2,))
    assert writer.close() == 0
    assert contents(database) == [(1, "v4", 4)]


def test_an_upsert_adds_to_a_count_and_keeps_what_it_is_told_to(database, start):
    writer = start()
    count = writer.statements.upsert(NOTES, add=["count"], keep=["body"])
    writer.put(count, (1, "first", 2))
    writer.put(count, (1, "second", 3))
    writer.close()
    assert contents(database) == [(1, "first", 5)]


@pytest.mark.parametrize("keys", [1, 7, 8, 63, 200])
def test_the_last_row_of_each_key_stays_however_many_go_together(database, start, keys):
    writer = start(Limits(idle_s=LONG))
    save = writer.statements.upsert(NOTES)
    for number in range(500):
        writer.put(save, (number % keys, f"v{number}", number))
    assert writer.close() == 0
    kept = {number % keys: (number % keys, f"v{number}", number) for number in range(500)}
    assert contents(database) == [kept[key] for key in range(keys)]


@pytest.mark.parametrize("keys", [1, 7, 8, 63, 200])
def test_every_row_of_a_count_is_added(database, start, keys):
    writer = start(Limits(idle_s=LONG))
    count = writer.statements.upsert(NOTES, add=["count"], keep=["body"])
    for number in range(1000):
        writer.put(count, (number % keys, f"v{number}", 1))
    assert writer.close() == 0
    assert sum(row[2] for row in contents(database)) == 1000
    assert [row[1] for row in contents(database)] == [f"v{key}" for key in range(keys)]


def test_an_update_changes_only_its_columns(database, start):
    writer = start()
    writer.put(writer.statements.upsert(NOTES), (1, "one", 7))
    writer.put(writer.statements.update(NOTES, "body"), ("uno", 1))
    writer.close()
    assert contents(database) == [(1, "uno", 7)]


def test_a_row_that_nobody_waits_for_is_written_soon_too(database, start):
    writer = start()
    writer.put(writer.statements.upsert(NOTES), (1, "one", 0))
    while not writer.written:
        threading.Event().wait(0.001)
    assert contents(database) == [(1, "one", 0)]


def test_closing_writes_what_waits(database, start):
    writer = start(Limits(idle_s=LONG))
    save = writer.statements.upsert(NOTES)
    for number in range(5000):
        writer.put(save, (number, "", 0))
    assert writer.close() == 0
    assert len(contents(database)) == 5000
    assert writer.written == 5000


def test_one_commit_holds_many_rows_but_not_too_many(start):
    writer = start(Limits(idle_s=LONG, most_together=100))
    save = writer.statements.upsert(NOTES)
    for number in range(250):
        writer.put(save, (number, "", 0))
    writer.close()
    assert writer.commits == 3


def test_callers_of_one_commit_are_told_in_one_call(caller, start):
    writer = start(Limits(gather_s=0.2))
    save = writer.statements.upsert(NOTES)
    for number in range(10):
        writer.put_durable([(save, (number, "", 0))], caller.answers.append)
    caller.hear()
    assert caller.answers == [True] * 10


@pytest.mark.parametrize("bad", [(2, None, 0), (1 << 70, "", 0), (2, object(), 0)])
def test_a_row_the_database_will_never_take_is_set_aside_and_told(database, caller, start, bad):
    writer = start(Limits(gather_s=0.1))
    save = writer.statements.upsert(NOTES)
    for row in [(1, "one", 0), bad, (3, "three", 0)]:
        writer.put_durable([(save, row)], caller.answers.append)
    caller.hear_until(lambda: len(caller.answers) == 3)
    assert caller.answers == [True, False, True]
    assert [(fault.kind, fault.rows) for fault in caller.faults] == [(FaultKind.REJECTED, 1)]
    assert contents(database) == [(1, "one", 0), (3, "three", 0)]
    assert (writer.written, writer.rejected) == (2, 1)


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "a\udcffb", "a\udcff\udcfeb"])
def test_what_no_text_column_can_hold_is_replaced(database, caller, start, text):
    writer = start(Limits(gather_s=0.1))
    save = writer.statements.upsert(NOTES)
    for row in [(1, "é😀", 0), (2, text, 0)]:
        writer.put_durable([(save, row)], caller.answers.append)
    caller.hear_until(lambda: caller.answers)
    assert caller.answers == [True, True]
    (_, first, _), (_, second, _) = contents(database)
    assert first == "é😀"
    assert second.strip("ab").strip("\ufffd\0") == ""


def test_a_fault_names_the_table_and_no_value(caller, start):
    writer = start()
    statement = writer.statements.upsert(NOTES)
    writer.put_durable([(statement, (1, None, 42_4242))], caller.answers.append)
    caller.hear_until(lambda: caller.answers)
    assert caller.faults[0].detail == "table note"


class Locked:
    """Another program holds SQLite's write lock."""

    def __init__(self, database):
        self._connection = sqlite3.connect(database.engine.url.database, isolation_level=None)

    def __enter__(self):
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, *_):
        self._connection.execute("ROLLBACK")
        self._connection.close()


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@on_sqlite
def test_a_locked_database_is_told_and_tried_again_until_it_is_free(database, caller, start):
    writer = start(Limits(gather_s=0.0, first_retry_s=0.001, last_retry_s=0.01))
    with Locked(database):
        writer.put_durable(
            [(writer.statements.upsert(NOTES), (1, "one", 0))], caller.answers.append
        )
        caller.hear_until(lambda: caller.faults)
        assert caller.faults[0].kind is FaultKind.RETRYING
        assert "locked" in caller.faults[0].detail
        assert caller.answers == []
    caller.hear_until(lambda: caller.answers)
    assert caller.answers == [True]
    assert caller.faults[-1].kind is FaultKind.RECOVERED
    assert len(caller.faults) == 2
    assert contents(database) == [(1, "one", 0)]


@on_sqlite
def test_whoever_waited_too_long_is_told_no_and_the_row_is_still_written(database, caller, start):
    writer = start()
    save = writer.statements.upsert(NOTES)
    with Locked(database):
        writer.put_durable([(save, (1, "one", 0))], caller.answers.append)
        caller.hear_until(lambda: caller.answers)
        writer.put_durable([(save, (2, "late", 0))], caller.answers.append)
        caller.hear_until(lambda: len(caller.answers) == 2)
    assert caller.answers == [False, False]
    assert writer.close() == 0
    assert contents(database) == [(1, "one", 0), (2, "late", 0)]


@on_sqlite
def test_closing_gives_up_after_its_time_and_says_how_many_rows_are_lost(database, caller, start):
    writer = start()
    with Locked(database):
        writer.put(writer.statements.upsert(NOTES), (1, "one", 0))
        assert writer.close(timeout_s=0.01) == 1
    assert contents(database) == []


on_postgres = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.interop)], indirect=True
)


@on_postgres
def test_a_connection_that_the_server_cut_is_made_again(database, caller, start):
    writer = start()
    save = writer.statements.upsert(NOTES)
    writer.put_durable([(save, (1, "before", 0))], caller.answers.append)
    caller.hear_until(lambda: caller.answers)
    with database.write() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    writer.put_durable([(save, (2, "after", 0))], caller.answers.append)
    caller.hear_until(lambda: len(caller.answers) == 2)
    assert caller.answers == [True, True]
    assert len(contents(database)) == 2


@pytest.fixture
def full_disk(monkeypatch):
    monkeypatch.setattr(engine, "PRAGMAS", (*engine.PRAGMAS, "max_page_count=120"))


@on_sqlite
@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_is_told_and_what_was_written_before_stays(database, caller, start):
    writer = start()
    save = writer.statements.upsert(NOTES)
    writer.put_durable([(save, (1, "fits", 0))], caller.answers.append)
    caller.hear_until(lambda: caller.answers)
    writer.put_durable([(save, (2, "x" * 1_000_000, 0))], caller.answers.append)
    caller.hear_until(lambda: len(caller.answers) == 2)
    assert caller.answers == [True, False]
    assert "full" in caller.faults[0].detail
    assert writer.close(timeout_s=0) == 1
    assert contents(database) == [(1, "fits", 0)]


def test_a_full_queue_refuses_and_says_so_once(database, caller, start):
    writer = start(Limits(idle_s=LONG, most_waiting=3))
    save = writer.statements.upsert(NOTES)
    for number in range(5):
        writer.put(save, (number, "", 0))
    writer.put_durable([(save, (9, "", 0))], caller.answers.append)
    caller.hear_until(lambda: caller.answers)
    assert caller.answers == [False]
    assert [fault.kind for fault in caller.faults] == [FaultKind.OVERFLOWED]
    assert writer.refused == 3
    writer.close()
    assert [row[0] for row in contents(database)] == [0, 1, 2]


def test_a_closed_writer_refuses(caller, start):
    writer = start()
    writer.close()
    writer.put(writer.statements.upsert(NOTES), (1, "", 0))
    assert writer.refused == 1


def test_a_closed_loop_does_not_stop_the_writer(database, caller, start, monkeypatch):
    def closed(*_args):
        raise RuntimeError("Event loop is closed")

    monkeypatch.setattr(caller, "call_soon", closed)
    writer = start()
    save = writer.statements.upsert(NOTES)
    writer.put_durable([(save, (1, "one", 0))], caller.answers.append)
    while not writer.written:
        threading.Event().wait(0.001)
    writer.put(save, (2, "two", 0))
    writer.close()
    assert len(contents(database)) == 2
