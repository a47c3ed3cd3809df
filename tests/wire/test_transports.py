"""Calls over real sockets: every transport, and every pair that differs."""

import socket

import pytest

from sonnette.sip.message import Request, Response
from tests.wire.line import Call, Stream

pytestmark = [pytest.mark.loopback, pytest.mark.xdist_group("wire"), pytest.mark.timeout(120)]

TRANSPORTS = ("udp", "tcp", "tls", "ws", "wss")


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_client_registers_and_is_listed(served, line, transport):
    alice = line("alice", transport)
    assert alice.register().status == 200
    (binding,) = [b for b in served.look("bindings") if b["contact"] == alice.contact]
    assert binding["transport"] == transport.upper()
    assert alice.register(expires=0).status == 200


@pytest.mark.parametrize(
    ("mine", "theirs"), list(zip(TRANSPORTS, (*TRANSPORTS[1:], "udp"), strict=True))
)
def test_a_call_crosses_transports_and_either_side_ends_it(line, mine, theirs):
    alice, bob = line("alice", mine), line("bob", theirs)
    alice.register()
    bob.register()
    assert Call(alice, bob).hang_up(alice).status == 200
    assert Call(alice, bob).hang_up(bob).status == 200
    alice.register(expires=0)
    bob.register(expires=0)


@pytest.mark.rfc("5626", "4.4.1")
def test_a_ping_is_ponged_on_a_stream_in_two_halves(served):
    host, _, port = served.ready["sip"]["tcp"].rpartition(":")
    wire = Stream((host, int(port)))
    wire.send(b"\r\n")
    wire.send(b"\r\n")
    assert wire.socket.recv(10) == b"\r\n"
    wire.close()


@pytest.mark.rfc("3261", "18.3")
def test_a_stream_that_loses_its_framing_is_closed_and_others_go_on(served, line):
    host, _, port = served.ready["sip"]["tcp"].rpartition(":")
    broken = socket.create_connection((host, int(port)), 10)
    broken.sendall(b"OPTIONS sip:example.test SIP/2.0\r\nContent-Length: -1\r\n\r\n")
    while broken.recv(4096):
        pass
    broken.close()
    alice = line("alice", "tcp")
    assert alice.ask(alice.request("OPTIONS")).status == 200


def test_a_certificate_of_another_authority_is_not_asked_for(served, line):
    alice = line("alice", "tls")
    assert alice.wire.socket.version() in ("TLSv1.2", "TLSv1.3")
    assert alice.register().status == 200


@pytest.mark.req("P-3")
def test_old_tls_is_refused(served):
    import ssl

    host, _, port = served.ready["sip"]["tls"].rpartition(":")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection((host, int(port)), 10) as plain,
        pytest.raises((ssl.SSLError, ConnectionResetError)),
    ):
        context.wrap_socket(plain)


def test_a_web_socket_without_the_sip_protocol_is_refused(served):
    host, _, port = served.ready["sip"]["ws"].rpartition(":")
    with socket.create_connection((host, int(port)), 10) as web:
        web.sendall(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert b"400" in web.recv(4096).split(b"\r\n")[0]


def test_a_device_whose_connection_broke_gets_the_bye_on_its_next_one(line):
    alice, bob = line("alice", "udp"), line("bob", "tcp")
    alice.register()
    bob.register()
    call = Call(alice, bob)
    bob.wire.close()
    again = line("bob", "tcp", instance=bob.instance)
    assert again.register().status == 200
    call.callee = again
    assert call.hang_up(alice).status == 200


def test_a_message_too_large_for_comfort_still_reaches_a_registered_device(line):
    alice, bob = line("alice", "udp"), line("bob", "udp")
    alice.register()
    bob.register()
    request = alice.request("MESSAGE", "sip:bob@example.test", body="x" * 20_000)
    alice.send(request)
    alice.send(alice.with_credentials(request, alice.wait_for(Response, 407)))
    received = bob.wait_for(Request, "MESSAGE")
    assert len(received.body) == 20_000
    bob.respond(received, 200)
    assert alice.wait_for(Response, 200).status == 200
