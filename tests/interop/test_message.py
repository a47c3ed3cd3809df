"""Instant messages to a user who is online (RFC 3428, RFC 5438)."""

import pytest

from tests.interop.conftest import MakeLinphone
from tests.interop.server import Server, address_of

pytestmark = pytest.mark.interop


@pytest.mark.parametrize("transports", [("udp", "tcp"), ("tls", "udp")], ids="-".join)
def test_a_message_is_delivered_and_displayed(
    linphone: MakeLinphone, transports: tuple[str, str]
) -> None:
    alice, bob = linphone("alice", transports[0]), linphone("bob", transports[1])
    text = "héllo ✓ " + "x" * 500
    message = alice.send_message(bob.address, text)
    received = bob.wait("message")
    assert (received["text"], received["sender"]) == (text, alice.address)
    message.wait("Displayed")
    bob.send_message(alice.address, "back").wait("Displayed")
    assert alice.wait("message")["text"] == "back"


def test_a_message_to_nobody_is_not_delivered(linphone: MakeLinphone, server: Server) -> None:
    message = linphone("alice").send_message(address_of(server, "nobody"), "anyone?")
    assert message.wait("NotDelivered", "Delivered")["state"] == "NotDelivered"
