"""What the writer has promised is there after a SIGKILL."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.store.notes import NOTES, contents

ROOT = Path(__file__).parents[2]


@pytest.mark.loopback
@pytest.mark.parametrize("kind", ["durable", "plain"])
def test_a_promised_row_survives_sigkill(database_url, database, kind):
    NOTES.metadata.create_all(database.engine)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.store.victim", database_url, kind],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as victim:
        promised = [int(next(victim.stdout)) for _ in range(200)]
        victim.kill()
        promised += [int(line) for line in victim.stdout if line.endswith(b"\n")]
    assert promised == list(range(len(promised)))
    kept = [row[0] for row in contents(database)]
    assert kept == list(range(len(kept)))
    assert len(kept) >= len(promised)
    if database.engine.dialect.name == "sqlite":
        with database.read() as session:
            assert session.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
