"""An OPTIONS over a network that loses half of all packets, in virtual time.

Run: python examples/lossy_network.py [SEED]
"""

import sys

from sonnette.base.entropy import SeededEntropy
from sonnette.sip.endpoint import Endpoint
from sonnette.sip.flow import Flow, Transport
from sonnette.sip.message import answer
from sonnette.sip.parser import parse
from sonnette.sip.transaction import RequestArrived, ResponseArrived
from sonnette.testing.clock import VirtualClock
from sonnette.testing.network import Datagram, Link, Network

ALICE, BOB = ("198.51.100.7", 5060), ("203.0.113.5", 5060)
OPTIONS = parse(
    b"OPTIONS sip:bob@example.org SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK1;rport\r\nMax-Forwards: 70\r\n"
    b"From: <sip:alice@example.org>;tag=a1\r\nTo: <sip:bob@example.org>\r\n"
    b"Call-ID: 1@198.51.100.7\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


class Talk:
    """Two endpoints and the network between them."""

    def __init__(self, seed):
        self.clock = VirtualClock()
        self.network = Network(Link(loss=0.5, delay=0.05), seed)
        self.endpoints = {ALICE: Endpoint(SeededEntropy("a")), BOB: Endpoint(SeededEntropy("b"))}
        self.status = None

    def run(self):
        """Jump from one event to the next until nothing is awaited."""
        self.endpoints[ALICE].layer.send(0.0, OPTIONS, Flow(Transport.UDP, ALICE, BOB))
        self.carry_out()
        while (when := self.next_event()) is not None:
            self.clock.jump_to(when)
            datagram = self.network.pop(when)
            if datagram is not None:
                flow = Flow(Transport.UDP, datagram.destination, datagram.source)
                self.endpoints[datagram.destination].feed(when, [(flow, datagram.payload)])
            else:
                for endpoint in self.endpoints.values():
                    endpoint.tick(when)
            self.carry_out()

    def next_event(self):
        times = [self.network.next, *(endpoint.deadline for endpoint in self.endpoints.values())]
        return min((time for time in times if time is not None), default=None)

    def carry_out(self):
        """Do what both endpoints ask for, until they ask for nothing more."""
        for name, endpoint in (*self.endpoints.items(), *self.endpoints.items()):
            for out in endpoint.drain():
                self.handle(name, endpoint, out)

    def handle(self, name, endpoint, out):
        now = self.clock()
        if isinstance(out, tuple):
            flow, data = out
            lost = self.network.lost
            self.network.send(now, Datagram(flow.local, flow.remote, data))
            fate = " (lost)" if self.network.lost > lost else ""
            who = "Alice" if name == ALICE else "Bob"
            print(f"{now:7.2f}  {who} sends {data.splitlines()[0].decode()}{fate}")
        elif isinstance(out, RequestArrived):
            server = endpoint.layer.make_server(out.flow, out.request)
            endpoint.layer.respond(now, server, answer(out.request, 200, "OK", to_tag="b1"))
        elif isinstance(out, ResponseArrived):
            self.status = out.response.status
            print(f"{now:7.2f}  Alice knows: {self.status}")


def main(seed="1"):
    talk = Talk(seed)
    talk.run()
    print(f"over after {talk.clock():.1f} virtual seconds")
    return talk.status


if __name__ == "__main__":
    main(*sys.argv[1:])
