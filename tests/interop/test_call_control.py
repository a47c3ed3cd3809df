"""What happens inside a call: hold, digits, transfers. All of it is in-dialog routing."""

import pytest

from tests.interop.conftest import TONES, MakeLinphone
from tests.interop.linphone.client import Call
from tests.interop.linphone.talk import connect, hang_up

pytestmark = pytest.mark.interop


def test_a_call_is_held_and_resumed(linphone: MakeLinphone) -> None:
    alice, bob = linphone("alice"), linphone("bob", "tcp")
    outgoing, incoming = connect(alice, bob)
    bob.hears.wait_for(TONES["alice"])
    outgoing.hold()
    outgoing.wait("Paused")
    incoming.wait("PausedByRemote")
    bob.hears.forget()
    outgoing.resume()
    outgoing.wait("StreamsRunning")
    incoming.wait("StreamsRunning")
    bob.hears.wait_for(TONES["alice"])
    hang_up(outgoing, incoming)


@pytest.mark.parametrize("by_info", [False, True], ids=["rtp-events", "sip-info"])
def test_digits_arrive(linphone: MakeLinphone, by_info: bool) -> None:
    alice, bob = linphone("alice"), linphone("bob", "tcp")
    outgoing, incoming = connect(alice, bob)
    bob.hears.wait_for(TONES["alice"], seconds=0.3)  # events before the first media are lost
    outgoing.dtmf("12#", by_info=by_info)
    assert [bob.wait("dtmf")["digit"] for _ in "12#"] == list("12#")
    hang_up(outgoing, incoming)


def test_blind_transfer(linphone: MakeLinphone) -> None:
    alice, bob, carol = linphone("alice"), linphone("bob", "tcp"), linphone("carol")
    outgoing, incoming = connect(alice, bob)
    incoming.transfer(carol.address)
    at_carol = carol.incoming_call()
    at_carol.answer()
    at_carol.wait("StreamsRunning")
    to_carol = alice.transferred_call()
    to_carol.wait("StreamsRunning")
    bob.wait("transfer", state=("Connected", "StreamsRunning"))
    for left in (outgoing, incoming):
        left.wait("Released")
    carol.hears.wait_for(TONES["alice"])
    hang_up(at_carol, to_carol)


def test_attended_transfer(linphone: MakeLinphone) -> None:
    alice, bob, carol = linphone("alice"), linphone("bob", "tcp"), linphone("carol")
    from_alice, at_bob = connect(alice, bob)
    at_bob.hold()
    at_bob.wait("Paused")
    to_carol, at_carol = connect(bob, carol)
    at_bob.transfer_to(to_carol)
    replacing = alice.transferred_call()
    replacing.wait("StreamsRunning")
    replaced = carol.incoming_call()
    wait_released(from_alice, at_bob, to_carol, at_carol)
    carol.hears.forget()
    carol.hears.wait_for(TONES["alice"])
    hang_up(replacing, replaced)


def wait_released(*calls: Call) -> None:
    for call in calls:
        call.wait("Released")
