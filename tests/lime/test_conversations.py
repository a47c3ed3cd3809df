"""Devices that talk: every algorithm, every policy, several devices, loss and reordering."""

import pytest

from sonnette.base.errors import PeerError
from sonnette.lime import ALGORITHMS, C448, C25519, C25519MLK512, Outgoing, Policy, Status
from sonnette.lime.device.events import Concern, NotEncrypted, PeerConcern
from sonnette.lime.header import Header
from sonnette.lime.keeping.progress import FOLD_AFTER
from sonnette.lime.ratchet import LONGEST_SENDING_CHAIN
from sonnette.lime.server_messages import GetBundles
from tests.lime.world import NOW, ROOM, Directory, Member, pair


@pytest.mark.req("S-9")
@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=repr)
@pytest.mark.parametrize("policy", Policy)
def test_two_devices_talk(algorithm, policy):
    alice, bob = pair(algorithm)
    for turn in range(3):
        for speaker, listener in ((alice, bob), (bob, alice)):
            for payload in (b"", b"hello %d" % turn, bytes(5000)):
                sent = speaker.send(payload, listener, policy=policy)
                assert listener.receive(speaker, sent) == payload


def test_the_first_message_to_a_device_says_that_it_was_unknown():
    alice, bob = pair()
    (message,) = alice.send(b"1", bob).messages
    assert message.status is Status.UNKNOWN
    (message,) = alice.send(b"2", bob).messages
    assert message.status is Status.UNTRUSTED


def test_several_devices_share_a_cipher_message():
    directory = Directory()
    alice, *others = (Member(directory, name) for name in ("alice", "bob", "carol", "dave"))
    sent = alice.send(b"x" * 900, *others, policy=Policy.UPLOAD_SIZE)
    assert sent.cipher_message
    assert [other.receive(alice, sent) for other in others] == [b"x" * 900] * 3


def test_one_question_fetches_all_missing_bundles():
    directory = Directory()
    alice, *others = (Member(directory, name) for name in ("alice", "bob", "carol"))
    alice.send(b"x", *others)
    asked = [r for d, r in directory.requests if isinstance(r, GetBundles)]
    assert asked == [GetBundles(tuple(other.address for other in others))]


def test_devices_without_keys_are_missed_and_the_others_served():
    alice, bob = pair()
    ghost = "sip:ghost@example.test;gr=1"
    alice.device.encrypt(NOW, Outgoing(ROOM, (bob.address, ghost), b"x"))
    alice.settle(NOW)
    (sent,) = alice.told[-1:]
    assert sent.missed == (ghost,)
    assert bob.receive(alice, sent) == b"x"


def test_a_payload_nobody_has_keys_for_fails():
    alice, _ = pair()
    alice.device.encrypt(NOW, Outgoing(ROOM, ("sip:ghost@example.test;gr=1",), b"x"))
    alice.settle(NOW)
    assert alice.take(NotEncrypted)[0].code == "lime.no-recipient"


def test_an_unreachable_key_server_never_leads_to_sending():
    alice, bob = pair()
    alice.directory.is_down = True
    alice.device.encrypt(NOW, Outgoing(ROOM, (bob.address,), b"x"))
    alice.settle(NOW)
    assert alice.take(NotEncrypted)
    alice.directory.is_down = False
    assert bob.receive(alice, alice.send(b"again", bob)) == b"again"


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=repr)
def test_messages_decrypt_in_any_order_across_ratchet_steps(algorithm):
    alice, bob = pair(algorithm)
    late = [alice.send(b"a%d" % n, bob) for n in range(3)]
    assert bob.receive(alice, late.pop(1)) == b"a1"
    alice.receive(bob, bob.send(b"b", alice))
    late += [alice.send(b"c%d" % n, bob) for n in range(3)]
    assert [bob.receive(alice, sent) for sent in reversed(late)] == [
        b"c2", b"c1", b"c0", b"a2", b"a0"
    ]  # fmt: skip


def test_no_message_decrypts_twice():
    alice, bob = pair()
    sent = [alice.send(b"%d" % n, bob) for n in range(3)]
    for one in (sent[2], sent[0], sent[1]):
        bob.receive(alice, one)
    for one in sent:
        with pytest.raises(PeerError):
            bob.receive(alice, one)


