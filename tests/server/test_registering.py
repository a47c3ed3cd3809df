import pytest

from sonnette.server.server import Options
from sonnette.sip import names
from sonnette.sip.digest import Algorithm
from sonnette.sip.flow import Flow, Transport
from sonnette.sip.message import Request, Response
from tests.server.world import World


@pytest.fixture
def world():
    return World()


@pytest.fixture
def alice(world):
    return world.phone("alice")


def test_a_registration_lists_every_binding_and_the_gruu(world, alice):
    other = world.phone("alice")
    other.register()
    ok = alice.register()
    contacts = ok.all(names.CONTACT)
    assert len(contacts) == 2
    assert all("expires=600" in contact for contact in contacts)
    assert f'pub-gruu="sip:alice@example.test;gr={alice.instance}"' in "".join(contacts)


def test_the_answer_waits_until_the_binding_is_on_disk(world, alice):
    world.bindings.is_slow = True
    assert alice.register() is None
    world.bindings.waiting.pop()(True)
    world.server.settle(world.now)
    world.deliver()
    assert alice.take(Response).status == 200


def test_a_refresh_does_not_wait_for_the_disk(world, alice):
    alice.register()
    world.bindings.is_slow = True
    again = alice.register(extra="X: 1\r\n")
    assert again.status == 200


def test_a_disk_that_fails_is_told(world, alice):
    world.bindings.is_slow = True
    alice.register()
    world.bindings.waiting.pop()(False)
    world.server.settle(world.now)
    world.deliver()
    answer = alice.take(Response)
    assert answer.status == 503
    assert answer.first(names.RETRY_AFTER)


@pytest.mark.rfc("3261", "10.3")
def test_too_brief_an_interval_is_refused_with_the_least(alice):
    answer = alice.register(expires=10)
    assert answer.status == 423
    assert answer.first(names.MIN_EXPIRES) == "60"


@pytest.mark.rfc("3261", "10.3")
def test_zero_unregisters_and_star_needs_zero(world, alice):
    alice.register()
    assert alice.register(contact="*").status == 400
    assert alice.register(expires=0).status == 200
    assert len(world.server.registrar) == 0


def test_a_binding_expires(world, alice):
    alice.register(expires=60)
    world.wait(62)
    assert len(world.server.registrar) == 0
    assert world.journal.lines[-1][:1] == ("unregistered",)


@pytest.mark.req("P-5")
def test_a_wrong_password_is_refused_and_noted(world, alice):
    for algorithm in Algorithm:
        alice.digest.ha1[algorithm] = "0" * 32
    answer = alice.register()
    assert answer.status == 403
    assert world.journal.lines[-1][0] == "registration_failed"


def test_an_unknown_user_is_challenged_like_a_member(world, alice):
    stranger = world.phone("nobody")
    stranger.send(stranger.request("REGISTER", to="<sip:nobody@example.test>"))
    alice.send(alice.request("REGISTER", to="<sip:alice@example.test>"))
    one, two = stranger.take(Response), alice.take(Response)
    assert one.status == two.status == 401
    shape = [field[0] for field in one.fields]
    assert shape == [field[0] for field in two.fields]
    assert stranger.register().status == 403


def test_nobody_registers_for_another(world, alice):
    request = alice.request("REGISTER", to="<sip:bob@example.test>")
    assert alice.ask(request).status == 403


def test_another_domain_is_not_challenged_with_our_realm(world, alice):
    text = alice.request("REGISTER", "sip:other.test").encode()
    alice.send(text.replace(b"From: <sip:alice@example.test>", b"From: <sip:alice@other.test>"))
    assert alice.take(Response).status == 403


def test_guessing_is_slowed_and_then_the_right_password_waits_too():
    world = World()
    alice = world.phone("alice")
    good = dict(alice.digest.ha1)
    for algorithm in Algorithm:
        alice.digest.ha1[algorithm] = "0" * 32
    for _ in range(5):
        assert alice.register().status == 403
    alice.digest.ha1.update(good)
    answer = alice.register()
    assert answer.status == 403
    assert answer.first(names.RETRY_AFTER)
    world.wait(10)
    assert alice.register().status == 200


def test_both_algorithms_are_offered_in_the_operators_order():
    world = World(Options(digest=(Algorithm.SHA256, Algorithm.MD5)))
    alice = world.phone("alice")
    alice.send(alice.request("REGISTER", to="<sip:alice@example.test>"))
    offers = alice.take(Response).all(names.WWW_AUTHENTICATE)
    assert ["SHA-256" in offer for offer in offers] == [True, False]
    assert alice.register().status == 200


def test_a_suspended_account_is_refused(world, alice):
    world.members.people["alice"].active = False
    assert alice.register().status == 403


def test_the_thirteenth_device_pushes_the_oldest_out(world):
    phones = [world.phone("alice") for _ in range(13)]
    for phone in phones:
        world.now += 1
        phone.register()
    assert len(world.server.registrar) == 12
    bindings = world.server.registrar.describe(world.now)
    assert phones[0].contact not in [binding["contact"] for binding in bindings]


def test_a_broken_connection_keeps_the_binding_without_a_flow(world):
    alice = world.phone("alice", transport=Transport.TLS)
    alice.register()
    world.server.closed(world.now, alice.flow)
    (binding,) = world.server.registrar.describe(world.now)
    assert not binding["alive"]


def test_a_binding_on_a_stream_is_reached_by_that_stream_only(world):
    bob = world.phone("bob", transport=Transport.TCP)
    bob.contact = "sip:bob@10.9.8.7:5060;transport=tcp"
    bob.register()
    alice = world.phone("alice")
    alice.invite("bob")
    assert bob.take(Request).target == bob.contact


@pytest.mark.rfc("5626", "6")
def test_outbound_is_required_only_where_a_flow_was_registered(world, alice):
    assert alice.register().first(names.REQUIRE) is None
    contact = f'<{alice.contact}>;reg-id=1;+sip.instance="<{alice.instance}>"'
    assert alice.register(contact=contact).first(names.REQUIRE) == "outbound"


@pytest.mark.rfc("3608", "6")
def test_a_service_route_is_told_where_one_is_set():
    world = World(Options(service_route="sip:edge.example.test"))
    ok = world.phone("alice").register()
    assert ok.all(names.SERVICE_ROUTE) == ["<sip:edge.example.test;lr>"]


@pytest.mark.rfc("3327", "5.3")
def test_a_path_is_kept_echoed_and_followed(world, alice):
    path = "Path: <sip:edge.example.net;lr>\r\n"
    request = "Supported: path\r\n" + path
    assert alice.register(extra=request).all(names.PATH) == ["<sip:edge.example.net;lr>"]
    bob = world.phone("bob")
    bob.register()
    bob.invite("alice")
    assert alice.take(Request).all(names.ROUTE) == ["<sip:edge.example.net;lr>"]


def test_refreshing_for_ever_keeps_the_registrar_small(world, alice):
    for number in range(300):
        world.now += 1
        alice.flow = Flow(Transport.UDP, alice.flow.local, ("127.0.0.1", 20_000 + number))
        assert alice.register().status == 200
    registrar = world.server.registrar
    plans = sum(len(bucket) for bucket in registrar._expiry._buckets.values())
    assert plans <= 2
    world.wait(700)
    assert len(registrar) == 0
