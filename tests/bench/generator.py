"""Runs the load generator of ``load/``, which is compiled at its first use."""

import json
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.population import DOMAIN, write_for_generator

SOURCES = Path(__file__).parent / "load"
DRAIN_S = 30


@dataclass(frozen=True, slots=True)
class Load:
    """What is offered to a server: ``mode`` is register, message or call.

    With a ``rate`` (operations a second) they start by the clock; without one, as soon as
    one of the ``outstanding`` ends.
    """

    mode: str
    outstanding: int = 16
    rate: float = 0
    operations: int = 0
    seconds: float = 4

    @property
    def label(self) -> str:
        """How it was offered, in a table's words."""
        return f"{self.rate:g}/s" if self.rate else f"{self.outstanding} outstanding"


@dataclass(frozen=True, slots=True)
class Served:
    """What came of it; latencies run to the final 200, for a call to that of its INVITE."""

    started: int
    done: int
    failed: int
    skipped: int
    retransmissions: int
    seconds: float
    rate: float
    p50_ms: float
    p99_ms: float
    generator_cpu_s: float
    refusals: dict[str, int] = field(default_factory=dict)

    @property
    def failure_share(self) -> float:
        """Failed and never started, of all that were wanted."""
        wanted = self.started + self.skipped
        return (self.failed + self.skipped) / wanted if wanted else 1.0


def free_port() -> int:
    """A UDP port that nobody has bound, on any address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])


class Generator:
    """The compiled program and its accounts, in a folder that the caller removes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._program = folder / "load"
        sources = [str(path) for path in sorted(SOURCES.glob("*.c"))]
        subprocess.run(["cc", "-O2", "-o", str(self._program), *sources, "-lm"], check=True)

    def offer(self, load: Load, address: str, population: int) -> Served:
        """Load the server at ``address`` (host:port) with ``population`` accounts."""
        command = self.command(load, address, population)
        patience = load.seconds + DRAIN_S
        ran = subprocess.run(command, check=False, capture_output=True, timeout=patience)
        if ran.returncode:
            raise RuntimeError(ran.stderr.decode())
        return Served(**json.loads(ran.stdout))

    def command(self, load: Load, address: str, population: int, phone_port: int = 0) -> list[str]:
        """The program with its arguments; every phone has ``phone_port``, or always the same."""
        command = [str(self._program), "--mode", load.mode, "--target", address]
        command += ["--domain", DOMAIN, "--accounts", str(self._accounts_file(population))]
        command += ["--port", str(phone_port or self._port), "--outstanding", str(load.outstanding)]
        command += ["--rate", str(load.rate), "--operations", str(load.operations)]
        return [*command, "--seconds", str(load.seconds)]

    def _accounts_file(self, population: int) -> Path:
        path = self._folder / f"accounts-{population}"
        if not path.exists():
            write_for_generator(path, population)
        return path
