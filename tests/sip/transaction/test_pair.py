"""A client's and a server's layer over a network that loses, reorders and copies."""

import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.sip.endpoint import Endpoint
from sonnette.sip.flow import Flow, Transport
from sonnette.sip.message import answer
from sonnette.sip.transaction import RequestArrived, ResponseArrived, TimedOut
from sonnette.testing.network import Datagram, Link, Network
from sonnette.testing.pair import Pair
from tests.sip.messages import CLIENT, SERVER, make_request

BAD = Link(loss=0.25, delay=0.03, jitter=0.4, duplication=0.2)
TO_SERVER = Flow(Transport.UDP, CLIENT, SERVER)


class Answering:
    """An endpoint whose user answers each request once, with ``statuses``."""

    def __init__(self, statuses):
        self.endpoint = Endpoint(SeededEntropy("server"))
        self.statuses = statuses
        self.asked = 0

    @property
    def deadline(self):
        return self.endpoint.deadline

    def tick(self, now):
        self.endpoint.tick(now)

    def feed(self, now, packets):
        self.endpoint.feed(now, packets)
        layer = self.endpoint.layer
        for out in [*layer.out]:
            if isinstance(out, RequestArrived) and out.request.method != "ACK":
                self.asked += 1
                server = layer.make_server(out.flow, out.request)
                for status in self.statuses:
                    layer.respond(now, server, answer(out.request, status, "R", to_tag="b1"))

    def drain(self):
        return self.endpoint.drain()


def datagram(out):
    return Datagram(out[0].local, out[0].remote, out[1]) if isinstance(out, tuple) else None


def hear(machine, now, packet):
    flow = Flow(Transport.UDP, packet.destination, packet.source)
    machine.feed(now, [(flow, packet.payload)])


def run(method, statuses, seed, link=BAD):
    pair = Pair(Network(link, seed))
    answering = Answering(statuses)
    endpoint = Endpoint(SeededEntropy("client"))
    client = pair.join(endpoint, CLIENT, sent=datagram, hear=hear)
    pair.join(answering, SERVER, sent=datagram, hear=hear)
    endpoint.layer.send(pair.now, make_request(method, branch=f"z9hG4bK{seed}"), TO_SERVER)
    pair.run_for(100)
    finals = [
        told.response.status
        for told in client.told
        if isinstance(told, ResponseArrived) and told.response.status >= 200
    ]
    return answering, endpoint, client.told, finals


SEEDS = range(15)


@pytest.mark.rfc("3261", "17")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_request_gets_through_once_and_so_does_its_answer(seed):
    answering, endpoint, _, finals = run("OPTIONS", (200,), seed)
    assert answering.asked == 1
    assert finals == [200]
    assert (endpoint.layer.clients, answering.endpoint.layer.servers) == ({}, {})


@pytest.mark.rfc("3261", "17")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_refused_invite_gets_through_once_and_is_acknowledged(seed):
    answering, endpoint, _, finals = run("INVITE", (100, 180, 486), seed)
    assert answering.asked == 1
    assert finals == [486]
    assert (endpoint.layer.clients, answering.endpoint.layer.servers) == ({}, {})


@pytest.mark.rfc("3261", "17.1.1.2")
def test_a_dead_network_ends_in_a_time_out():
    answering, endpoint, told, finals = run("INVITE", (200,), 0, Link(loss=1.0))
    assert answering.asked == 0
    assert finals == []
    assert type(told[0]) is TimedOut
    assert endpoint.layer.clients == {}
