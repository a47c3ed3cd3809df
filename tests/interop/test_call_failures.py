"""Calls that do not come about, as the caller sees them (RFC 3261 §13.3, §16.7, §21)."""

import pytest

from tests.interop.conftest import MakeLinphone
from tests.interop.server import Server, address_of

pytestmark = pytest.mark.interop


@pytest.mark.parametrize(("reason", "code"), [("busy", 486), ("declined", 603)])
def test_the_caller_is_told_why_it_is_refused(
    linphone: MakeLinphone, reason: str, code: int
) -> None:
    alice, bob = linphone("alice"), linphone("bob", "tcp")
    call = alice.call(bob.address)
    bob.incoming_call().decline(reason)
    assert call.wait("Error", "End")["code"] == code
    call.wait("Released")


def test_a_cancelled_call_stops_ringing(linphone: MakeLinphone) -> None:
    alice, bob = linphone("alice"), linphone("bob", "tcp")
    call = alice.call(bob.address)
    ringing = bob.incoming_call()
    call.wait("OutgoingRinging")
    call.hang_up()
    ringing.wait("Released")
    call.wait("Released")


def test_an_unknown_callee_is_not_found(linphone: MakeLinphone, server: Server) -> None:
    call = linphone("alice").call(address_of(server, "nobody"))
    assert call.wait("Error")["code"] == 404
