"""Many devices, rotations, restarts, loss and reordering: nothing twice, nothing silently lost."""

from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.lime.world import NOW, Directory, Member

from sonnette.base.errors import PeerError
from sonnette.lime import C448, C25519, C25519MLK512, Incoming, Policy
from sonnette.lime.header import Header
from sonnette.lime.keeping.prekeys import DAY

NAMES = ("alice", "bob", "carol")
who = st.sampled_from(range(len(NAMES)))


@dataclass
class OnItsWay:
    recipient: int
    incoming: Incoming
    payload: bytes


class Conversation(RuleBasedStateMachine):
    """Three devices in one room, and a network that loses, delays and repeats."""

    @initialize(
        algorithms=st.sampled_from([(C25519,), (C448,), (C25519MLK512, C25519)]),
        batch=st.integers(0, 3),
    )
    def begin(self, algorithms, batch):
        directory = Directory()
        self.members = [Member(directory, name, algorithms, batch) for name in NAMES]
        self.now, self.sent = NOW, 0
        self.waiting: list[OnItsWay] = []
        self.delivered: list[OnItsWay] = []
        self.used: set[tuple[str, str, bytes, int]] = set()

    @rule(sender=who, policy=st.sampled_from(Policy), both=st.booleans())
    def send(self, sender, policy, both):
        others = [n for n in range(len(NAMES)) if n != sender]
        recipients = others if both else others[:1]
        self.sent += 1
        payload = b"message %d" % self.sent
        members = [self.members[n] for n in recipients]
        encrypted = self.members[sender].send(payload, *members, now=self.now, policy=policy)
        assert not encrypted.missed
        for number, member in zip(recipients, members, strict=True):
            incoming = member.incoming(self.members[sender], encrypted)
            self.note_key(incoming, member)
            self.waiting.append(OnItsWay(number, incoming, payload))

    def note_key(self, incoming, member):
        header = Header.parse(incoming.message)
        key = (incoming.sender, member.address, header.key.public, header.place)
        assert key not in self.used, "a message key was used twice"
        self.used.add(key)

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def deliver(self, data):
        chosen = self.waiting.pop(data.draw(st.integers(0, len(self.waiting) - 1)))
        received = self.members[chosen.recipient].device.decrypt(self.now, chosen.incoming)
        assert received.payload == chosen.payload
        self.delivered.append(chosen)

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def lose(self, data):
        self.waiting.pop(data.draw(st.integers(0, len(self.waiting) - 1)))

    @precondition(lambda self: self.delivered)
    @rule(data=st.data())
    def repeat(self, data):
        again = data.draw(st.sampled_from(self.delivered))
        with pytest.raises(PeerError):
            self.members[again.recipient].device.decrypt(self.now, again.incoming)

    @precondition(lambda self: self.waiting)
    @rule(data=st.data(), at=st.integers(0, 10_000))
    def forge(self, data, at):
        chosen = data.draw(st.sampled_from(self.waiting))
        message = bytearray(chosen.incoming.message)
        message[at % len(message)] ^= 1
        forged = Incoming(chosen.incoming.sender, chosen.incoming.conversation, bytes(message),
                          chosen.incoming.cipher_message)  # fmt: skip
        with pytest.raises(PeerError):
            self.members[chosen.recipient].device.decrypt(self.now, forged)

    @rule(number=who)
    def restart(self, number):
        self.members[number].start()

    @rule(number=who, other=who)
    def report_a_failure(self, number, other):
        if number != other:
            address = self.members[other].address
            self.members[number].device.restart_sessions(self.now, address)

    @precondition(lambda self: self.now < NOW + 20 * DAY)
    @rule(days=st.integers(1, 4))
    def let_time_pass(self, days):
        self.now += days * DAY
        for member in self.members:
            member.device.tick(self.now)
            member.settle(self.now)

    @invariant()
    def nothing_waits_unasked(self):
        assert all(not member.device.drain() for member in getattr(self, "members", ()))


Conversation.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestConversation = pytest.mark.req("S-9")(Conversation.TestCase)
