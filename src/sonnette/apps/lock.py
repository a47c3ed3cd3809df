"""One data_dir belongs to one process: a lock the kernel drops when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sonnette.base.errors import LocalError


@contextmanager
def owned(data_dir: Path) -> Iterator[None]:
    """Own ``data_dir``, made if missing, for the length of the block.

    Raises :exc:`LocalError` ``data-dir.locked`` where another process owns it.
    """
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        door = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise LocalError("data-dir.unusable", f"{data_dir}: {error.strerror}") from None
    try:
        try:
            fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalError("data-dir.locked", _taken(data_dir, door)) from None
        os.ftruncate(door, 0)
        os.write(door, str(os.getpid()).encode())
        yield
    finally:
        os.close(door)


def _taken(data_dir: Path, door: int) -> str:
    holder = os.pread(door, 20, 0).decode(errors="replace") or "unknown"
    return f"{data_dir} is in use by process {holder}; `sonnette stop` ends it"
