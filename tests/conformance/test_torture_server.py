"""The running server under torture: it answers on, it never answers 500, it does not grow."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import vectors
from tests.conformance.torture import FOLDERS, samples
from tests.conformance.wires import StreamWire, UdpWire, WebSocketWire, Wire
from tests.interop.needs import need_server
from tests.interop.server import Server, Sonnette, start_server
from tests.interop.waiting import PeerError

pytestmark = [pytest.mark.loopback, pytest.mark.xdist_group("torture"), vectors.needed]

ROUNDS = 4
MOST_GROWTH = 8 * 2**20


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    need_server()
    running = start_server(tmp_path_factory.mktemp("tortured"))
    yield running
    running.stop()


@pytest.fixture(params=["udp", "tcp", "tls", "ws"])
def wire(request: pytest.FixtureRequest, server: Server) -> Iterator[Wire]:
    if request.param not in server.listening:
        pytest.skip(f"this server has no {request.param}")
    made = open_wire(server, request.param)
    yield made
    made.close()


def open_wire(server: Server, transport: str) -> Wire:
    address = server.listening[transport]
    if transport == "udp":
        return UdpWire(address, server.domain)
    if transport == "ws":
        return WebSocketWire(address, server.domain)
    return StreamWire(address, server.domain, server.ca if transport == "tls" else None)


@pytest.mark.rfc("4475", "3")
@pytest.mark.rfc("5118", "4")
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_valid_request_is_answered_after_each_sample(
    wire: Wire, server: Server, folder: str
) -> None:
    bad = {}
    for sample in samples(folder, server.domain):
        try:
            codes = wire.expose(sample.messages)
        except PeerError as silence:
            bad[sample.name] = str(silence)
            continue
        if 500 in codes:
            bad[sample.name] = f"answered {codes}"
    assert bad == {}


def test_the_memory_of_the_server_is_steady(server: Server) -> None:
    if not isinstance(server, Sonnette):
        pytest.skip("the memory of Sonnette is what counts")
    wire = open_wire(server, "udp")
    send_round(wire, server, 1)
    before = resident_memory(server.pid)
    for run in range(2, 2 + ROUNDS):
        send_round(wire, server, run)
    wire.close()
    assert resident_memory(server.pid) - before < MOST_GROWTH


def send_round(wire: Wire, server: Server, run: int) -> None:
    for folder in FOLDERS:
        for sample in samples(folder, server.domain, run):
            wire.expose(sample.messages)


def resident_memory(pid: int) -> int:
    """Octets of the process in RAM."""
    status = Path(f"/proc/{pid}/status").read_text()
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kilobytes) * 1024
