from typing import NamedTuple

import pytest

from sonnette.apps.cli import main


class Outcome(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Runs a command line in an empty working directory; its status and what it wrote."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        return Outcome(ended.value.code or 0, *capsys.readouterr())

    return run
