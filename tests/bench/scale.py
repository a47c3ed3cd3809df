"""How a server grows: memory per registered contact, and cost from 100 accounts to 100,000.

Memory is the growth of the process tree's proportional set size from "accounts loaded" to
"all of them registered", so account records do not count.  Cost per operation should stay
flat: each population is loaded in the same closed loop, over all of its accounts.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench import processes
from tests.bench.generator import Generator, Load
from tests.bench.servers import Runner, Running
from tests.bench.signalling import present
from tests.bench.trial import attempt, register_everyone

POPULATIONS = (100, 10_000, 100_000)
MODES = ("register", "call", "message")
OUTSTANDING = 16
REGISTER_WITHIN_S = 300.0
SETTLE_S = 1.0


def run(seconds: float) -> dict[str, Any]:
    """Each population on each server that this machine has."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        generator = Generator(Path(name))
        for population in POPULATIONS:
            for runner in present():
                folder = Path(name) / f"{runner.name}-{population}"
                folder.mkdir()
                rows.append(grow(generator, runner, folder, population, seconds))
    return {"tables": {"Growth": rows, "Flatness": list(flatness(rows))}, "notes": NOTES}


NOTES = [
    "B/contact: growth of memory from accounts loaded to all registered, account records apart.",
    f"Costs are CPU seconds per 1000 operations, closed loop, {OUTSTANDING} outstanding, "
    "callers and senders challenged.",
]


def grow(
    generator: Generator, runner: Runner, folder: Path, population: int, seconds: float
) -> dict[str, Any]:
    """One server with one population: its memory, then its costs."""
    with runner.serve(folder, population, challenge=True) as server:
        loaded = processes.memory_bytes(server.pid)
        filling = register_everyone(generator, server, population, REGISTER_WITHIN_S)
        time.sleep(SETTLE_S)
        grown = processes.memory_bytes(server.pid) - loaded
        row = {"server": runner.name, "accounts": population, "loaded MiB": loaded / 2**20}
        row["B/contact"] = grown / population if population >= 10_000 else ""
        row["registered in s"] = filling.seconds
        return row | costs(generator, server, population, seconds)


def costs(
    generator: Generator, server: Running, population: int, seconds: float
) -> dict[str, float]:
    """CPU seconds per 1000 of each operation."""
    loads = [Load(mode, OUTSTANDING, seconds=seconds) for mode in MODES]
    return {
        load.mode: attempt(generator, server, load, population).cpu_s_per_1000 for load in loads
    }


def flatness(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The cost with the largest population over the cost with the smallest."""
    for name in dict.fromkeys(row["server"] for row in rows):
        small, *_, large = (row for row in rows if row["server"] == name)
        yield {
            "server": name,
            "from": small["accounts"],
            "to": large["accounts"],
            **{mode: large[mode] / small[mode] for mode in MODES},
        }
