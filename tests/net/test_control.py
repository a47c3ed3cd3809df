import asyncio
import socket
import stat

import pytest

from sonnette.base.errors import LocalError
from sonnette.net.control import MOST_LINE, ControlClient, ControlServer

pytestmark = pytest.mark.loopback


async def _echo(arguments):
    return dict(arguments)


async def _refuse(arguments):
    raise LocalError("test.refused", "expected something else")


async def _count(arguments):
    for number in range(arguments["to"]):
        yield number


@pytest.fixture
async def path(tmp_path):
    path = tmp_path / "control.sock"
    server = ControlServer(path, {"echo": _echo, "refuse": _refuse}, {"count": _count})
    await server.start()
    yield path
    await server.stop()
    assert not path.exists()


async def ask(path, use):
    """Run ``use(client)`` in a thread: the client blocks, as the operator's programs do."""

    def run():
        with ControlClient(path, timeout=5) as client:
            return use(client)

    return await asyncio.to_thread(run)


async def test_a_command_is_answered(path):
    assert await ask(path, lambda client: client.call("echo", a=1, b="é")) == {"a": 1, "b": "é"}


async def test_a_stream_ends(path):
    assert await ask(path, lambda client: list(client.stream("count", to=3))) == [0, 1, 2]


async def test_one_connection_carries_several_requests(path):
    def use(client):
        return [client.call("echo", n=1), list(client.stream("count", to=1)), client.call("echo")]

    assert await ask(path, use) == [{"n": 1}, [0], {}]


@pytest.mark.parametrize(
    ("command", "code"), [("refuse", "test.refused"), ("x", "control.unknown")]
)
async def test_an_error_reaches_the_operator_with_its_code(path, command, code):
    with pytest.raises(LocalError) as refused:
        await ask(path, lambda client: client.call(command))
    assert refused.value.code.startswith(code)


@pytest.mark.parametrize(
    "line", [b"{", b"[]", b"{}", b'{"command":1}', b'{"command":"echo","arguments":[]}']
)
async def test_a_malformed_request_is_told_so_and_the_next_one_served(path, line):
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(line + b'\n{"command":"echo"}\n')
    assert b"control.malformed" in await reader.readline()
    assert await reader.readline() == b'{"answer": {}}\n'
    writer.close()


async def test_an_endless_line_is_cut_off(path):
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(b"x" * (MOST_LINE + 2))
    assert await reader.read() == b""
    writer.close()


async def test_the_socket_belongs_to_its_owner_alone(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_path_longer_than_a_socket_address_works(tmp_path):
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    server = ControlServer(folder / "control.sock", {"echo": _echo}, {})
    await server.start()
    assert await ask(folder / "control.sock", lambda client: client.call("echo")) == {}
    await server.stop()


async def test_a_dead_servers_socket_is_replaced(path):
    again = ControlServer(path, {"echo": _echo}, {})
    await again.start()
    assert await ask(path, lambda client: client.call("echo")) == {}
    await again.stop()
    path.touch()


def test_no_server_is_said_so(tmp_path):
    with pytest.raises(LocalError) as refused:
        ControlClient(tmp_path / "none.sock")
    assert refused.value.code == "control.absent"


def test_a_silent_server_is_a_time_out(tmp_path):
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "s"))
        silent.listen()
        with (
            ControlClient(tmp_path / "s", timeout=0.05) as client,
            pytest.raises(LocalError) as refused,
        ):
            client.call("echo")
    assert refused.value.code == "control.timeout"
