"""Fixtures of the scenarios: one server a worker, clients that end with their test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.interop.linphone.client import Linphone
from tests.interop.linphone.settings import Settings
from tests.interop.needs import need, need_server
from tests.interop.ports import LOOPBACK
from tests.interop.server import CAST, Server, address_of, registrar_of, start_server
from tests.interop.tones import write_tone

#: What each of the cast plays to the others, in hertz; see `tones.RATES` for the choice.
TONES = {"alice": 440.0, "bob": 620.0, "carol": 950.0, "dave": 1_100.0}

MakeLinphone = Callable[..., Linphone]


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


@pytest.fixture
def linphone(server: Server, tones: dict[str, Path], tmp_path: Path) -> Iterator[MakeLinphone]:
    """Starts a Linphone of one of the cast; it is registered unless told otherwise."""
    need("liblinphone10", "libmediastreamer-data", "mediastreamer2-plugin-openh264")
    with ExitStack() as clients:
        count = iter(range(100))

        def make(
            name: str, transport: str = "udp", *, registered: bool = True, **settings: Any
        ) -> Linphone:
            directory = tmp_path / f"{next(count)}-{name}"
            given: dict[str, Any] = {
                "identity": address_of(server, name),
                "password": CAST[name],
                "registrar": registrar_of(server, transport),
                "transport": transport,
                "root_ca": str(server.ca),
                "hosts": {server.domain: LOOPBACK},
                "tone": str(tones[name]),
                "recording": str(directory / "heard.wav"),
                **settings,
            }
            client = clients.enter_context(Linphone(name, directory, Settings(**given)))
            if registered:
                client.wait_registered()
            return client

        yield make
