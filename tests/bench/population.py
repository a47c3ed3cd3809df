"""The accounts that a load uses: always the same names, passwords and devices."""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DOMAIN = "bench.example"


@dataclass(frozen=True, slots=True)
class BenchAccount:
    """One account with its one phone."""

    name: str
    password: str
    instance: str

    @property
    def ha1(self) -> str:
        """MD5 of name, realm and password (RFC 7616 3.4.2), in hex."""
        clear = f"{self.name}:{DOMAIN}:{self.password}"
        return hashlib.md5(clear.encode(), usedforsecurity=False).hexdigest()

    @property
    def ha1_sha256(self) -> str:
        """The same by SHA-256."""
        return hashlib.sha256(f"{self.name}:{DOMAIN}:{self.password}".encode()).hexdigest()


def accounts(count: int) -> Iterator[BenchAccount]:
    """The first ``count`` accounts."""
    for number in range(count):
        seed = hashlib.sha256(b"bench %d" % number).digest()
        yield BenchAccount(f"user{number:06d}", seed[:8].hex(), str(uuid.UUID(bytes=seed[16:])))


def write_for_generator(path: Path, count: int) -> None:
    """A line an account: name;password;instance."""
    with path.open("w", encoding="ascii") as file:
        for account in accounts(count):
            file.write(f"{account.name};{account.password};{account.instance}\n")
