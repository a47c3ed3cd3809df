"""A whole call between two user agents over a network that loses, reorders and copies."""

import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.sip import names
from sonnette.sip.dialog import Acceptance, Invitation
from sonnette.sip.dialog.invite import Acknowledged, Answered, Ended, Repeat, Send
from sonnette.sip.dialog.state import of_callee
from sonnette.sip.endpoint import Endpoint
from sonnette.sip.flow import Flow, Transport
from sonnette.sip.message import answer, make_field
from sonnette.sip.proxy import push_via
from sonnette.sip.transaction import RequestArrived, ResponseArrived, Stray, TimedOut
from sonnette.testing.network import Datagram, Link, Network
from sonnette.testing.pair import Pair
from tests.sip.messages import make_request

ALICE, BOB = ("198.51.100.7", 5060), ("203.0.113.5", 5060)
BAD = Link(loss=0.25, delay=0.03, jitter=0.4, duplication=0.2)


class Phone:
    """An endpoint and the machines of its one call; ``work`` carries out what they say."""

    def __init__(self, here, there):
        self.endpoint = Endpoint(SeededEntropy(here[0]))
        self.flow = Flow(Transport.UDP, here, there)
        self.call = None
        self.dialog = None
        self.told = []
        self._server = None
        self._out = []

    @property
    def deadline(self):
        machines = [self.endpoint, *([self.call] if self.call else [])]
        times = [each.deadline for each in machines if each.deadline is not None]
        return min(times, default=None)

    def tick(self, now):
        self.endpoint.tick(now)
        if self.call is not None:
            self.call.tick(now)
        self.work(now)

    def feed(self, now, data):
        self.endpoint.feed(now, [(self.flow, data)])
        self.work(now)

    def drain(self):
        taken, self._out = self._out, []
        return taken

    def invite(self, now):
        contact = f"<sip:alice@{ALICE[0]}>"
        request = make_request("INVITE", f"sip:bob@{BOB[0]}", Contact=contact)
        request.remove(names.VIA)
        self.call = Invitation(request)
        self.send(now, request)
        self.work(now)

    def hang_up(self, now):
        self.send(now, self.dialog.request("BYE"))
        self.work(now)

    def send(self, now, request):
        if request.first(names.VIA) is None:
            push_via(request, self.flow, self.endpoint.layer.new_branch())
        if request.method == "ACK":
            self._out.append((self.flow, request.encode()))
        else:
            self.endpoint.layer.send(now, request, self.flow)

    def work(self, now):
        while events := [*self.endpoint.drain(), *(self.call.drain() if self.call else ())]:
            for event in events:
                self.handle(now, event)

    def handle(self, now, event):
        if isinstance(event, tuple):
            self._out.append(event)
        elif isinstance(event, RequestArrived):
            self.serve(now, event.request)
        elif isinstance(event, ResponseArrived | Stray):
            if event.response.cseq[1] == "INVITE":
                self.call.feed(now, event.response)
        elif isinstance(event, Send):
            self.send(now, event.request)
        elif isinstance(event, Repeat):
            self.endpoint.layer.respond(now, self._server, event.response)
        elif not isinstance(event, TimedOut):
            self.told.append(type(event))
            if isinstance(event, Answered):
                self.dialog = event.dialog
                self.call.acknowledge(now, event.dialog)

    def serve(self, now, request):
        layer = self.endpoint.layer
        if request.method == "ACK":
            self.call.feed(now, request)
        elif request.method == "INVITE":
            self._server = layer.make_server(self.flow, request)
            self.dialog = of_callee(request, "b1")
            contact = make_field(names.CONTACT, f"<sip:bob@{BOB[0]}>")
            accepted = answer(request, 200, "OK", to_tag="b1", extra=[contact])
            layer.respond(now, self._server, accepted)
            self.call = Acceptance(now, self.dialog, accepted)
        else:
            self.dialog.receive(request)
            layer.answer(now, self.flow, request, answer(request, 200, "OK"))


def datagram(out):
    return Datagram(out[0].local, out[0].remote, out[1])


def hear(phone, now, packet):
    phone.feed(now, packet.payload)


def connect(link, seed):
    pair = Pair(Network(link, seed))
    alice, bob = Phone(ALICE, BOB), Phone(BOB, ALICE)
    for phone, address in ((alice, ALICE), (bob, BOB)):
        pair.join(phone, address, sent=datagram, hear=hear)
    alice.invite(pair.now)
    return pair, alice, bob


@pytest.mark.rfc("3261", "13.3.1.4")
@pytest.mark.parametrize("seed", range(12))
def test_a_call_is_set_up_and_ended_once_whatever_is_lost(seed):
    pair, alice, bob = connect(BAD, seed)
    pair.run_until(lambda: Acknowledged in bob.told, within=32)
    assert alice.told == [Answered]
    assert alice.dialog.id == (bob.dialog.call_id, *bob.dialog.id[:0:-1])
    alice.hang_up(pair.now)
    pair.run_until(lambda: bob.dialog.is_over, within=32)
    pair.run_for(100)
    assert bob.told == [Acknowledged]
    assert alice.endpoint.layer.clients == bob.endpoint.layer.servers == {}


@pytest.mark.rfc("3261", "13.3.1.4")
def test_a_callee_that_never_hears_the_ack_ends_the_call():
    pair, alice, bob = connect(Link(delay=0.01), 0)
    pair.run_until(lambda: bob.dialog is not None)
    pair.network.join(ALICE[0], BOB[0], Link(loss=1.0))
    pair.run_until(lambda: Ended in bob.told, within=60)
    assert pair.now == pytest.approx(32, abs=0.1)
    pair.run_until(lambda: alice.dialog.is_over, within=10)
