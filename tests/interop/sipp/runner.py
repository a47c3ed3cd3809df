"""One run of SIPp: a scenario file, a local port, an end that is waited for.

answering = Sipp(directory, scenario("answer"), server, user="bob")
answering.listen()
Sipp(directory, scenario("call"), server, user="alice", password="...", callee="bob").succeed()
answering.succeed()
"""

import itertools
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.interop.ports import LOOPBACK, free_port, is_free
from tests.interop.process import Child
from tests.interop.waiting import PeerError, until

SCENARIOS = Path(__file__).with_name("scenarios")
RUN_TIME = 30.0
TRANSPORTS = {"udp": "u1", "tcp": "t1"}

_runs = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Who a SIPp process is and how it behaves.

    ``loss`` is the share of messages, in percent, that it loses of those it sends and of those
    it gets; ``keys`` are further words of the scenario.
    """

    user: str
    password: str = ""
    callee: str = ""
    calls: int = 1
    rate: int = 10
    transport: str = "udp"
    loss: int = 0
    port: int = field(default_factory=free_port)
    keys: dict[str, str] = field(default_factory=dict)


class Sipp:
    """A running SIPp."""

    def __init__(
        self, directory: Path, scenario: Path, server: str, domain: str, role: Role
    ) -> None:
        """``server`` is the ``host:port`` that requests go to."""
        self.role = role
        self.directory = directory / f"sipp-{next(_runs)}-{scenario.stem}"
        self._errors = self.directory / "errors.txt"
        self.messages = self.directory / "messages.txt"
        self.directory.mkdir(parents=True)
        played = self.directory / scenario.name
        played.write_text(with_expectations(scenario.read_text(encoding="utf-8"), role.keys))
        self._child = Child(self._command(played, server, domain), self.directory)

    def listen(self) -> "Sipp":
        """Wait until its port is bound."""
        until(lambda: not is_free(self.role.port, "udp"), f"SIPp on port {self.role.port}")
        return self

    def succeed(self, timeout: float = RUN_TIME) -> None:
        """Wait for its end; raises PeerError unless every call went as the scenario says."""
        try:
            status = self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.stop()
            status = -1
        if status != 0:
            errors = self._errors.read_text(errors="replace") if self._errors.exists() else ""
            raise PeerError(f"{self.directory.name}: {status}: {errors}{self._child.tail()}")

    def stop(self) -> None:
        """End it now."""
        self._child.kill()

    def _command(self, scenario: Path, server: str, domain: str) -> list[str]:
        role = self.role
        keys = {"user": role.user, "callee": role.callee, "domain": domain, **role.keys}
        command = ["sipp", server, "-sf", str(scenario), "-nostdin"]
        command += ["-i", LOOPBACK, "-p", str(role.port), "-t", TRANSPORTS[role.transport]]
        command += ["-mi", LOOPBACK, "-mp", str(free_port("udp"))]
        command += ["-m", str(role.calls), "-r", str(role.rate), "-s", role.callee or role.user]
        command += ["-au", role.user, "-ap", role.password]
        command += ["-timeout", f"{RUN_TIME:g}s", "-timeout_error"]
        command += ["-trace_err", "-error_file", str(self._errors)]
        command += ["-trace_msg", "-message_file", str(self.messages)]
        if role.loss:
            command += ["-lost", str(role.loss)]
        return command + [part for name, value in keys.items() for part in ("-key", name, value)]


def with_expectations(text: str, keys: dict[str, str]) -> str:
    """The scenario with its keys filled in where SIPp itself does not: in expected codes."""
    for name, value in keys.items():
        text = text.replace(f'response="[{name}]"', f'response="{value}"')
    return text


def scenario(name: str) -> Path:
    """One of our own scenario files."""
    return SCENARIOS / f"{name}.xml"
