"""Who is served, who is refused, and what never leaves the server."""

from ipaddress import ip_network

import pytest

from sonnette.server.server import Options
from sonnette.sip import names
from sonnette.sip.flow import Flow, Transport
from sonnette.sip.message import Request, Response
from tests.server.world import SERVER, World


@pytest.fixture
def world():
    return World()


def registered(world, name, **more):
    phone = world.phone(name, **more)
    assert phone.register().status == 200
    return phone


def foreign(phone, request):
    """The request as if somebody of another domain had sent it."""
    return request.encode().replace(b"@example.test>;tag", b"@other.test>;tag")


def test_a_stranger_is_refused_without_a_challenge(world):
    bob, stranger = registered(world, "bob"), world.phone("eve")
    stranger.send(foreign(stranger, stranger.request("INVITE", "sip:bob@example.test")))
    assert stranger.take(Response).status == 403
    assert bob.take(Request) is None


def test_a_stranger_reaches_a_member_where_federation_is_open():
    world = World(Options(federation="open"))
    bob, stranger = registered(world, "bob"), world.phone("eve")
    stranger.send(foreign(stranger, stranger.request("INVITE", "sip:bob@example.test")))
    assert bob.take(Request).method == "INVITE"


def test_a_stranger_never_relays_through_us():
    world = World(Options(federation="open"))
    stranger = world.phone("eve")
    stranger.send(foreign(stranger, stranger.request("INVITE", "sip:carl@third.test")))
    assert stranger.take(Response).status == 403


def test_federation_over_tls_needs_tls():
    world = World(Options(federation="tls"))
    registered(world, "bob")
    plain, secure = world.phone("eve"), world.phone("eve", transport=Transport.TLS)
    for phone, status in ((plain, 403), (secure, 100)):
        phone.send(foreign(phone, phone.request("INVITE", "sip:bob@example.test")))
        assert phone.take(Response).status == status


def test_a_member_calls_another_domain_only_where_federation_admits_it(world):
    alice = registered(world, "alice")
    assert alice.ask(alice.request("INVITE", "sip:carl@other.test")).status == 403
    world = World(Options(federation="open"))
    alice = registered(world, "alice")
    assert alice.ask(alice.request("INVITE", "sip:carl@other.test")).status == 100
    assert len(world.held) == 1


def test_a_name_is_looked_up_and_the_call_goes_on(world):
    world = World(Options(federation="open"))
    alice = registered(world, "alice")
    there = world.phone("carl", 7000)
    alice.ask(alice.request("INVITE", "sip:carl@127.0.0.1:7000"))
    (wait,) = world.held
    flow = Flow(Transport.UDP, SERVER, ("127.0.0.1", 7000))
    world.server.resume(world.now, wait, flow)
    world.deliver()
    invite = there.take(Request)
    assert invite.target == "sip:carl@127.0.0.1:7000"
    there.respond(invite, 200)
    assert alice.take(Response).status == 200


def test_a_trusted_trunk_needs_no_password():
    world = World(Options(peers=(ip_network("127.0.0.1"),)))
    bob, trunk = registered(world, "bob"), world.phone("+33123456789")
    trunk.send(foreign(trunk, trunk.request("INVITE", "sip:bob@example.test")))
    assert bob.take(Request).method == "INVITE"


def test_a_borrowed_identity_is_refused(world):
    alice = registered(world, "alice")
    extra = "P-Preferred-Identity: <sip:bob@example.test>\r\n"
    answer = alice.ask(alice.request("INVITE", "sip:bob@example.test", extra))
    assert answer.status == 403


def test_credentials_and_private_identities_stay_here(world):
    alice, bob = registered(world, "alice"), registered(world, "bob")
    extra = "P-Preferred-Identity: <sip:alice@example.test>\r\n"
    extra += 'Proxy-Authorization: Digest username="a", realm="other", nonce="n", uri="u",'
    extra += ' response="r"\r\n'
    alice.invite("bob", extra)
    invite = bob.take(Request)
    assert invite.first(names.P_PREFERRED_IDENTITY) is None
    (kept,) = invite.all(names.PROXY_AUTHORIZATION)
    assert 'realm="other"' in kept


