"""Two ends and the media path between them, for the tests of this folder."""

from sonnette.base.entropy import SeededEntropy
from sonnette.testing.network import Datagram, Network
from sonnette.testing.pair import Pair
from sonnette.zrtp import (
    Keyed,
    MemoryCache,
    Refused,
    Secured,
    Session,
    Settings,
    Stream,
    Transmit,
)
from sonnette.zrtp.messages import unframe
from sonnette.zrtp.wire.packet import pack, parse

ALICE, BOB = ("192.0.2.1", 4000), ("192.0.2.2", 4000)


class Phone:
    """A device: an identity and a cache that outlive its calls."""

    def __init__(self, name, **settings):
        self.name, self.settings = name, Settings(**settings)
        self.zid = SeededEntropy(f"zid of {name}").draw(12)
        self.cache = MemoryCache(lambda: 0.0)

    def session(self, call=0):
        entropy = SeededEntropy(f"{self.name}, call {call}")
        return Session(self.zid, self.cache, entropy, self.settings)


class Tapped:
    """A machine whose sendings somebody sees first: ``tap(datagram)`` gives what goes on."""

    def __init__(self, machine, tap):
        self.machine, self._tap = machine, tap

    def __getattr__(self, name):
        return getattr(self.machine, name)

    def drain(self):
        for output in self.machine.drain():
            if isinstance(output, Transmit):
                yield from map(Transmit, self._tap(output.datagram))
            else:
                yield output


class End:
    """One end of a stream, as the test sees it."""

    def __init__(self, party):
        self._party = party

    @property
    def stream(self):
        return self._party.machine

    def told(self, kind):
        return [output for output in self._party.told if isinstance(output, kind)]

    def only(self, kind):
        (output,) = self.told(kind)
        return output

    @property
    def security(self):
        return self.only(Secured).security

    @property
    def keys(self):
        return self.only(Keyed).keys

    @property
    def refusal(self):
        return self.only(Refused).refusal

    @property
    def is_done(self):
        return bool(self._party.told) and not isinstance(self._party.told[-1], Keyed)


def untouched(datagram):
    return [datagram]


class Line:
    """The path of one stream; a tap sees what its end sends, before the network does."""

    def __init__(self, alice, bob, link=None, seed=0, taps=(untouched, untouched)):
        network = Network(link, seed=seed) if link else Network(seed=seed)
        self.pair = Pair(network)
        self.alice = self._join(Tapped(alice, taps[0]), ALICE, BOB)
        self.bob = self._join(Tapped(bob, taps[1]), BOB, ALICE)

    def _join(self, machine, here, there):
        def sent(output):
            if isinstance(output, Transmit):
                return Datagram(here, there, output.datagram)
            return None

        def hear(machine, now, datagram):
            machine.feed(now, datagram.payload)

        return End(self.pair.join(machine, here, sent=sent, hear=hear))

    def run(self, within=60.0):
        """Both ends start, and the line is up until each has come to an end."""
        for end in (self.alice, self.bob):
            end.stream.start(self.pair.now)
        self.pair.run_until(lambda: self.alice.is_done and self.bob.is_done, within)
        return self


def talk(alice, bob, **line):
    """A first stream between two phones or sessions."""
    sessions = [end.session() if isinstance(end, Phone) else end for end in (alice, bob)]
    streams = [Stream(session, ssrc) for session, ssrc in zip(sessions, (1, 2), strict=True)]
    return Line(*streams, **line).run()


def altering(kinds, change):
    """A tap that changes messages of these kinds; ``change(message)`` is None to drop them."""

    def tap(datagram):
        packet = parse(datagram)
        if packet.slice or unframe(packet.data)[0] not in kinds:
            return [datagram]
        message = change(packet.data)
        return [] if message is None else [pack(packet.ssrc, packet.sequence, message)]

    return tap
