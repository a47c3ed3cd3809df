"""Identities that change, algorithms that weaken, and how far devices are trusted."""

import pytest

from sonnette.base.errors import LocalError, PeerError
from sonnette.lime import C448, C25519, C25519MLK512, Outgoing, Status
from sonnette.lime.device.events import Concern, Encrypted, NotEncrypted, PeerConcern
from sonnette.lime.keys import fingerprint
from sonnette.lime.server_messages import Register
from tests.lime.world import NOW, ROOM, Directory, Member, pair

pytestmark = pytest.mark.req("S-9")


def reborn(bob: Member, *algorithms) -> Member:
    """The same device with keys of its own making, as after a new installation."""
    for algorithm in (C448, C25519, C25519MLK512):
        bob.directory.rows.pop((bob.address, algorithm.number), None)
    return Member(bob.directory, "bob", algorithms or bob.algorithms, entropy="reborn")


def start_sending(alice: Member, other: Member, payload: bytes = b"x") -> list[PeerConcern]:
    alice.device.encrypt(NOW, Outgoing(ROOM, (other.address,), payload))
    alice.settle(NOW)
    return alice.take(PeerConcern)


def test_sending_to_a_new_identity_waits_for_consent():
    alice, bob = pair()
    bob.receive(alice, alice.send(b"before", bob))
    new = reborn(bob)
    alice.device.restart_sessions(NOW, bob.address)
    (concern,) = start_sending(alice, new, b"after")
    identity = new.device.identity(C25519)
    expected = PeerConcern(bob.address, C25519, Concern.NEW_IDENTITY, fingerprint(identity))
    assert concern == expected
    assert alice.take(Encrypted) == []
    alice.device.consent(NOW, bob.address)
    (sent,) = alice.device.drain()
    assert new.receive(alice, sent) == b"after"


def test_a_new_identity_that_is_refused_gets_nothing_and_the_old_one_stays():
    alice, bob = pair()
    bob.receive(alice, alice.send(b"before", bob))
    new = reborn(bob)
    alice.device.restart_sessions(NOW, bob.address)
    start_sending(alice, new)
    alice.device.refuse(NOW, bob.address)
    assert [type(output) for output in alice.device.drain()] == [NotEncrypted]
    assert start_sending(alice, new), "the next message asks again"


def test_a_genuine_first_message_from_a_new_identity_waits_for_consent():
    alice, bob = pair()
    bob.receive(alice, alice.send(b"before", bob))
    new = reborn(bob)
    sent = new.send(b"it is me", alice)
    with pytest.raises(PeerError) as refused:
        alice.receive(new, sent)
    assert refused.value.code == "lime.peer.suspect"
    (concern,) = (o for o in alice.device.drain() if isinstance(o, PeerConcern))
    assert concern.concern is Concern.NEW_IDENTITY
    assert start_sending(alice, new) == []
    assert alice.take(Encrypted) == []
    alice.device.consent(NOW, bob.address)
    assert alice.receive(new, sent) == b"it is me"
    alice.settle(NOW)
    (waited,) = alice.take(Encrypted)
    assert new.receive(alice, waited) == b"x"


def test_a_forged_first_message_raises_no_concern():
    alice, bob = pair()
    bob.receive(alice, alice.send(b"before", bob))
    new = reborn(bob)
    sent = new.send(b"y", alice)
    part = alice.incoming(new, sent)
    forged = type(part)(part.sender, ROOM, part.message[:-1] + bytes([part.message[-1] ^ 1]))
    with pytest.raises(PeerError) as refused:
        alice.device.decrypt(NOW, forged)
    assert refused.value.code == "lime.message.forged"
    assert alice.device.drain() == []


@pytest.mark.parametrize(
    ("strong", "weak"), [(C25519MLK512, C25519), (C448, C25519), (C25519MLK512, C448)]
)
def test_a_device_that_offers_only_a_weaker_algorithm_waits_for_consent(strong, weak):
    directory = Directory()
    alice = Member(directory, "alice", (strong, weak))
    bob = Member(directory, "bob", (strong, weak))
    bob.receive(alice, alice.send(b"strong", bob))
    directory.rows.pop((bob.address, strong.number))
    alice.device.restart_sessions(NOW, bob.address)
    alice.device.encrypt(NOW, Outgoing(ROOM, (bob.address,), b"weak"))
    alice.settle(NOW)
    told = [(c.algorithm, c.concern) for c in alice.take(PeerConcern)]
    assert told == [(strong, Concern.LEFT_THE_SERVER), (weak, Concern.WEAKER_ALGORITHM)]
    assert alice.take(Encrypted) == []
    alice.device.consent(NOW, bob.address)
    (sent,) = alice.device.drain()
    with pytest.raises(PeerError, match="not the ones known"):
        bob.receive(alice, sent)
    bob.device.consent(NOW, alice.address)
    assert bob.receive(alice, sent) == b"weak"


