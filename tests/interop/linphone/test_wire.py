"""SIP messages out of the log format of liblinphone 5.1."""

from tests.interop.linphone.wire import sip_messages

STAMP = "2026-01-02 03:04:05:678 "
LOG = (
    f"{STAMP}Channel [0x1]: message sent to [UDP://127.0.0.1:5060], size: [9] bytes\n"
    "REGISTER sip:example.test SIP/2.0\nCSeq: 1 REGISTER\n\n"
    f"\n{STAMP}something else\n"
    f"{STAMP}channel [0x1]: received [9] new bytes from [TCP://127.0.0.1:5060]:\n"
    "SIP/2.0 200 OK\nCSe"
    f"\n{STAMP}channel [0x1]: received [9] new bytes from [TCP://127.0.0.1:5060]:\n"
    "q: 1 REGISTER\n\n"
)


def test_messages_are_found_with_direction_and_peer() -> None:
    sent, received = sip_messages(LOG)
    assert (sent.direction, sent.peer) == ("sent", "UDP://127.0.0.1:5060")
    assert sent.text.startswith("REGISTER")
    assert (received.direction, received.peer) == ("received", "TCP://127.0.0.1:5060")


def test_a_message_in_pieces_is_put_together() -> None:
    assert "CSeq: 1 REGISTER" in sip_messages(LOG)[1].text
