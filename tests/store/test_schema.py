import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from sonnette.apps.schema import METADATA
from sonnette.base.errors import LocalError
from sonnette.store import schema
from sonnette.store.schema import open_database, upgrade


def is_ours(_object, name, kind, *_rest):
    return not (kind == "table" and name == "schema_version")


def test_the_migrations_make_what_the_models_say(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": is_ours, "compare_type": True}
        )
        assert compare_metadata(context, METADATA) == []


def test_upgrading_again_changes_nothing(database):
    before = inspect(database.engine).get_table_names()
    upgrade(database.engine)
    assert inspect(database.engine).get_table_names() == before


def test_a_database_of_a_newer_program_is_refused_and_left_alone(database_url, monkeypatch):
    monkeypatch.setattr(schema, "SCHEMA", 0)
    with pytest.raises(LocalError, match=r"store\.schema-newer") as caught:
        open_database(database_url)
    assert "schema 1" in str(caught.value)


def test_a_newer_database_that_still_suits_us_is_opened(database_url, monkeypatch):
    monkeypatch.setattr(schema, "SCHEMA", 0)
    database = open_and_set(database_url, version=7, compatible=0)
    open_database(database_url).close()
    with database.read() as session:
        assert session.execute(text("SELECT version FROM schema_version")).scalar_one() == 7
    database.close()


def open_and_set(url, version, compatible):
    database = schema.Database(url)
    with database.write() as session:
        session.execute(
            text("UPDATE schema_version SET version = :v, compatible = :c"),
            {"v": version, "c": compatible},
        )
    return database


def test_a_failed_migration_leaves_the_database_as_it_was(tmp_path, monkeypatch):
    def fail(_connection):
        raise ZeroDivisionError

    monkeypatch.setattr(schema, "_note", fail)
    with pytest.raises(ZeroDivisionError):
        open_database(f"sqlite:///{tmp_path}/store.db")
    database = schema.Database(f"sqlite:///{tmp_path}/store.db")
    assert inspect(database.engine).get_table_names() == []
    database.close()


def test_a_database_that_is_up_to_date_opens_without_alembic(sqlite_template):
    program = (
        "import sys; from sonnette.store.schema import open_database;"
        f"open_database({sqlite_template.copy()!r}).close(); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
