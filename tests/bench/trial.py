"""One load on one running server, with what it cost."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench import processes
from tests.bench.calibration import calibration_ms
from tests.bench.generator import Generator, Load, Served
from tests.bench.servers import Running

MOST_FAILURES = 0.01


@dataclass(frozen=True, slots=True)
class Trial:
    """What was served, for how much server CPU, on how fast a machine."""

    served: Served
    cpu_s: float
    calibration_ms: float

    @property
    def cpu_s_per_1000(self) -> float:
        """CPU seconds of the server for 1000 completed operations."""
        return 1000 * self.cpu_s / max(1, self.served.done)


def attempt(generator: Generator, server: Running, load: Load, population: int) -> Trial:
    """Offer ``load`` and count the CPU time of the server's whole tree."""
    before, spent = calibration_ms(), processes.cpu_s(server.pid)
    served = generator.offer(load, server.address, population)
    spent = processes.cpu_s(server.pid) - spent
    return Trial(served, spent, (before + calibration_ms()) / 2)


def register_everyone(
    generator: Generator, server: Running, population: int, within_s: float
) -> Served:
    """Register each account once; an error where some could not."""
    load = Load("register", outstanding=64, operations=population, seconds=within_s)
    served = generator.offer(load, server.address, population)
    if served.done < population:
        raise RuntimeError(f"{server.name} registered {served.done} of {population}: {served}")
    return served


def middle(trials: Sequence[Trial], name: str) -> float:
    """The median of an attribute of the trials or of what they served."""
    return statistics.median(
        float(getattr(trial if hasattr(trial, name) else trial.served, name)) for trial in trials
    )


def peak(trials: Sequence[Trial]) -> float:
    """The highest rate with fewer than one operation in a hundred failing."""
    good = [t.served.rate for t in trials if t.served.failure_share < MOST_FAILURES]
    return max(good, default=0.0)
