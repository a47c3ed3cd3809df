import pytest

from sonnette.sip import names
from sonnette.sip.flow import Transport
from sonnette.sip.message import Request, Response
from tests.server.world import World


@pytest.fixture
def world():
    return World()


@pytest.fixture
def alice(world):
    phone = world.phone("alice")
    assert phone.register().status == 200
    return phone


@pytest.fixture
def bob(world):
    phone = world.phone("bob")
    assert phone.register().status == 200
    return phone


def test_a_call_goes_through_and_ends(world, alice, bob):
    trying = alice.invite("bob")
    assert trying.status == 100
    invite = bob.take(Request)
    assert invite.method == "INVITE"
    assert invite.target == bob.contact
    assert len(invite.elements(names.RECORD_ROUTE)) == 2
    assert invite.max_forwards == 69
    bob.respond(invite, 180, "Ringing")
    assert alice.take(Response).status == 180
    bob.respond(invite, 200)
    ok = alice.take(Response)
    assert ok.status == 200
    routes = "".join(f"Route: {r}\r\n" for r in reversed(ok.elements(names.RECORD_ROUTE)))
    to = ok.first(names.TO)
    call = invite.call_id
    ack = alice.request("ACK", bob.contact, routes, to=to, call=call, cseq=1)
    alice.send(ack)
    received = bob.take(Request)
    assert received.method == "ACK"
    assert received.target == bob.contact
    bye = alice.request("BYE", bob.contact, routes, to=to, call=call, cseq=200)
    alice.send(bye)
    bob.respond(bob.take(Request), 200)
    assert alice.take(Response).status == 200
    kinds = [line[0] for line in world.journal.lines]
    assert kinds[-3:] == ["call_started", "call_answered", "call_ended"]


def test_an_unknown_callee_is_not_found(alice):
    assert alice.invite("nobody").status == 404


def test_a_member_without_a_device_is_unavailable(alice):
    assert alice.invite("carol").status == 480


def test_a_cancelled_call_ends_with_487(world, alice, bob):
    alice.invite("bob")
    invite = bob.take(Request)
    bob.respond(invite, 180, "Ringing")
    cancel = alice.last.copy()
    cancel.method = "CANCEL"
    cancel.set(names.CSEQ, f"{alice.last.cseq[0]} CANCEL").set(names.CONTENT_LENGTH, "0")
    cancel.body = b""
    alice.send(cancel)
    assert [m.status for m in alice.inbox if isinstance(m, Response)] == [180, 200]
    assert bob.take(Request).method == "CANCEL"
    bob.respond(invite, 487, "Request Terminated")
    assert alice.take(Response).status == 487


@pytest.mark.rfc("3261", "18.3")
def test_a_message_without_a_length_gets_one_on_its_way_to_a_stream(world):
    bob = world.phone("bob", transport=Transport.TCP)
    bob.register()
    alice = world.phone("alice")
    alice.register()
    request = alice.request("MESSAGE", "sip:bob@example.test", body="hello")
    alice.ask(request.remove(names.CONTENT_LENGTH))
    assert bob.take(Request).first(names.CONTENT_LENGTH) == "5"
