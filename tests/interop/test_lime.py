"""Real Linphone clients publish their keys with our key server, over HTTP and HTTPS."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

import pytest

from sonnette.lime.keys import fingerprint
from tests.interop.conftest import MakeLinphone
from tests.interop.needs import need, need_server
from tests.interop.server import Sonnette, compares_with_kamailio
from tests.interop.tones import write_tone
from tests.interop.waiting import until

pytestmark = [pytest.mark.interop, pytest.mark.req("S-9"), pytest.mark.req("D-14")]


@pytest.fixture(params=["http", "https"])
def key_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sonnette]:
    """A server with its web side in clear, or over TLS with a certificate of its own."""
    need_server()
    if compares_with_kamailio():
        pytest.skip("Kamailio is no key server")
    running = Sonnette(tmp_path / "server", web=request.param)
    yield running
    running.stop()


@pytest.fixture
def client(key_server: Sonnette, tmp_path: Path) -> Iterator[MakeLinphone]:
    """Starts Linphone clients of that server."""
    need("liblinphone10", "libmediastreamer-data", "mediastreamer2-plugin-openh264")
    tone = tmp_path / "tone.wav"
    write_tone(tone, 440.0)
    with ExitStack() as running:
        yield MakeLinphone(key_server, dict.fromkeys(("alice", "bob"), tone), tmp_path, running)


def test_a_client_publishes_the_identity_it_keeps(
    key_server: Sonnette, client: MakeLinphone, tmp_path: Path
) -> None:
    for name in ("alice", "bob"):
        address = f"{key_server.http}/lime-server"
        linphone = client(name, "tcp", sections={"lime": {"lime_server_url": address}})
        look = partial(fingerprints, key_server, name)
        shown = until(look, f"keys of {name} on the key server")
        linphone.stop()
        assert shown == [f"c25519 {fingerprint(identity(Path(linphone.log).parent))}"]


def fingerprints(server: Sonnette, name: str) -> list[str]:
    listed = json.loads(server.run("device", "list", f"sip:{name}@{server.domain}", "--json"))
    return [each for device in listed for each in device["fingerprints"]]


def identity(directory: Path) -> bytes:
    """The public identity in a client's own key store."""
    (path,) = directory.rglob("*x3dh*.sqlite3")
    with closing(sqlite3.connect(path)) as store:
        ((key,),) = store.execute("SELECT Ik FROM lime_LocalUsers")
    return bytes(key[:32])
