"""Our server with its default settings: persistence, logs and guard on."""

import json
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import insert

from sonnette.accounts.models import Account
from sonnette.store.schema import open_database
from tests.bench import processes
from tests.bench.population import DOMAIN, accounts
from tests.bench.servers import Running

START_S = 120.0
ROWS_A_STATEMENT = 10_000
CREATED_AT = 1_700_000_000.0

CONFIG = """
domain = "{domain}"
data_dir = "{folder}"

[sip]
listen = ["udp://127.0.0.1:0"]
{peers}

[http]
listen = "http://127.0.0.1:0"
"""
TRUST_CALLERS = 'peers = ["127.0.0.0/8"]'


class Sonnette:
    """``sonnette serve`` of the interpreter that runs the bench."""

    name = "Sonnette"

    def missing(self) -> str:
        """It is here: the bench imports it."""
        return ""

    @contextmanager
    def serve(self, folder: Path, population: int, *, challenge: bool) -> Iterator[Running]:
        """Serve until the end of the block."""
        config = folder / "sonnette.toml"
        peers = "" if challenge else TRUST_CALLERS
        config.write_text(CONFIG.format(domain=DOMAIN, folder=folder, peers=peers))
        load_accounts(folder, population)
        command = [sys.executable, "-m", "sonnette.apps.cli", "serve", "--config", str(config)]
        with (folder / "sonnette.log").open("wb") as log:
            process = subprocess.Popen(
                [*command, "--json"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
            try:
                yield Running(self.name, process.pid, _ready(process, folder))
            finally:
                processes.stop(process)


def load_accounts(folder: Path, population: int) -> None:
    """Put the accounts into the database, as many subscriptions over the years would."""
    rows = [
        {
            "domain": DOMAIN,
            "username": account.name,
            "ha1_md5": account.ha1,
            "ha1_sha256": account.ha1_sha256,
            "active": True,
            "created_at": CREATED_AT,
        }
        for account in accounts(population)
    ]
    database = open_database(f"sqlite:///{folder / 'sonnette.db'}")
    with database.write() as session:
        for start in range(0, population, ROWS_A_STATEMENT):
            session.execute(insert(Account), rows[start : start + ROWS_A_STATEMENT])
    database.close()


def _ready(process: subprocess.Popen[bytes], folder: Path) -> str:
    """The UDP address in the line that says that every socket listens."""
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], START_S)
    line = process.stdout.readline() if readable else b""
    if not line.startswith(b"{"):
        log = (folder / "sonnette.log").read_text(errors="replace")
        raise RuntimeError(f"sonnette did not start: {log[-2000:]}")
    return str(json.loads(line)["sip"]["udp"])
