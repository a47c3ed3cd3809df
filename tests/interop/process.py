"""One child process of a test: its own directory and log, and its own end.

Only the one process that was started here is ever signalled, by its process id.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

GRACE = 5.0
TAIL = 3_000
ROOT = Path(__file__).resolve().parents[2]


class Child:
    """A program started in ``directory``; what it says on stderr goes to ``log``.

    With ``talks`` its stdin and stdout are pipes of ours, and who reads stdout closes it; else
    stdout goes to the log too.
    """

    def __init__(
        self,
        command: Sequence[str],
        directory: Path,
        *,
        talks: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.command = list(command)
        self.log = directory / "log.txt"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=directory,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if talks else log,
                stderr=log,
            )

    @property
    def stdin(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def tail(self) -> str:
        """The end of its log, for an error message."""
        return self.log.read_text(errors="replace")[-TAIL:]

    def wait(self, timeout: float) -> int:
        """Its exit status; raises `subprocess.TimeoutExpired` after ``timeout`` seconds."""
        return self.process.wait(timeout)

    def stop(self, grace: float = GRACE) -> int:
        """Ask it to end (SIGTERM), then, after ``grace`` seconds, make it. Its exit status."""
        if self.running:
            self.process.terminate()
        return self.reap(grace)

    def reap(self, grace: float = GRACE) -> int:
        """Wait for an end that is already asked for; kill after ``grace`` seconds."""
        try:
            self.process.wait(grace)
        except subprocess.TimeoutExpired:
            self.process.kill()
        return self._release()

    def kill(self) -> int:
        """End it at once, as a crash or a lost battery would (SIGKILL)."""
        self.process.kill()
        return self._release()

    def _release(self) -> int:
        status = self.process.wait()
        if self.process.stdin is not None:
            with suppress(BrokenPipeError):
                self.process.stdin.close()
        return status
