"""Fixtures of the scenarios: one server a worker, clients that end with their test."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.interop.baresip import Baresip, BaresipAccount
from tests.interop.linphone.client import Linphone
from tests.interop.linphone.settings import Settings
from tests.interop.needs import need, need_server
from tests.interop.ports import LOOPBACK
from tests.interop.server import CAST, Server, address_of, registrar_of, start_server
from tests.interop.sipp.stage import Stage
from tests.interop.tones import write_tone

#: What each of the cast plays to the others, in hertz; see `tones.RATES` for the choice.
TONES = {"alice": 440.0, "bob": 620.0, "carol": 950.0, "dave": 1_100.0}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server under test with its default settings."""
    need_server()
    running = start_server(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def tones(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A WAV file for each of the cast."""
    directory = tmp_path_factory.mktemp("tones")
    return {
        name: write_tone(directory / f"{name}.wav", frequency) for name, frequency in TONES.items()
    }


class MakeLinphone:
    """Starts a Linphone of one of the cast; it is registered unless told otherwise."""

    def __init__(
        self, server: Server, tones: dict[str, Path], directory: Path, running: ExitStack
    ) -> None:
        self._server, self._tones, self._running = server, tones, running
        self._directories = (directory / f"linphone-{number}" for number in count(1))

    def __call__(
        self, name: str, transport: str = "udp", *, registered: bool = True, **settings: Any
    ) -> Linphone:
        directory = next(self._directories)
        given: dict[str, Any] = {
            "identity": address_of(self._server, name),
            "password": CAST[name],
            "registrar": registrar_of(self._server, transport),
            "transport": transport,
            "root_ca": str(self._server.ca),
            "hosts": {self._server.domain: LOOPBACK},
            "tone": str(self._tones[name]),
            "recording": str(directory / "heard.wav"),
            **settings,
        }
        client = self._running.enter_context(Linphone(name, directory, Settings(**given)))
        if registered:
            client.wait_registered()
        return client


@pytest.fixture
def linphone(server: Server, tones: dict[str, Path], tmp_path: Path) -> Iterator[MakeLinphone]:
    need("liblinphone10", "libmediastreamer-data", "mediastreamer2-plugin-openh264")
    with ExitStack() as running:
        yield MakeLinphone(server, tones, tmp_path, running)


class MakeBaresip:
    """Starts a baresip of one of the cast; it is registered unless told otherwise."""

    def __init__(self, server: Server, directory: Path, running: ExitStack) -> None:
        self._server, self._directory, self._running = server, directory, running

    def __call__(self, name: str, transport: str = "udp", *, registered: bool = True) -> Baresip:
        account = BaresipAccount(
            address=address_of(self._server, name),
            user=name,
            password=CAST[name],
            registrar=registrar_of(self._server, transport),
            tone=TONES[name],
        )
        phone = self._running.enter_context(Baresip(self._directory / f"baresip-{name}", account))
        if registered:
            phone.wait_registered()
        return phone


@pytest.fixture
def baresip(server: Server, tmp_path: Path) -> Iterator[MakeBaresip]:
    need("baresip-core")
    with ExitStack() as running:
        yield MakeBaresip(server, tmp_path, running)


@pytest.fixture
def stage(server: Server, tmp_path: Path) -> Iterator[Stage]:
    need("sip-tester")
    made = Stage(server, tmp_path)
    yield made
    made.close()
