"""The two servers that are compared, each started and stopped by its runner."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers on ``address`` (host:port over UDP); ``pid`` heads its tree."""

    name: str
    pid: int
    address: str


class Runner(Protocol):
    """Starts a server with a number of accounts and stops it at the end of the block."""

    name: str

    def missing(self) -> str:
        """Why it cannot run on this machine; empty where it can."""
        ...

    def serve(
        self, folder: Path, population: int, *, challenge: bool
    ) -> AbstractContextManager[Running]:
        """Serve; ``challenge`` says whether callers and senders must authenticate (407)."""
        ...
