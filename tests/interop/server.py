"""The server under test, as a process of its own on free ports of the loopback interface.

It is Sonnette; with ``SONNETTE_INTEROP_SERVER=kamailio`` the same scenarios run against
Kamailio, which tells a fault of ours from a habit of the client.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Protocol

from tests.interop.kamailio import Kamailio
from tests.interop.ports import LOOPBACK
from tests.interop.process import ROOT, Child
from tests.interop.waiting import PeerError

DOMAIN = "example.test"
TRANSPORTS = ("udp", "tcp", "tls", "ws", "wss")
START_TIME = 90.0
STOP_TIME = 6.0

#: The accounts of every server under test, with their passwords.
CAST = {name: f"secret-of-{name}" for name in ("alice", "bob", "carol", "dave")}

#: ``sonnette account add`` for each line "address password" of stdin.
ADD_MANY = """\
import io, sys
from sonnette.apps.cli import main

for line in sys.stdin.read().splitlines():
    address, password = line.split()
    sys.stdin = io.StringIO(password)
    try:
        main(["account", "add", address, *sys.argv[1:]])
    except SystemExit as end:
        if end.code:
            raise
"""


class Server(Protocol):
    """What a scenario knows of the server."""

    domain: str
    listening: dict[str, str]  # transport: "127.0.0.1:port"
    ca: Path
    log: Path

    def stop(self) -> int:
        """End it; its exit status."""


def compares_with_kamailio() -> bool:
    """Whether Kamailio stands in for the server under test."""
    return os.environ.get("SONNETTE_INTEROP_SERVER") == "kamailio"


def start_server(directory: Path, *, digest: tuple[str, ...] = ("MD5",)) -> Server:
    """A running server with the accounts of `CAST`; raises PeerError when it does not start."""
    if compares_with_kamailio():
        return Kamailio(directory, DOMAIN, CAST, algorithm=digest[0])
    return Sonnette(directory, digest=digest)


def address_of(server: Server, user: str) -> str:
    """The SIP address of a user of the server."""
    return f"sip:{user}@{server.domain}"


def registrar_of(server: Server, transport: str) -> str:
    """The server's own SIP URI for one transport.

    For TLS it has the domain's name, since that is what a client compares the certificate with
    (RFC 5922 §7.3); the client must be told where the name leads to.
    """
    host, _, port = server.listening[transport].rpartition(":")
    return f"sip:{server.domain if transport == 'tls' else host}:{port};transport={transport}"


class Sonnette:
    """``sonnette serve`` with a data directory of its own, and its command line."""

    def __init__(
        self, directory: Path, *, digest: tuple[str, ...] = ("MD5",), web: str = "http"
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.domain = DOMAIN
        self._directory, self._digest = directory, digest
        self._configuration = directory / "sonnette.toml"
        self._configure([f"{kind}://{LOOPBACK}:0" for kind in TRANSPORTS], f"{web}://{LOOPBACK}:0")
        self._add_cast()
        self._start()

    def _configure(self, listen: list[str], web: str) -> None:
        text = configuration(self._directory, listen, web, self._digest)
        self._configuration.write_text(text, encoding="utf-8")

    def _start(self) -> None:
        command = [*self._command("serve"), "--json"]
        self._child = Child(command, self._directory, talks=True, environment=self._environment())
        self.log = self._child.log
        ready = self._wait_ready()
        self.listening: dict[str, str] = ready["sip"]
        self.http: str = ready["http"]
        self.ca = Path(ready["ca"])

    def crash_and_restart(self) -> None:
        """SIGKILL, and a new start on the same addresses and data."""
        self._child.kill()
        self._configure([f"{kind}://{at}" for kind, at in self.listening.items()], self.http)
        self._start()

    @property
    def pid(self) -> int:
        return self._child.process.pid

    def add_account(self, user: str, password: str) -> None:
        """``sonnette account add``; works before and while the server runs."""
        address = f"sip:{user}@{self.domain}"
        self.run("account", "add", address, "--password-stdin", given=password)

    def _add_cast(self) -> None:
        """The same for everyone of the cast, in one process: its start is what takes long."""
        lines = (f"sip:{user}@{self.domain} {password}\n" for user, password in CAST.items())
        options = ["--password-stdin", "--config", str(self._configuration)]
        self._run([sys.executable, "-c", ADD_MANY, *options], given="".join(lines))

    def run(self, *arguments: str, given: str = "") -> str:
        """One command of the program on this server; what it printed.

        Raises:
            PeerError: it ended with a status other than 0.
        """
        return self._run(self._command(*arguments), given)

    def _run(self, command: list[str], given: str) -> str:
        done = subprocess.run(
            command,
            input=given,
            capture_output=True,
            text=True,
            timeout=START_TIME,
            env={**os.environ, **self._environment()},
            check=False,
        )
        if done.returncode != 0:
            raise PeerError(f"{' '.join(command[3:])}: {done.returncode}: {done.stderr}")
        return done.stdout

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        return self._child.stop(STOP_TIME)

    def _command(self, *arguments: str) -> list[str]:
        program = [sys.executable, "-m", "sonnette.apps.cli"]
        return [*program, *arguments, "--config", str(self._configuration)]

    def _environment(self) -> dict[str, str]:
        return {"PYTHONPATH": str(ROOT / "src")}

    def _wait_ready(self) -> dict[str, Any]:
        lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._read, args=(lines,), daemon=True).start()
        try:
            line = lines.get(timeout=START_TIME)
        except queue.Empty:
            line = b""
        if not line:
            self._child.stop()
            raise PeerError(f"the server is not ready: {self._child.tail()}")
        ready: dict[str, Any] = json.loads(line)
        assert ready["event"] == "ready", ready
        return ready

    def _read(self, lines: "queue.Queue[bytes]") -> None:
        with self._child.stdout as stream:
            for line in stream:
                lines.put(line)
        lines.put(b"")


def configuration(directory: Path, listen: list[str], web: str, digest: tuple[str, ...]) -> str:
    """A sonnette.toml that keeps everything below ``directory``."""
    return f"""\
domain = "{DOMAIN}"
data_dir = {json.dumps(str(directory / "data"))}

[sip]
listen = {json.dumps(listen)}
digest = {json.dumps(digest)}

[http]
listen = "{web}"

[store]
url = {json.dumps(f"sqlite:///{directory / 'data' / 'sonnette.db'}")}
"""
