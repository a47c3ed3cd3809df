"""The door to the DNS against a small name server on loopback."""

import asyncio
import socket

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset
import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.net.dns import MOST_RECORDS, Dns
from sonnette.sip.flow import Transport
from sonnette.sip.locate import (
    Address,
    Answer,
    Kind,
    Located,
    Naptr,
    NotLocated,
    Question,
    Srv,
    Wanted,
)

pytestmark = pytest.mark.loopback

ZONE = {
    ("example.test.", "NAPTR"): [
        '10 10 "s" "SIPS+D2T" "" _sips._tcp.Example.test.',
        '20 10 "s" "SIP+D2U" "" _sip._udp.example.test.',
    ],
    ("_sips._tcp.example.test.", "SRV"): ["0 5 5061 one.example.test."],
    ("_sip._udp.example.test.", "SRV"): ["0 5 5060 one.example.test."],
    ("_sip._tcp.example.test.", "SRV"): ["0 0 0 ."],
    ("one.example.test.", "A"): ["192.0.2.1"],
    ("one.example.test.", "AAAA"): ["2001:db8::1"],
    ("large.test.", "A"): [f"10.0.{number // 100}.{number % 100}" for number in range(300)],
}
SOA = "ns.test. root.test. 1 3600 600 86400 30"


class NameServer(asyncio.DatagramProtocol):
    """Answers from ZONE over UDP; ``mood`` makes it ill."""

    def __init__(self):
        self.asked = []
        self.mood = None
        self.heard_two = asyncio.Event()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        query = dns.message.from_wire(data)
        question = query.question[0]
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append(f"{kind} {question.name}")
        if len(self.asked) == 2:
            self.heard_two.set()
        if self.mood == "silent":
            return
        if self.mood == "garbage":
            self.transport.sendto(b"\xff" * 20, address)
            return
        self.transport.sendto(self.respond(query, question, kind).to_wire(), address)

    def respond(self, query, question, kind):
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        texts = ZONE.get((question.name.to_text().lower(), kind))
        known = any(name == question.name.to_text().lower() for name, _ in ZONE)
        if self.mood == "failing":
            response.set_rcode(dns.rcode.SERVFAIL)
        elif texts is not None:
            response.answer.append(dns.rrset.from_text(question.name, 90, "IN", kind, *texts))
        else:
            response.set_rcode(dns.rcode.NOERROR if known else dns.rcode.NXDOMAIN)
            response.authority.append(dns.rrset.from_text("test.", 60, "IN", "SOA", SOA))
        return response


@pytest.fixture
async def server():
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(
        NameServer, local_addr=("127.0.0.1", 0)
    )
    protocol.port = transport.get_extra_info("sockname")[1]
    yield protocol
    transport.close()


def door(port, **more):
    more.setdefault("timeout", 5)
    return Dns(SeededEntropy(), name_servers=["127.0.0.1"], port=port, **more)


def wanted(host="example.test", port=None, transport=None):
    supported = (Transport.UDP, Transport.TCP, Transport.TLS)
    return Wanted.of("sip", host, port, transport, supported)


@pytest.mark.parametrize(
    ("name", "kind", "answer"),
    [
        ("one.example.test", Kind.A, Answer((Address("192.0.2.1"),), 90)),
        ("one.example.test", Kind.AAAA, Answer((Address("2001:db8::1"),), 90)),
        ("_sips._tcp.example.test", Kind.SRV, Answer((Srv(0, 5, 5061, "one.example.test"),), 90)),
        ("_sip._tcp.example.test", Kind.SRV, Answer((Srv(0, 0, 0, ""),), 90)),
        (
            "example.test",
            Kind.NAPTR,
            Answer(
                (
                    Naptr(10, 10, "s", "SIPS+D2T", "_sips._tcp.example.test"),
                    Naptr(20, 10, "s", "SIP+D2U", "_sip._udp.example.test"),
                ),
                90,
            ),
        ),
        ("example.test", Kind.A, Answer((), 30)),
        ("nowhere.test", Kind.A, Answer((), 30)),
    ],
)
async def test_each_kind_of_record_comes_as_a_value(server, name, kind, answer):
    found = await door(server.port).ask(Question(name, kind))
    assert set(found.records) == set(answer.records)
    assert (found.ttl, found.failed) == (answer.ttl, False)


