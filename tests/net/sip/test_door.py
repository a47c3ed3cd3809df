"""The door under peers that take too much: bounded in count, time and octets."""

import asyncio

import pytest

from sonnette.net.settings import Listener
from sonnette.net.sip import SipDoor
from sonnette.net.sip.limits import Limits

pytestmark = [pytest.mark.loopback]

OPTIONS = b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 0\r\n\r\n"


class Machine:
    """Echoes what comes, and keeps account of it."""

    deadline = None

    def __init__(self):
        self.out, self.gone = [], []

    def tick(self, now): ...

    def feed(self, now, packets):
        self.out += packets

    def closed(self, now, flow):
        self.gone.append(flow)

    def drain(self):
        taken, self.out = self.out, []
        return taken


@pytest.fixture
async def open_door():
    doors = []

    async def open_it(limits, *schemes):
        door = SipDoor(limits=limits)
        doors.append(door)
        listeners = [Listener(scheme, "127.0.0.1", 0) for scheme in schemes or ("tcp",)]
        bound = await door.listen(listeners)
        await door.attach(Machine())
        return door, {kind: int(at.rpartition(":")[2]) for kind, at in bound.items()}

    yield open_it
    for door in doors:
        await door.close()


async def test_messages_come_back_on_the_connection_they_came_on(open_door):
    _, ports = await open_door(Limits())
    reader, writer = await asyncio.open_connection("127.0.0.1", ports["tcp"])
    writer.write(OPTIONS + OPTIONS[:10])
    assert await reader.readexactly(len(OPTIONS)) == OPTIONS
    writer.write(OPTIONS[10:])
    assert await reader.readexactly(len(OPTIONS)) == OPTIONS
    writer.close()


async def test_one_address_has_only_so_many_connections(open_door):
    door, ports = await open_door(Limits(connections_per_address=2))
    streams = [await asyncio.open_connection("127.0.0.1", ports["tcp"]) for _ in range(3)]
    for reader, writer in streams[:2]:
        writer.write(OPTIONS)
        assert await reader.readexactly(len(OPTIONS)) == OPTIONS
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await streams[2][0].readexactly(1)
    assert door.refused == 1
    for _, writer in streams:
        writer.close()


async def test_a_message_that_never_ends_is_cut(open_door):
    _, ports = await open_door(Limits(message_s=0.01, sweep_s=0.01))
    reader, writer = await asyncio.open_connection("127.0.0.1", ports["tcp"])
    writer.write(OPTIONS[:20])
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()


async def test_a_silent_connection_is_closed(open_door):
    _, ports = await open_door(Limits(idle_s=0.01, sweep_s=0.01))
    reader, writer = await asyncio.open_connection("127.0.0.1", ports["tcp"])
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()


async def test_a_peer_that_does_not_read_is_cut_off_and_told_to_the_machine(open_door):
    door, ports = await open_door(Limits(unsent=100_000))
    _, writer = await asyncio.open_connection("127.0.0.1", ports["tcp"])
    big = b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 50000\r\n\r\n" + b"x" * 50_000
    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        for _ in range(10_000):
            writer.write(big)
            await writer.drain()
    writer.close()
    assert door.driver._machine.gone


async def test_a_udp_ping_is_ponged_and_other_keep_alives_are_dropped(open_door):
    _, ports = await open_door(Limits(), "udp")
    answers = asyncio.Queue()

    class Client(asyncio.DatagramProtocol):
        def datagram_received(self, data, addr):
            answers.put_nowait(data)

    loop = asyncio.get_running_loop()
    address = ("127.0.0.1", ports["udp"])
    transport, _ = await loop.create_datagram_endpoint(Client, remote_addr=address)
    for data in (b"\0", b"\r\n", b"\r\n\r\n", OPTIONS):
        transport.sendto(data)
    assert await answers.get() == b"\r\n"
    assert await answers.get() == OPTIONS
    transport.close()


async def test_a_port_that_is_taken_is_said_in_plain_words(open_door):
    from sonnette.base.errors import LocalError

    _, ports = await open_door(Limits(), "udp")
    with pytest.raises(LocalError, match="cannot listen on udp://127"):
        await SipDoor().listen([Listener("udp", "127.0.0.1", ports["udp"])])


@pytest.mark.rfc("3261", "18.3")
async def test_a_message_whose_end_cannot_be_told_is_the_last(open_door):
    _, ports = await open_door(Limits())
    reader, writer = await asyncio.open_connection("127.0.0.1", ports["tcp"])
    broken = b"OPTIONS sip:x SIP/2.0\r\nContent-Length: -1\r\n\r\n"
    writer.write(OPTIONS + broken + OPTIONS)
    assert await reader.read() == OPTIONS + broken  # the machine's answers, then the end
    writer.close()


@pytest.mark.rfc("5626", "4.4.1")
async def test_a_line_end_before_a_message_is_no_ping_and_two_are(open_door):
    _, ports = await open_door(Limits())
    reader, writer = await asyncio.open_connection("127.0.0.1", ports["tcp"])
    writer.write(b"\r\n")
    await writer.drain()
    writer.write(OPTIONS)
    assert await reader.readexactly(len(OPTIONS)) == OPTIONS
    writer.write(b"\r\n\r\n" + OPTIONS)
    assert await reader.readexactly(2 + len(OPTIONS)) == b"\r\n" + OPTIONS
    writer.close()