@pytest.mark.req("T-4")
def test_an_address_book_is_never_sent_on(world):
    alice = registered(world, "alice")
    book = "Event: presence\r\nRequire: recipient-list-subscribe\r\n"
    for target in ("sip:rls@example.test", "sips:rls@sip.other.test", "sip:bob@example.test"):
        assert alice.ask(alice.request("SUBSCRIBE", target, book)).status == 489


def test_a_flood_is_banned_with_a_reason_and_silence():
    world = World(Options(trusted=()))
    alice = world.phone("alice")
    for _ in range(61):
        alice.send(alice.request("OPTIONS"))
    alice.inbox.clear()
    alice.send(alice.request("OPTIONS"))
    assert alice.inbox == []
    (ban,) = world.server.gate.bans.describe(world.now)
    assert ban["reason"] == "more than 20 packets a second"
    world.wait(121)
    alice.send(alice.request("OPTIONS"))
    assert alice.inbox


def test_a_trusted_network_is_never_banned():
    world = World(Options(trusted=(ip_network("127.0.0.0/8"),)))
    alice = world.phone("alice")
    for _ in range(200):
        alice.send(alice.request("OPTIONS"))
    assert not world.server.gate.bans


def test_a_challenge_is_no_failure():
    world = World(Options(trusted=()))
    alice = world.phone("alice")
    for _ in range(40):
        world.now += 1
        alice.send(alice.request("REGISTER", to="<sip:alice@example.test>"))
    assert alice.register().status == 200


def test_the_server_answers_for_itself(world):
    alice = registered(world, "alice")
    assert alice.ask(alice.request("OPTIONS", "sip:example.test")).status == 200
    assert alice.ask(alice.request("PUBLISH", "sip:alice@example.test")).status == 489
    assert alice.ask(alice.request("OPTIONS", "unknown:thing")).status == 416


def test_a_number_reaches_its_member_by_sip_and_by_tel(world):
    alice, bob = registered(world, "alice"), registered(world, "bob")
    world.members.people["bob"].phone = "+33123456789"
    for target in ("sip:+33123456789@example.test;user=phone", "tel:+33-1-23-45-67-89"):
        alice.ask(alice.request("MESSAGE", target, body="hello"))
        assert bob.take(Request).target == bob.contact


@pytest.mark.rfc("5626", "5.3")
def test_a_forged_flow_token_is_refused(world):
    alice = registered(world, "alice")
    route = "Route: <sip:Zm9yZ2Vk@127.0.0.1:5060;lr>\r\n"
    answer = alice.ask(alice.request("OPTIONS", "sip:x@10.0.0.1", route))
    assert answer.status == 403


@pytest.mark.rfc("3261", "16.3")
def test_no_hops_left_is_said(world):
    alice = registered(world, "alice")
    text = alice.request("OPTIONS", "sip:bob@example.test").encode()
    alice.send(text.replace(b"Max-Forwards: 70", b"Max-Forwards: 0"))
    assert alice.take(Response).status == 483


@pytest.mark.rfc("3263", "4.3")
def test_a_server_that_fails_is_followed_by_the_next_of_its_domain():
    world = World(Options(federation="open"))
    alice = registered(world, "alice")
    first, second = world.phone("carl", 7001), world.phone("carl", 7002)
    alice.ask(alice.request("INVITE", "sip:carl@other.test"))
    for server in (first, second):
        world.server.resume(world.now, world.held.pop(), server.flow)
        world.deliver()
        server.respond(server.take(Request), 503, "Service Unavailable")
        assert alice.take(Response) is None
    world.server.resume(world.now, world.held.pop(), first.flow)
    world.deliver()
    assert alice.take(Response).status == 480


def test_a_bye_that_shows_no_token_of_ours_never_leaves(world):
    world = World(Options(federation="open"))
    stranger = world.phone("alice")
    bye = stranger.request("BYE", "sip:victim@other.test", to="<sip:victim@other.test>;tag=x")
    stranger.send(bye)
    assert stranger.take(Response).status == 403
    assert world.held == []
