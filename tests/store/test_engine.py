import stat
import subprocess
import sys

import pytest
from sqlalchemy import inspect, text

from sonnette.base.errors import LocalError
from sonnette.store.database import Database
from sonnette.store.engine import open_engine


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:", "postgresql://x/y"],
)
def test_a_url_that_is_neither_database_is_refused(url):
    with pytest.raises(LocalError, match=r"store\.url"):
        open_engine(url)


def test_the_password_of_a_bad_url_is_not_repeated():
    with pytest.raises(LocalError) as caught:
        open_engine("mysql://me:hunter2@host/base")
    assert "hunter2" not in str(caught.value)


def test_a_new_file_is_its_owners_alone(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/new/folder/store.db")
    with database.write() as session:
        session.execute(text("CREATE TABLE t (x)"))
    for path in (tmp_path / "new/folder").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    database.close()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LocalError, match=r"store\.file"):
        open_engine(f"sqlite:///{tmp_path}/file/store.db")


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 1), ("foreign_keys", 1), ("secure_delete", 1)],
)
def test_sqlite_is_set_for_readers_beside_a_writer_and_real_erasure(tmp_path, pragma, value):
    database = Database(f"sqlite:///{tmp_path}/store.db")
    with database.read() as session:
        assert session.execute(text(f"PRAGMA {pragma}")).scalar_one() == value
    database.close()


def test_what_was_deleted_is_no_longer_in_the_file(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/store.db")
    with database.write() as session:
        session.execute(text("CREATE TABLE t (x)"))
        session.execute(text("INSERT INTO t VALUES ('a-recognisable-name')"))
    with database.write() as session:
        session.execute(text("DELETE FROM t"))
    with database.engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    database.close()
    assert b"a-recognisable-name" not in (tmp_path / "store.db").read_bytes()


LOOK = (
    "import sqlite3, sys; connection = sqlite3.connect(sys.argv[1]);"
    "print(connection.execute('SELECT count(*) FROM t').fetchone()[0]); connection.close()"
)


def test_a_second_opening_keeps_the_locks_of_the_first(tmp_path):
    path = tmp_path / "store.db"
    first = Database(f"sqlite:///{path}")
    with first.write() as session:
        session.execute(text("CREATE TABLE t (x)"))
    second = Database(f"sqlite:///{path}")  # as the server does for its writer
    for rows in range(3):
        # Another program that finds no lock takes itself for the last and deletes the WAL.
        seen = subprocess.run(
            [sys.executable, "-c", LOOK, path], stdout=subprocess.PIPE, check=True
        )
        assert int(seen.stdout) == rows
        with first.write() as session:
            session.execute(text("INSERT INTO t VALUES (1)"))
    for database in (first, second):
        database.close()


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path):
    with pytest.raises(LocalError, match=r"store\.file"):
        open_engine(f"sqlite:///{tmp_path}")


def test_a_failed_block_leaves_nothing(database):
    with pytest.raises(ZeroDivisionError), database.write() as session:
        session.execute(text("CREATE TABLE t (x INTEGER)"))
        session.execute(text("INSERT INTO t VALUES (1)"))
        raise ZeroDivisionError
    assert not inspect(database.engine).has_table("t")


def test_a_reader_sees_one_state_while_another_writes(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/store.db")
    with database.write() as session:
        session.execute(text("CREATE TABLE t (x)"))
    with database.read() as reading:
        assert reading.execute(text("SELECT count(*) FROM t")).scalar_one() == 0
        with database.write() as writing:
            writing.execute(text("INSERT INTO t VALUES (1)"))
        assert reading.execute(text("SELECT count(*) FROM t")).scalar_one() == 0
    database.close()


def test_a_database_that_does_not_answer_is_told(tmp_path):
    database = Database(f"postgresql+psycopg://nobody@/none?host={tmp_path}")
    with pytest.raises(LocalError, match=r"store\.unavailable"), database.read() as session:
        session.execute(text("SELECT 1"))
    database.close()