@pytest.mark.parametrize("name", ["a" * 64 + ".test", "a..test", "b." * 130])
async def test_a_name_that_cannot_be_asked_for_has_failed(server, name):
    assert await door(server.port).ask(Question(name, Kind.A)) == Answer(failed=True)
    assert server.asked == []


@pytest.mark.rfc("3263", "4.1")
async def test_a_domain_is_located_through_naptr_srv_and_addresses(server):
    located = await door(server.port).locate(wanted())
    assert isinstance(located, Located)
    assert [(one.transport, one.address, one.port) for one in located.targets] == [
        (Transport.TLS, "2001:db8::1", 5061),
        (Transport.TLS, "192.0.2.1", 5061),
        (Transport.UDP, "2001:db8::1", 5060),
        (Transport.UDP, "192.0.2.1", 5060),
    ]
    assert {target.server_name for target in located.targets} == {"example.test"}


async def test_the_second_search_asks_nothing(server):
    here = door(server.port)
    first = await here.locate(wanted())
    asked = len(server.asked)
    assert await here.locate(wanted()) == first
    assert len(server.asked) == asked


async def test_searches_at_the_same_time_share_their_questions(server):
    here = door(server.port)
    found = await asyncio.gather(*(here.locate(wanted()) for _ in range(20)))
    assert len(set(found)) == 1
    assert len(server.asked) == len(set(server.asked))


async def test_a_name_in_the_hosts_table_is_not_asked_for(server):
    here = door(server.port, hosts={"example.test": ("127.0.0.9",)})
    located = await here.locate(wanted(transport="tcp"))
    assert [target.address for target in located.targets] == ["127.0.0.9"]
    assert server.asked == []


async def test_no_search_domain_is_appended(server):
    assert await door(server.port).locate(wanted("nowhere", 5060)) == NotLocated(False)
    assert set(server.asked) == {"A nowhere.", "AAAA nowhere."}


@pytest.mark.parametrize("mood", ["silent", "garbage", "failing"])
async def test_an_ill_name_server_is_a_temporary_failure(server, mood):
    server.mood = mood
    here = door(server.port, timeout=0.2)
    assert await here.locate(wanted(port=5060)) == NotLocated(is_temporary=True)


async def test_a_name_server_that_is_not_there_is_a_temporary_failure():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    here = door(port, timeout=0.2)
    assert await here.locate(wanted(port=5060)) == NotLocated(is_temporary=True)


async def test_closing_ends_the_questions_on_their_way(server):
    server.mood = "silent"
    here = door(server.port)
    search = asyncio.create_task(here.locate(wanted(port=5060)))
    await server.heard_two.wait()
    here.close()
    assert await search == NotLocated(is_temporary=True)


async def test_a_search_that_is_cancelled_leaves_the_others_their_question(server):
    here = door(server.port)
    first = asyncio.create_task(here.locate(wanted()))
    second = asyncio.create_task(here.locate(wanted()))
    await asyncio.sleep(0)
    first.cancel()
    assert isinstance(await second, Located)


async def test_only_so_many_records_are_taken_in(server):
    answer = await door(server.port).ask(Question("large.test", Kind.A))
    assert len(answer.records) == MOST_RECORDS


@pytest.mark.parametrize("is_configured", [True, False])
async def test_a_machine_without_a_name_server_still_has_its_hosts_table(
    monkeypatch, is_configured
):
    def refuse(*_):
        raise dns.resolver.NoResolverConfiguration

    if not is_configured:
        monkeypatch.setattr(dns.resolver.BaseResolver, "read_resolv_conf", refuse)
    here = Dns(SeededEntropy(), hosts={"example.test": ("127.0.0.9",)}, timeout=0.2)
    assert isinstance(await here.locate(wanted(transport="tcp")), Located)
    if not is_configured:
        assert await here.locate(wanted("other.test", 5060)) == NotLocated(is_temporary=True)
