"""The examples run as they are, and show what they promise."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import sonnette

FOLDER = Path(__file__).parents[2] / "examples"
SOURCES = str(Path(sonnette.__file__).parents[1])

SHOWN = {
    "parse_message.py": ["Alice calls sip:bob@example.org", 'To: "Bob"', "X-Weather:  sunny,"],
    "digest_exchange.py": ["first: good", "again: stale", "another password: wrong"],
    "lossy_network.py": ["(lost)", "Alice knows: 200", "virtual seconds"],
}


def test_every_sip_example_is_run():
    assert {path.name for path in FOLDER.glob("*.py")} >= set(SHOWN)


@pytest.mark.parametrize("name", SHOWN)
def test_an_example_runs_and_shows_what_it_promises(name):
    run = subprocess.run(
        [sys.executable, str(FOLDER / name)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": SOURCES},
    )
    assert run.returncode == 0, run.stderr
    for text in SHOWN[name]:
        assert text in run.stdout
