"""Database files that their owner alone reads."""

import os
from pathlib import Path

MODE = 0o600
"""SQLite gives its journal and index the mode of the database's file."""


def create_private(path: Path) -> None:
    """Make an empty file at ``path`` unless something is there; raises :class:`OSError`.

    A file that exists is not opened: to close it again would drop the POSIX locks that other
    connections of this process hold on it, and let another program delete their journal.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, MODE))
    except FileExistsError:
        return