def test_a_first_message_in_a_weaker_algorithm_waits_for_consent():
    directory = Directory()
    alice = Member(directory, "alice", (C448, C25519))
    bob = Member(directory, "bob", (C448, C25519))
    bob.receive(alice, alice.send(b"strong", bob))
    bob.algorithms = (C25519, C448)
    bob.start()
    bob.device.forget(alice.address)
    sent = bob.send(b"weak", alice)
    with pytest.raises(PeerError):
        alice.receive(bob, sent)
    alice.device.consent(NOW, bob.address)
    assert alice.receive(bob, sent) == b"weak"


def test_a_device_that_comes_with_a_stronger_algorithm_is_welcome():
    directory = Directory()
    alice = Member(directory, "alice", (C448, C25519))
    bob = Member(directory, "bob", (C25519,))
    bob.receive(alice, alice.send(b"1", bob))
    stronger = Member(directory, "bob", (C448, C25519), store=bob.store)
    assert alice.receive(stronger, stronger.send(b"2", alice)) == b"2"
    assert stronger.receive(alice, alice.send(b"3", stronger)) == b"3"


def test_a_bundle_that_its_identity_did_not_sign_is_not_used():
    alice, bob = pair()
    row = bob.directory.rows[bob.address, 1]
    other = Member(bob.directory, "carol").device.identity(C25519)
    bob.directory.rows[bob.address, 1] = Register(other, row.signed, row.one_time)
    assert [c.concern for c in start_sending(alice, bob)] == [Concern.BAD_SIGNATURE]
    assert alice.take(NotEncrypted)


def test_nobody_is_trusted_before_a_person_says_so():
    alice, bob = pair()
    assert alice.device.status(bob.address) is Status.UNKNOWN
    alice.send(b"x", bob)
    assert alice.device.status(bob.address) is Status.UNTRUSTED
    alice.device.trust(bob.address, C25519, bob.device.identity(C25519))
    assert alice.device.status(bob.address) is Status.TRUSTED
    assert alice.send(b"y", bob).messages[0].status is Status.TRUSTED
    assert alice.device.status(alice.address) is Status.TRUSTED


def test_an_identity_can_be_trusted_before_the_first_message():
    alice, bob = pair()
    alice.device.trust(bob.address, C25519, bob.device.identity(C25519))
    bob.receive(alice, alice.send(b"x", bob))
    assert alice.device.status(bob.address) is Status.TRUSTED


def test_another_identity_than_the_pinned_one_cannot_be_trusted():
    alice, bob = pair()
    alice.send(b"x", bob)
    with pytest.raises(LocalError) as refused:
        alice.device.trust(bob.address, C25519, bytes(32))
    assert refused.value.code == "lime.peer.identity"


def test_an_unknown_device_can_be_unsafe_but_not_untrusted():
    alice, bob = pair()
    alice.device.distrust(bob.address, C25519, Status.UNTRUSTED)
    assert alice.device.status(bob.address) is Status.UNKNOWN
    alice.device.distrust(bob.address, C25519, Status.UNSAFE)
    assert alice.device.status(bob.address) is Status.UNSAFE
    alice.device.distrust(bob.address, C25519, Status.UNTRUSTED)
    assert alice.device.status(bob.address) is Status.UNSAFE
    alice.device.trust(bob.address, C25519, bob.device.identity(C25519))
    assert alice.device.status(bob.address) is Status.TRUSTED


def test_only_untrusted_and_unsafe_can_be_set():
    alice, bob = pair()
    with pytest.raises(LocalError):
        alice.device.distrust(bob.address, C25519, Status.UNKNOWN)


def test_a_group_is_as_safe_as_its_least_safe_device():
    directory = Directory()
    alice, bob, carol = (Member(directory, name) for name in ("alice", "bob", "carol"))
    group = [alice.address, bob.address, carol.address]
    assert alice.device.group_status(group) is Status.UNKNOWN
    alice.send(b"x", bob, carol)
    assert alice.device.group_status(group) is Status.UNTRUSTED
    for member in (bob, carol):
        alice.device.trust(member.address, C25519, member.device.identity(C25519))
    assert alice.device.group_status(group) is Status.TRUSTED
    alice.device.distrust(bob.address, C25519, Status.UNSAFE)
    assert alice.device.group_status(group) is Status.UNSAFE


def test_a_forgotten_device_is_unknown_again():
    alice, bob = pair()
    alice.send(b"x", bob)
    alice.device.forget(bob.address)
    assert alice.device.status(bob.address) is Status.UNKNOWN


def test_a_decision_on_nothing_is_a_wrong_call():
    alice, bob = pair()
    with pytest.raises(LocalError) as refused:
        alice.device.consent(NOW, bob.address)
    assert refused.value.code == "lime.peer.settled"


def test_a_payload_that_waits_does_not_spoil_the_next_ones():
    directory = Directory()
    alice, bob, carol = (Member(directory, name) for name in ("alice", "bob", "carol"))
    bob.receive(alice, alice.send(b"x", bob))
    new = reborn(bob)
    alice.device.restart_sessions(NOW, bob.address)
    start_sending(alice, new)
    directory.is_down = True
    start_sending(alice, carol)
    assert alice.take(NotEncrypted)
    directory.is_down = False
    assert carol.receive(alice, alice.send(b"y", carol)) == b"y"
