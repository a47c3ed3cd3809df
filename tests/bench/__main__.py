"""``python -m tests.bench [NAME ...] [--json] [--seconds N] [--list]``.

A bench is a module of this folder with ``run() -> dict`` or ``run(seconds) -> dict``.  A part
that this machine cannot run (no compiler, no peer) raises ``Unavailable`` and is reported as
left out; one that fails does not keep the others from running.
"""

import argparse
import importlib
import inspect
import json
import pkgutil
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from rich.console import Console

import tests.bench
from tests.bench.calibration import calibration_ms
from tests.bench.report import show
from tests.bench.unavailable import Unavailable

DEFAULT_SECONDS = 3.0
MOST_SECONDS = 30.0
WIDTH = 120


def names() -> list[str]:
    """The modules beside this one that may be benches."""
    return sorted(
        module.name
        for module in pkgutil.iter_modules(tests.bench.__path__)
        if not module.ispkg and not module.name.startswith(("_", "test_"))
    )


def bench(name: str) -> Callable[..., dict[str, Any]] | None:
    """The ``run`` of the module ``name``, if it has one."""
    return getattr(importlib.import_module(f"tests.bench.{name}"), "run", None)


def measure(run: Callable[..., dict[str, Any]], seconds: float) -> dict[str, Any]:
    """Run one bench between two calibrations."""
    before, started = calibration_ms(), time.monotonic()
    try:
        result = dict(run(seconds) if inspect.signature(run).parameters else run())
    except Unavailable as reason:
        return {"left out": str(reason)}
    except (RuntimeError, subprocess.SubprocessError) as error:
        return {"failed": str(error)}
    result["calibration_ms"] = {"before": before, "after": calibration_ms()}
    result["took_s"] = time.monotonic() - started
    return result


def arguments(words: list[str]) -> argparse.Namespace:
    """The command line, checked."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="benches to run; all by default")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--list", action="store_true", help="the benches there are")
    parser.add_argument("--seconds", type=float, default=DEFAULT_SECONDS, help="of each load")
    given = parser.parse_args(words)
    unknown = set(given.names) - set(names())
    if unknown:
        parser.error(f"no bench called {', '.join(sorted(unknown))}; there are {names()}")
    if not 0 < given.seconds <= MOST_SECONDS:
        parser.error(f"--seconds must be above 0 and at most {MOST_SECONDS:g}")
    return given


def main(words: list[str]) -> None:
    """Run what was asked, printing each result as it comes."""
    given = arguments(words)
    found = {name: run for name in given.names or names() if (run := bench(name))}
    if given.list:
        print("\n".join(found))
        return
    console = Console(stderr=given.json, width=None if sys.stdout.isatty() else WIDTH)
    results = {}
    for name, run in found.items():
        results[name] = measure(run, given.seconds)
        if not given.json:
            show(console, name, results[name])
    if given.json:
        json.dump(results, sys.stdout, indent=1)
    if any("failed" in result for result in results.values()):
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
