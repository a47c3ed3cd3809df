"""Writes the next migration from what the models say and the last migration does not.

Usage: ``python tools/migration.py "what changes"``; then read the file, and raise SCHEMA
(and COMPATIBLE, if older programs cannot work on it) in ``sonnette.store.schema``.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.operations.ops import CreateTableOp, MigrationScript
from alembic.script import ScriptDirectory

from sonnette.apps.schema import METADATA
from sonnette.store.engine import open_engine
from sonnette.store.schema import upgrade

FOLDER = Path(__file__).parent.parent / "src/sonnette/store/migrations"


def is_ours(_object: object, name: str | None, kind: str, *_rest: object) -> bool:
    """Whether the models say anything about it: the store keeps a table of its own."""
    return not (kind == "table" and name == "schema_version")


def drop_info(_context: object, _revision: object, scripts: list[MigrationScript]) -> None:
    """Leave the privacy declarations where they are: a migration is about shapes."""
    for script in scripts:
        for operations in script.upgrade_ops_list:
            for operation in operations.ops:
                if isinstance(operation, CreateTableOp):
                    operation.info = {}


def write(message: str) -> None:
    """Compare a database that has every migration with the models; write the difference."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    last = ScriptDirectory.from_config(config).get_current_head() or "0000"
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/now.db")
        upgrade(engine)
        with engine.connect() as connection:
            config.attributes |= {
                "connection": connection,
                "metadata": METADATA,
                "include_object": is_ours,
            }
            command.revision(
                config,
                message,
                autogenerate=True,
                rev_id=f"{int(last) + 1:04}",
                process_revision_directives=drop_info,
            )
        engine.dispose()


if __name__ == "__main__":
    write(sys.argv[1])