@pytest.mark.parametrize("batch", [0, 4])
def test_the_replay_of_a_first_message_is_refused_for_ever(batch):
    alice, bob = pair(batch=batch)
    sent = alice.send(b"first", bob)
    assert bob.receive(alice, sent) == b"first"
    for _ in range(100):
        with pytest.raises(PeerError):
            bob.receive(alice, sent)
    bob.start()
    bob.device.forget(alice.address)
    with pytest.raises(PeerError) as refused:
        bob.receive(alice, sent)
    expected = "lime.session.prekey" if batch else "lime.message.replayed"
    assert refused.value.code == expected


def test_a_message_too_far_ahead_is_refused_and_the_session_survives():
    alice, bob = pair()
    alice.receive(bob, bob.send(b"open", alice))
    stored = alice.device._keyring.sessions.active(bob.address, C25519)
    first = alice.send(b"1", bob)
    for _ in range(1025):
        stored.session.sending.step(C25519)
    far = alice.send(b"far", bob)
    with pytest.raises(PeerError):
        bob.receive(alice, far)
    assert bob.receive(alice, first) == b"1"


def test_a_spent_session_is_replaced_by_a_new_agreement():
    alice, bob = pair()
    sent = [alice.send(b"%d" % n, bob) for n in range(LONGEST_SENDING_CHAIN + 1)]
    first, last = (Header.parse(s.messages[0].message) for s in (sent[0], sent[-1]))
    assert first.init != last.init
    assert last.place == 0
    assert bob.receive(alice, sent[-1]) == b"%d" % LONGEST_SENDING_CHAIN
    assert bob.receive(alice, sent[0]) == b"0"


def test_simultaneous_first_messages_converge():
    alice, bob = pair()
    from_alice, from_bob = alice.send(b"a", bob), bob.send(b"b", alice)
    assert bob.receive(alice, from_alice) == b"a"
    assert alice.receive(bob, from_bob) == b"b"
    for turn in range(4):
        assert bob.receive(alice, alice.send(b"%d" % turn, bob)) == b"%d" % turn
        assert alice.receive(bob, bob.send(b"%d" % turn, alice)) == b"%d" % turn


def test_a_report_of_failure_leads_to_a_new_agreement():
    alice, bob = pair()
    bob.receive(alice, alice.send(b"1", bob))
    alice.receive(bob, bob.send(b"2", alice))
    alice.device.restart_sessions(NOW, bob.address)
    sent = alice.send(b"3", bob)
    assert Header.parse(sent.messages[0].message).init is not None
    assert bob.receive(alice, sent) == b"3"


def test_sessions_survive_a_restart_from_the_store():
    alice, bob = pair(C448)
    bob.receive(alice, alice.send(b"1", bob))
    held = alice.send(b"2", bob)
    alice.receive(bob, bob.send(b"3", alice))
    alice.start()
    bob.start()
    assert bob.receive(alice, alice.send(b"4", bob)) == b"4"
    bob.start()
    assert bob.receive(alice, held) == b"2"


def test_a_restored_store_agrees_anew_with_everybody():
    alice, bob = pair()
    bob.receive(alice, alice.send(b"1", bob))
    alice.device.restart_everything(NOW)
    assert Header.parse(alice.send(b"2", bob).messages[0].message).init is not None


def test_algorithms_are_taken_in_order_of_preference():
    directory = Directory()
    alice = Member(directory, "alice", (C25519MLK512, C25519))
    bob = Member(directory, "bob", (C25519,))
    carol = Member(directory, "carol", (C25519, C25519MLK512))
    sent = alice.send(b"both", bob, carol)
    used = {m.device: Header.parse(m.message).algorithm for m in sent.messages}
    assert used == {bob.address: C25519, carol.address: C25519MLK512}
    assert bob.receive(alice, sent) == carol.receive(alice, sent) == b"both"


def test_a_bundle_without_one_time_key_is_told():
    alice, bob = pair(batch=0)
    assert bob.receive(alice, alice.send(b"x", bob)) == b"x"
    assert [c.concern for c in alice.take(PeerConcern)] == [Concern.NO_ONE_TIME_KEY]


def test_sessions_of_a_group_survive_restarts_wherever_their_progress_is_kept():
    directory = Directory()
    alice, bob, carol = (Member(directory, name) for name in ("alice", "bob", "carol"))
    for number in range(2 * FOLD_AFTER + 10):
        sent = alice.send(b"%d" % number, bob, carol)
        if number % 7 == 0:
            bob.receive(alice, alice.send(b"to bob alone", bob))
            alice.start()
        assert {Header.parse(m.message).place for m in sent.messages} == {
            number + (number + 6) // 7, number
        }  # fmt: skip
        assert bob.receive(alice, sent) == carol.receive(alice, sent) == b"%d" % number
