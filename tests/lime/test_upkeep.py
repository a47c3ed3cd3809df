"""What a device keeps on the key server: registration, rotation, refill, removal."""

import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.base.errors import LocalError
from sonnette.lime import C448, C25519, Device, MemoryStore
from sonnette.lime.device.events import Ask, KeysNotAccepted, Registered, Unregistered
from sonnette.lime.keeping.prekeys import DAY
from sonnette.lime.server_messages import PostOneTime, PostSigned, Refusal, Register
from tests.lime.world import NOW, Directory, Member, pair


def asked(member, kind):
    return [r for d, r in member.directory.requests if isinstance(r, kind)]


def test_keys_are_made_before_they_are_published_and_published_alike_when_asked_again():
    store, bodies = MemoryStore(), []
    for _ in range(2):
        device = Device(store, SeededEntropy(1), "sip:a@b;gr=1")
        device.register(NOW, 3)
        (ask,) = device.drain()
        bodies.append(ask.body)
        device.answer(NOW, ask.number, None)
        (failed,) = device.drain()
        assert isinstance(failed, KeysNotAccepted)
    assert bodies[0] == bodies[1]


def test_a_registration_that_was_confirmed_is_not_made_again():
    alice = Member(Directory(), "alice")
    alice.start()
    alice.device.register(NOW)
    assert alice.device.drain() == [Registered(C25519)]


def test_a_device_registers_in_each_of_its_algorithms():
    alice = Member(Directory(), "alice", (C448, C25519))
    assert alice.take(Registered) == [Registered(C448), Registered(C25519)]


def test_a_refused_registration_tells_why_and_is_tried_again_later():
    directory = Directory()
    Member(directory, "alice", entropy="other")
    alice = Member(directory, "alice")
    (failed,) = alice.take(KeysNotAccepted)
    assert failed.code == "lime.server.already-in"
    directory.rows.clear()
    alice.device.tick(NOW + DAY)
    alice.settle(NOW + DAY)
    assert alice.take(Registered)


def test_nothing_happens_before_a_day_has_passed():
    alice = Member(Directory(), "alice", batch=100)
    assert alice.device.deadline == NOW + DAY
    alice.device.tick(NOW + DAY - 1)
    assert alice.device.drain() == []


def test_the_server_is_restocked_each_day():
    directory = Directory()
    alice, bob = Member(directory, "alice", batch=100), Member(directory, "bob")
    bob.send(b"x", alice)
    alice.device.tick(NOW + DAY)
    alice.settle(NOW + DAY)
    (post,) = asked(alice, PostOneTime)
    assert len(post.one_time) == 25
    assert alice.device.deadline == NOW + 2 * DAY


def test_a_stocked_server_gets_no_more():
    alice = Member(Directory(), "alice", batch=100)
    alice.device.tick(NOW + DAY)
    alice.settle(NOW + DAY)
    assert asked(alice, PostOneTime) == []
    assert alice.device.deadline == NOW + 2 * DAY


def test_the_signed_prekey_is_renewed_after_a_week_and_the_old_one_kept_a_month():
    alice, bob = pair(batch=0)
    late = [bob.send(b"%d" % n, alice) for n in range(1)]
    week = NOW + 7 * DAY + 1
    alice.device.tick(week)
    alice.settle(week)
    assert len(asked(alice, PostSigned)) == 1
    assert alice.receive(bob, late[0], week) == b"0"
    bob.device.restart_sessions(week, alice.address)
    assert alice.receive(bob, bob.send(b"new", alice, now=week), week) == b"new"


def test_a_replaced_signed_prekey_is_dropped_after_a_month():
    alice, bob = pair(batch=0)
    sent = bob.send(b"late", alice)
    for day in (8, 8 + 31):
        alice.device.tick(NOW + day * DAY)
        alice.settle(NOW + day * DAY)
    with pytest.raises(Exception, match="signed prekey"):
        alice.receive(bob, sent, NOW + 40 * DAY)


def test_a_signed_prekey_that_was_not_posted_is_posted_again():
    alice = Member(Directory(), "alice")
    alice.directory.is_down = True
    week = NOW + 8 * DAY
    alice.device.tick(week)
    alice.settle(week)
    assert alice.take(KeysNotAccepted)
    alice.directory.is_down = False
    alice.device.tick(week + 3600)
    alice.settle(week + 3600)
    assert len(asked(alice, PostSigned)) == 1


def test_a_server_that_lost_us_gets_the_same_identity_and_fresh_prekeys():
    alice, bob = pair()
    before = alice.directory.rows.pop((alice.address, 1))
    alice.device.tick(NOW + DAY)
    alice.settle(NOW + DAY)
    after = alice.directory.rows[alice.address, 1]
    assert (after.identity, after.signed) == (before.identity, before.signed)
    assert not set(after.one_time) & set(before.one_time)
    assert alice.receive(bob, bob.send(b"x", alice)) == b"x"


def test_a_one_time_key_that_left_the_server_still_opens_for_37_days():
    alice, bob = pair()
    sent = bob.send(b"late", alice)
    for day in (1, 37):
        alice.device.tick(NOW + day * DAY)
        alice.settle(NOW + day * DAY)
    assert alice.receive(bob, sent, NOW + 37 * DAY) == b"late"


def test_removal_takes_keys_and_sessions_from_both_places():
    alice, bob = pair()
    bob.receive(alice, alice.send(b"x", bob))
    alice.device.unregister(NOW)
    alice.settle(NOW)
    assert alice.take(Unregistered) == [Unregistered(C25519)]
    assert (alice.address, 1) not in alice.directory.rows
    with pytest.raises(LocalError):
        alice.device.identity(C25519)


def test_removal_that_did_not_reach_the_server_keeps_the_keys():
    alice, _ = pair()
    alice.directory.is_down = True
    alice.device.unregister(NOW)
    alice.settle(NOW)
    assert alice.take(KeysNotAccepted)
    assert alice.device.identity(C25519)


def test_an_answer_to_nothing_is_a_wrong_call():
    alice, _ = pair()
    with pytest.raises(LocalError) as refused:
        alice.device.answer(NOW, 999, b"")
    assert refused.value.code == "lime.server.number"


@pytest.mark.parametrize("body", [b"", b"\1", b"\2\1\1", b"\1\6\2\0\0", bytes(17 << 20)])
def test_an_answer_that_makes_no_sense_is_a_failure(body):
    device = Device(MemoryStore(), SeededEntropy(1), "sip:a@b;gr=1")
    device.register(NOW, 0)
    (ask,) = device.drain()
    assert isinstance(ask, Ask)
    device.answer(NOW, ask.number, body)
    (failed,) = device.drain()
    assert failed.code == "lime.server." + Refusal.UNKNOWN.name.lower()


def test_registering_publishes_as_many_one_time_keys_as_asked():
    alice = Member(Directory(), "alice", batch=7)
    (register,) = asked(alice, Register)
    assert len(register.one_time) == 7
