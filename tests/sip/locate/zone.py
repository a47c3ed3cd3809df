"""A small DNS in a dictionary, and a search that asks it."""

from sonnette.base.entropy import SeededEntropy
from sonnette.sip.flow import Transport
from sonnette.sip.locate import (
    Address,
    Answer,
    Ask,
    Kind,
    Lookup,
    Names,
    Naptr,
    Question,
    Srv,
    Wanted,
)
from sonnette.testing import checked

UDP, TCP, TLS, WS, WSS = Transport
NOTHING = Answer((), 60)


def a(*addresses, ttl=60):
    return Answer(tuple(Address(address) for address in addresses), ttl)


def srv(*records):
    return Answer(tuple(Srv(*record) for record in records), 60)


def naptr(*records):
    return Answer(tuple(Naptr(*record) for record in records), 60)


def zone(answers):
    """``{"A example.test": a("192.0.2.1")}`` by question."""
    return {question(*key.split(" ")): answer for key, answer in answers.items()}


def question(kind, name):
    return Question(name, Kind[kind])


def wanted(scheme="sip", host="example.test", port=None, transport=None, **more):
    supported = more.pop("supported", (UDP, TCP, TLS))
    return Wanted.of(scheme, host, port, transport, supported, more.pop("families", (4,)))


def search(what, answers, names=None, seed=0):
    """The last output, and the questions asked; a missing answer is an empty one."""
    lookup = checked(Lookup(what, 0.0, SeededEntropy(seed), names or Names()))
    asked = []
    waiting = list(lookup.drain())
    while isinstance(waiting[0], Ask):
        ask = waiting.pop(0)
        asked.append(ask.question)
        lookup.feed(0.0, ask.question, answers.get(ask.question, NOTHING))
        waiting += lookup.drain()
    assert lookup.deadline is None
    (end,) = waiting
    return end, asked


def told(end):
    """Each target as one line."""
    return [f"{target.transport.value} {target.address} {target.port}" for target in end.targets]
