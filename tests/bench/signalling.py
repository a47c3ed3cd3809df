"""REGISTER, calls and messages: our server and Kamailio in turn, under the same load.

Both run all the time and take each load alternately, several rounds, so that a slow moment
of the machine meets both.  The ratio is the median of the rounds' ratios.
"""

import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

from tests.bench.generator import Generator, Load
from tests.bench.servers import Runner, Running
from tests.bench.servers.kamailio import Kamailio
from tests.bench.servers.ours import Sonnette
from tests.bench.trial import Trial, attempt, middle, peak, register_everyone

POPULATION = 1000
ROUNDS = 3
REGISTER_WITHIN_S = 60.0
OPEN_OUTSTANDING = 400
OPEN_RATES = {"register": 500, "call": 100, "message": 500}
VARIANTS = ((True, ("register", "call", "message")), (False, ("call", "message")))

ByServer = dict[str, list[Trial]]
Trials = dict[Load, ByServer]


def run(seconds: float) -> dict[str, Any]:
    """Every load on both servers, with and without a challenge to callers and senders."""
    cost, latency, peaks = [], [], []
    for challenge, modes in VARIANTS:
        trials = compare(present(), loads(modes, seconds), challenge=challenge)
        cost += [cost_row(load, by_server, challenge) for load, by_server in trials.items()]
        for load, by_server in trials.items():
            latency += latency_rows(load, by_server, challenge)
        peaks += [peak_row(mode, trials, challenge) for mode in modes]
    tables = {"CPU seconds per 1000 operations": cost, "Rate and latency": latency, "Peak": peaks}
    return {"tables": tables, "notes": NOTES}


def present() -> list[Runner]:
    """Our server, and the peer where this machine has it."""
    peer = Kamailio()
    return [Sonnette(), *([] if peer.missing() else [peer])]


NOTES = [
    "CPU is user and system seconds of the server's process tree per 1000 operations.",
    "An operation: REGISTER, 401, REGISTER, 200; INVITE to the 200 of BYE; MESSAGE to its 200.",
    "Latencies run to the final 200, for a call to that of its INVITE.  407: with challenge.",
    "Peak: the highest rate of any closed loop at which fewer than 1 % failed.",
]


def loads(modes: Iterable[str], seconds: float) -> list[Load]:
    """Two closed loops and one open loop of each mode."""
    offered = []
    for mode in modes:
        offered += [Load(mode, outstanding, seconds=seconds) for outstanding in (16, 64)]
        offered.append(Load(mode, OPEN_OUTSTANDING, OPEN_RATES[mode], seconds=seconds))
    return offered


def compare(runners: Iterable[Runner], offered: list[Load], *, challenge: bool) -> Trials:
    """Both servers up, every account registered, the loads taken in turn."""
    trials: Trials = defaultdict(lambda: defaultdict(list))
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        generator = Generator(Path(name))
        servers = [
            stack.enter_context(serve(runner, Path(name), challenge=challenge))
            for runner in runners
        ]
        for server in servers:
            register_everyone(generator, server, POPULATION, REGISTER_WITHIN_S)
        for server, load in in_turn(servers, offered):
            trials[load][server.name].append(attempt(generator, server, load, POPULATION))
    return trials


def serve(runner: Runner, folder: Path, *, challenge: bool) -> AbstractContextManager[Running]:
    """The runner's server in a folder of its own."""
    own = folder / runner.name
    own.mkdir()
    return runner.serve(own, POPULATION, challenge=challenge)


def in_turn(servers: list[Running], offered: list[Load]) -> Iterator[tuple[Running, Load]]:
    """A B, then B A: neither always comes first."""
    for number in range(ROUNDS):
        order = servers if number % 2 == 0 else servers[::-1]
        for load in offered:
            for server in order:
                yield server, load


def operation(mode: str, challenge: bool) -> str:
    """What a mode is called in a table."""
    return f"{mode} + 407" if challenge and mode != "register" else mode


def cost_row(load: Load, by_server: ByServer, challenge: bool) -> dict[str, Any]:
    """What one load cost each server, and the ratio."""
    row: dict[str, Any] = {"operation": operation(load.mode, challenge), "offered": load.label}
    for name, trials in by_server.items():
        row[name] = middle(trials, "cpu_s_per_1000")
    if len(by_server) == 2:
        ours, peer = by_server.values()
        pairs = zip(ours, peer, strict=True)
        row["ratio"] = statistics.median(a.cpu_s_per_1000 / b.cpu_s_per_1000 for a, b in pairs)
    for name, trials in by_server.items():
        row[f"{name} calib ms"] = middle(trials, "calibration_ms")
    return row


def latency_rows(load: Load, by_server: ByServer, challenge: bool) -> Iterator[dict[str, Any]]:
    """How fast, how late, how much failed: a row a server."""
    for name, trials in by_server.items():
        yield {
            "operation": operation(load.mode, challenge),
            "offered": load.label,
            "server": name,
            "done/s": middle(trials, "rate"),
            "p50 ms": middle(trials, "p50_ms"),
            "p99 ms": middle(trials, "p99_ms"),
            "failed %": 100 * middle(trials, "failure_share"),
            "sent again": middle(trials, "retransmissions"),
        }


def peak_row(mode: str, trials: Trials, challenge: bool) -> dict[str, Any]:
    """The best closed loop of each server."""
    closed = [
        by_server for load, by_server in trials.items() if load.mode == mode and not load.rate
    ]
    row: dict[str, Any] = {"operation": operation(mode, challenge)}
    for name in closed[0]:
        row[f"{name} /s"] = max(peak(by_server[name]) for by_server in closed)
    if len(closed[0]) == 2:
        ours, theirs = (value for key, value in row.items() if key != "operation")
        row["ratio"] = ours / theirs
    return row
