"""SIP over WebSocket: the frames around the messages (RFC 7118, RFC 6455)."""

import pytest
from websockets.client import ClientProtocol
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from sonnette.net.sip.stream import WebSocketFraming


@pytest.fixture
def client() -> ClientProtocol:
    return ClientProtocol(parse_uri("ws://127.0.0.1/"), subprotocols=[Subprotocol("sip")])


def opened(client: ClientProtocol) -> WebSocketFraming:
    framing = WebSocketFraming()
    client.send_request(client.connect())
    _, answer = framing.feed(b"".join(client.data_to_send()))
    client.receive_data(answer)
    client.events_received()
    return framing


@pytest.mark.rfc("7118", "5")
def test_a_frame_is_a_message(client: ClientProtocol) -> None:
    framing = opened(client)
    client.send_text(b"a message")
    assert framing.feed(b"".join(client.data_to_send())) == ([b"a message"], b"")
    assert not framing.is_lost


@pytest.mark.rfc("6455", "7.1.1")
def test_a_goodbye_is_answered_and_the_server_closes(client: ClientProtocol) -> None:
    framing = opened(client)
    client.send_close(1000)
    _, answer = framing.feed(b"".join(client.data_to_send()))
    client.receive_data(answer)
    assert client.close_rcvd is not None
    assert framing.is_lost
