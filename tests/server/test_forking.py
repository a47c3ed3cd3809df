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
    phone.register()
    return phone


def bobs(world, count, **more):
    phones = [world.phone("bob") for _ in range(count)]
    for phone in phones:
        assert phone.register(**more).status == 200
    return phones


@pytest.mark.rfc("3261", "16.7")
def test_the_phone_that_answers_first_wins_and_the_others_are_told(world, alice):
    first, second = bobs(world, 2)
    alice.invite("bob")
    one, two = first.take(Request), second.take(Request)
    first.respond(one, 180, "Ringing")
    second.respond(two, 180, "Ringing")
    second.respond(two, 200)
    assert alice.take(Response).status == 200
    cancel = first.take(Request)
    assert cancel.method == "CANCEL"
    assert cancel.first(names.REASON) == 'SIP;cause=200;text="Call completed elsewhere"'
    assert cancel.via.branch == one.via.branch


@pytest.mark.rfc("3261", "9.1")
def test_a_cancel_waits_for_a_provisional_answer(world, alice):
    first, second = bobs(world, 2)
    alice.invite("bob")
    one, two = first.take(Request), second.take(Request)
    second.respond(two, 200)
    assert first.take(Request) is None
    first.respond(one, 180, "Ringing")
    assert first.take(Request).method == "CANCEL"


@pytest.mark.rfc("3261", "16.7")
def test_the_best_of_the_refusals_is_chosen(world, alice):
    first, second = bobs(world, 2)
    alice.invite("bob")
    first.respond(first.take(Request), 500, "Server Error")
    assert alice.take(Response) is None
    second.respond(second.take(Request), 486, "Busy Here")
    assert alice.take(Response).status == 486


@pytest.mark.rfc("3261", "16.7")
def test_a_global_refusal_ends_the_call_everywhere(world, alice):
    first, second = bobs(world, 2)
    alice.invite("bob")
    one, two = first.take(Request), second.take(Request)
    first.respond(one, 180, "Ringing")
    second.respond(two, 603, "Decline")
    assert first.take(Request).method == "CANCEL"
    first.respond(one, 487, "Request Terminated")
    assert alice.take(Response).status == 603


def test_devices_of_lower_preference_ring_after_the_others_have_refused(world, alice):
    preferred, other = world.phone("bob"), world.phone("bob")
    for phone, q in ((preferred, "0.9"), (other, "0.1")):
        phone.register(contact=f'<{phone.contact}>;q={q};+sip.instance="<{phone.instance}>"')
    alice.invite("bob")
    assert other.take(Request) is None
    preferred.respond(preferred.take(Request), 480, "Temporarily Unavailable")
    assert other.take(Request).method == "INVITE"


def test_a_device_that_registers_while_the_call_rings_rings_too(world, alice):
    (desk,) = bobs(world, 1)
    alice.invite("bob")
    desk.respond(desk.take(Request), 180, "Ringing")
    mobile = world.phone("bob")
    mobile.register()
    invite = mobile.take(Request)
    assert invite.method == "INVITE"
    mobile.respond(invite, 200)
    assert alice.take(Response).status == 200
    assert desk.take(Request).method == "CANCEL"


def test_a_device_that_registers_again_while_it_rings_does_not_ring_twice(world, alice):
    (desk,) = bobs(world, 1)
    alice.invite("bob")
    desk.respond(desk.take(Request), 180, "Ringing")
    desk.register()
    assert desk.take(Request) is None


def test_a_device_that_refused_is_not_asked_again(world, alice):
    first, _second = bobs(world, 2)
    alice.invite("bob")
    first.respond(first.take(Request), 486, "Busy Here")
    first.take(Request)  # the ACK
    first.register()
    assert first.take(Request) is None


def test_a_call_waits_a_moment_for_a_device_whose_connection_broke(world, alice):
    bob = world.phone("bob", transport=Transport.TCP)
    bob.register()
    world.server.closed(world.now, bob.flow)
    assert alice.invite("bob").status == 100
    again = world.phone("bob", transport=Transport.TCP)
    again.instance = bob.instance
    again.register()
    assert again.take(Request).method == "INVITE"


def test_a_call_to_a_device_that_stays_away_ends_with_480(world, alice):
    bob = world.phone("bob", transport=Transport.TCP)
    bob.register()
    world.server.closed(world.now, bob.flow)
    alice.invite("bob")
    world.wait(16)
    assert alice.take(Response).status == 480


@pytest.mark.rfc("3261", "16.8")
def test_a_call_that_nobody_takes_ends_when_timer_c_fires(world, alice):
    (desk,) = bobs(world, 1)
    alice.invite("bob")
    invite = desk.take(Request)
    desk.respond(invite, 180, "Ringing")
    world.wait(181)
    assert desk.take(Request).method == "CANCEL"
    assert alice.take(Response).status == 408


def test_a_message_to_two_devices_is_answered_by_the_first_success(world, alice):
    first, second = bobs(world, 2)
    alice.ask(alice.request("MESSAGE", "sip:bob@example.test", body="hello"))
    first.respond(first.take(Request), 415, "Unsupported Media Type")
    second.respond(second.take(Request), 200)
    assert alice.take(Response).status == 200


@pytest.mark.rfc("4320", "4.2")
def test_a_silent_device_never_makes_a_408_to_a_message(world, alice):
    (_desk,) = bobs(world, 1)
    alice.ask(alice.request("MESSAGE", "sip:bob@example.test", body="hello"))
    world.wait(60)
    assert all(r.status != 408 for r in alice.inbox if isinstance(r, Response))
    assert not world.server.endpoint.layer.servers


@pytest.mark.rfc("5627", "5.1")
def test_a_gruu_reaches_one_device_only(world, alice):
    first, second = bobs(world, 2)
    target = f"sip:bob@example.test;gr={second.instance}"
    alice.ask(alice.request("OPTIONS", target + ";conf-id=7"))
    assert first.take(Request) is None
    assert second.take(Request).target == second.contact


def test_an_unknown_device_of_a_member_is_unavailable(world, alice):
    bobs(world, 1)
    answer = alice.ask(alice.request("OPTIONS", "sip:bob@example.test;gr=urn:uuid:gone"))
    assert answer.status == 480


def test_push_parameters_stay_with_the_server(world, alice):
    bob = world.phone("bob")
    secret = "pn-provider=fcm;pn-prid=TOKEN;pn-param=1234"
    bob.register(contact=f'<{bob.contact};{secret}>;+sip.instance="<{bob.instance}>"')
    alice.invite("bob")
    invite = bob.take(Request)
    assert invite.target == bob.contact
    assert b"TOKEN" not in invite.encode()
