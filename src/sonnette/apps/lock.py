"""One data_dir belongs to one server: a lock that the kernel drops when its holder dies.

The server holds it alone; commands that work without a server share it for the moment they
take, so that no server starts on accounts that are just being changed.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from sonnette.base.errors import LocalError

PATIENCE_SECONDS = 3.0  # for a command to end before a server starts
PAUSE_SECONDS = 0.05


@contextmanager
def owned(data_dir: Path) -> Iterator[None]:
    """Own ``data_dir`` alone, made if missing, for the length of the block.

    Raises :exc:`LocalError`: ``data-dir.locked`` where a server owns it,
    ``data-dir.unusable`` where it cannot be written to.
    """
    with _opened(data_dir) as door:
        _lock(data_dir, door, fcntl.LOCK_EX)
        os.ftruncate(door, 0)
        os.write(door, str(os.getpid()).encode())
        yield


@contextmanager
def shared(data_dir: Path) -> Iterator[None]:
    """Keep servers from starting on ``data_dir`` for the length of the block; raises as
    :func:`owned` does."""
    with _opened(data_dir) as door:
        _lock(data_dir, door, fcntl.LOCK_SH)
        yield


@contextmanager
def _opened(data_dir: Path) -> Iterator[int]:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        door = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise LocalError("data-dir.unusable", f"{data_dir}: {error.strerror}") from None
    try:
        yield door
    finally:
        os.close(door)


def _lock(data_dir: Path, door: int, kind: int) -> None:
    deadline = monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(door, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() > deadline:
                raise LocalError("data-dir.locked", _taken(data_dir, door)) from None
            sleep(PAUSE_SECONDS)
        else:
            return


def _taken(data_dir: Path, door: int) -> str:
    holder = os.pread(door, 20, 0).decode(errors="replace") or "unknown"
    return f"{data_dir} is in use by process {holder}; `sonnette stop` ends it"
