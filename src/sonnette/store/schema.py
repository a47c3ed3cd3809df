"""Brings a database to the schema of this program, or refuses one that it cannot serve.

A database carries two numbers: the schema it has (``version``) and the oldest program that
can still work on it (``compatible``).  So a program that is rolled back either works or
says at once why it does not start.
"""

from importlib.resources import as_file, files

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, inspect, select, text

from sonnette.base.errors import LocalError
from sonnette.store.database import Database, telling_faults

SCHEMA = 2
"""The schema this program was written for: one more with each migration."""

COMPATIBLE = 1
"""The oldest program, by the schema it was written for, that can work on :data:`SCHEMA`."""

ADVISORY_LOCK = 0x534E4E45
"""PostgreSQL's lock under which two programs do not migrate at once; any fixed number does."""

# The migrations' own record, as Alembic's is: no part of the product's metadata.
_NUMBERS = Table(
    "schema_version",
    MetaData(),
    Column("version", Integer, nullable=False),
    Column("compatible", Integer, nullable=False),
)


def open_database(url: str) -> Database:
    """The database at ``url``, brought to this program's schema.

    Raises :class:`LocalError`: ``store.url``, ``store.file``, ``store.unavailable``, or
    ``store.schema-newer`` when the database was changed by a newer program.
    """
    database = Database(url)
    try:
        with telling_faults():
            upgrade(database.engine)
    except LocalError:
        database.close()
        raise
    return database


def upgrade(engine: Engine) -> None:
    """Apply, in one transaction, the migrations that the database lacks.

    Raises :class:`LocalError` (``store.schema-newer``) and changes nothing when the database
    needs a newer program.
    """
    with engine.execution_options(writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        version, compatible = _numbers(connection)
        if compatible > SCHEMA:
            raise LocalError(
                "store.schema-newer",
                f"the database has schema {version} and needs a program of schema {compatible} "
                f"or newer; this one has {SCHEMA}: install the newer program again",
            )
        if version < SCHEMA:
            _migrate(connection)
            _note(connection)


def _numbers(connection: Connection) -> tuple[int, int]:
    if not inspect(connection).has_table(_NUMBERS.name):
        return 0, 0
    row = connection.execute(select(_NUMBERS)).one()
    return row.version, row.compatible


def _migrate(connection: Connection) -> None:
    # Alembic takes 0.2 s to import: only a database that is behind pays for it.
    from alembic import command
    from alembic.config import Config

    with as_file(files("sonnette.store") / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _note(connection: Connection) -> None:
    _NUMBERS.create(connection, checkfirst=True)
    connection.execute(_NUMBERS.delete())
    connection.execute(_NUMBERS.insert().values(version=SCHEMA, compatible=COMPATIBLE))
