"""baresip, a phone of another family, with Linphone at the other end."""

import pytest

from tests.interop.conftest import TONES, MakeBaresip, MakeLinphone

pytestmark = pytest.mark.interop


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_baresip_calls_linphone(
    baresip: MakeBaresip, linphone: MakeLinphone, transport: str
) -> None:
    carol, bob = baresip("carol", transport), linphone("bob")
    carol.call(bob.address)
    incoming = bob.incoming_call()
    incoming.answer()
    carol.wait("CALL_ESTABLISHED")
    incoming.wait("StreamsRunning")
    bob.hears.wait_for(TONES["carol"])
    carol.hears.wait_for(TONES["bob"])
    carol.hang_up()
    incoming.wait("Released")


def test_linphone_calls_baresip(baresip: MakeBaresip, linphone: MakeLinphone) -> None:
    alice, carol = linphone("alice", "tcp"), baresip("carol")
    outgoing = alice.call(carol.address)
    carol.wait("CALL_INCOMING")
    outgoing.wait("OutgoingRinging")
    carol.answer()
    outgoing.wait("StreamsRunning")
    alice.hears.wait_for(TONES["carol"])
    carol.hears.wait_for(TONES["alice"])
    outgoing.hang_up()
    carol.wait("CALL_CLOSED")
