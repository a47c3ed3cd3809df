"""Databases for tests: SQLite always, PostgreSQL where its server is installed.

Each is brought to the schema once a session and then copied for each test.  PostgreSQL
runs as a private server on a Unix socket, as the user ``postgres`` when we are root.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from sqlalchemy import make_url

from sonnette.store.database import Database
from sonnette.store.schema import open_database

PACKAGE = "postgresql"
ROOM_FOR_A_SERVER = 512 << 20


class Template(Protocol):
    """A database with the schema, of which a test gets a copy."""

    def copy(self) -> str:
        """The URL of a fresh copy."""

    def drop(self, url: str) -> None:
        """Throw a copy away."""


class SqliteTemplate:
    def __init__(self, folder: Path) -> None:
        self._folder, self._number = folder, count()
        self._template = folder / "template.db"
        open_database(f"sqlite:///{self._template}").close()

    def copy(self) -> str:
        path = self._folder / f"{next(self._number)}.db"
        shutil.copy(self._template, path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        for path in self._folder.glob(f"{Path(url).name}*"):
            path.unlink()


class PostgresTemplate:
    """A server of its own; the test user is its superuser, without a password."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self._folder, self._number = programs, folder, count()
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)
        self._run("initdb", "-D", f"{folder}/data", "-U", "postgres", "-A", "trust", "--no-sync")
        options = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=40"
        self._run(
            "pg_ctl", "-D", f"{folder}/data", "-l", f"{folder}/log", "-o", options, "-w", "start"
        )
        self._execute("CREATE DATABASE template_schema")
        open_database(self._url("template_schema")).close()

    def copy(self) -> str:
        name = f"test_{next(self._number)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE template_schema")
        return self._url(name)

    def drop(self, url: str) -> None:
        name = make_url(url).database
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", f"{self._folder}/data", "-m", "immediate", "stop")

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self._folder}"

    def _execute(self, command: str) -> None:
        with psycopg.connect(
            host=str(self._folder), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(command)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, *arguments],
            check=True,
            user=self._user,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _postgres_programs() -> Path | None:
    found = shutil.which("initdb")
    candidates = [Path(found).parent] if found else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((path for path in candidates if (path / "pg_ctl").exists()), None)


def _fast_folder() -> str | None:
    """Where files live in memory, if there is room for a server's."""
    memory = Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free > ROOM_FOR_A_SERVER:
        return str(memory)
    return None


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[PostgresTemplate]:
    programs = _postgres_programs()
    if programs is None:
        require = os.environ.get("SONNETTE_REQUIRE_PEERS") == "1"
        (pytest.fail if require else pytest.skip)(f"PostgreSQL is missing: apt install {PACKAGE}")
    # A Unix socket's path is short: 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=_fast_folder()))
    template = PostgresTemplate(programs, folder)
    yield template
    template.stop()
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.interop)])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh database with the schema; the test runs once on each kind."""
    template: Template = request.getfixturevalue(f"{request.param}_template")
    url = template.copy()
    yield url
    template.drop(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()
