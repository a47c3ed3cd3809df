"""What a running server costs: CPU time and memory of its whole process tree."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator

import psutil

STOP_S = 10.0


def cpu_s(pid: int) -> float:
    """User and system seconds of ``pid`` and everything below it, reaped children included."""
    total = 0.0
    for process in _tree(pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def memory_bytes(pid: int) -> int:
    """Proportional set size of the tree: pages that processes share are counted once."""
    total = 0
    for process in _tree(pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    return total


def _tree(pid: int) -> Iterator[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        yield root
        yield from root.children(recursive=True)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started as the leader of its own group, and that group."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(STOP_S)
