"""SIPp in several roles on one server, and the registrations that go with them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.interop.server import CAST, Server
from tests.interop.sipp.runner import Role, Sipp, scenario


def cast(name: str, callee: str = "", **traits: Any) -> Role:
    """One of the cast, with the right password."""
    return Role(user=name, password=CAST[name], callee=callee, **traits)


class Stage:
    """Where SIPp plays roles on the server under test."""

    def __init__(self, server: Server, directory: Path) -> None:
        self._server, self._directory = server, directory
        self._running: list[Sipp] = []
        self._registered: list[Role] = []

    def play(self, name: str, role: Role) -> Sipp:
        """Start SIPp with one of our scenarios."""
        return self.play_file(scenario(name), role)

    def play_file(self, path: Path, role: Role) -> Sipp:
        """Start SIPp with any scenario."""
        address, domain = self._server.listening[role.transport], self._server.domain
        sipp = Sipp(self._directory, path, address, domain, role)
        self._running.append(sipp)
        return sipp

    def register(self, user: str) -> Role:
        """Register a device; the role that listens at its port."""
        role = cast(user, keys={"expires": "600"})
        self.play("register", role).succeed()
        self._registered.append(role)
        return role

    def close(self) -> None:
        """End what still runs, and take the registrations back."""
        for sipp in self._running:
            sipp.stop()
        for role in self._registered:
            self.play("register", replace(role, keys={"expires": "0"})).succeed()
