import pytest

from sonnette.base.errors import LocalError, PeerError
from sonnette.sip import names
from sonnette.sip.dialog.state import TABLE, Dialog, On, State, of_callee, of_caller
from tests.sip.dialog.plays import INVITE, status
from tests.sip.messages import make_request, make_response

ROUTES = ["<sip:p1;lr>, <sip:p2;lr>", "<sip:p3;lr>"]


def caller(response=None) -> Dialog:
    return of_caller(INVITE, response or status(200))


def callee(**more) -> Dialog:
    return of_callee(make_request("INVITE", cseq=7, Contact="<sip:a@x>", **more), "b1")


def incoming(method="INFO", cseq=8, **more):
    """A request of the caller's in the dialog."""
    more.setdefault("To", "<sip:bob@example.org>;tag=b1")
    return make_request(method, cseq=cseq, **more)


@pytest.mark.rfc("3261", "12.1.2")
def test_the_caller_takes_its_side_from_request_and_response():
    dialog = caller(status(200, Record_Route="<sip:p1;lr>, <sip:p2;lr>"))
    assert dialog.id == ("call-1@198.51.100.7", "a1", "b1")
    assert dialog.remote_target == "sip:bob@203.0.113.5"
    assert dialog.routes == ("<sip:p2;lr>", "<sip:p1;lr>")
    assert (dialog.local_cseq, dialog.remote_cseq) == (7, None)
    assert dialog.state is State.CONFIRMED
    assert caller(status(180)).state is State.EARLY


@pytest.mark.rfc("3261", "12.1.1")
def test_the_callee_takes_its_side_from_the_request():
    dialog = callee(Record_Route=ROUTES)
    assert dialog.id == ("call-1@198.51.100.7", "b1", "a1")
    assert dialog.remote_target == "sip:a@x"
    assert dialog.routes == ("<sip:p1;lr>", "<sip:p2;lr>", "<sip:p3;lr>")
    assert (dialog.local_cseq, dialog.remote_cseq) == (0, 7)


@pytest.mark.rfc("3261", "12.1.1")
def test_making_a_dialog_leaves_the_request_as_it_was():
    request = make_request("INVITE", Contact="<sip:a@x>")
    of_callee(request, "b1")
    assert request.to.tag is None


@pytest.mark.rfc("3261", "12.1.1")
@pytest.mark.parametrize("contact", [None, "<sip:a@x>, <sip:b@x>"])
def test_a_dialog_needs_one_contact(contact):
    with pytest.raises(PeerError):
        of_callee(make_request("INVITE", Contact=contact), "b1")
    with pytest.raises(PeerError):
        caller(status(200, Contact=contact))


def test_a_malformed_record_route_makes_no_dialog():
    with pytest.raises(PeerError):
        caller(status(200, Record_Route="<sip:p1"))


@pytest.mark.rfc("3261", "12.2.1.1")
def test_a_request_goes_to_the_target_through_the_routes():
    dialog = caller(status(200, Record_Route="<sip:p1;lr>, <sip:p2;lr>"))
    bye = dialog.request("BYE")
    assert bye.start_line == "BYE sip:bob@203.0.113.5 SIP/2.0"
    assert bye.all(names.ROUTE) == ["<sip:p2;lr>", "<sip:p1;lr>"]
    assert (bye.from_.tag, bye.to.tag, bye.call_id) == ("a1", "b1", dialog.call_id)
    assert bye.cseq == (8, "BYE")
    assert bye.max_forwards == 70


@pytest.mark.rfc("3261", "12.2.1.1")
def test_a_strict_router_gets_its_own_address_as_request_uri():
    routes = "<sip:p1;lr>, <sip:strict;x=1;method=INVITE?subject=y>"
    dialog = caller(status(200, Record_Route=routes))
    request = dialog.request("INFO")
    assert request.target == "sip:strict;x=1"
    assert request.all(names.ROUTE) == ["<sip:p1;lr>", "<sip:bob@203.0.113.5>"]


@pytest.mark.rfc("3261", "12.2.1.1")
def test_numbers_grow_by_one_and_an_ack_repeats_its_invites():
    dialog = caller()
    assert [dialog.request("INFO").cseq[0] for _ in range(2)] == [8, 9]
    assert dialog.ack(7).cseq == (7, "ACK")
    assert dialog.request("BYE").cseq[0] == 10


@pytest.mark.rfc("3261", "12.1.1")
def test_the_callees_numbers_are_its_own():
    assert callee().request("BYE").cseq == (1, "BYE")


@pytest.mark.rfc("3261", "12.2.2")
def test_a_request_belongs_where_call_and_tags_agree():
    dialog = callee()
    assert dialog.owns(incoming())
    assert not dialog.owns(incoming(To="<sip:bob@example.org>;tag=b2"))
    assert not dialog.owns(incoming(From="<sip:alice@example.org>;tag=a2"))
    assert not dialog.owns(incoming(Call_ID="2"))
    assert not dialog.owns(incoming(To="<sip:bob@example.org>"))


@pytest.mark.rfc("3261", "12.2.2")
def test_a_request_that_comes_after_a_later_one_is_500():
    dialog = callee()
    dialog.receive(incoming(cseq=20))
    with pytest.raises(PeerError) as caught:
        dialog.receive(incoming(cseq=19))
    assert caught.value.status == 500
    assert dialog.remote_cseq == 20


@pytest.mark.rfc("3261", "12.2.2")
def test_gaps_are_allowed_and_ack_and_cancel_have_their_invites_number():
    dialog = callee()
    dialog.receive(incoming(cseq=100))
    dialog.receive(incoming("ACK", cseq=7))
    dialog.receive(incoming("CANCEL", cseq=7))
    assert dialog.remote_cseq == 100


@pytest.mark.rfc("3261", "12.2.2")
def test_the_first_request_of_the_peer_starts_its_numbers():
    dialog = caller()
    dialog.receive(make_request("BYE", cseq=1))
    assert dialog.remote_cseq == 1


@pytest.mark.rfc("3261", "12.2.2")
@pytest.mark.parametrize("method", ["INVITE", "UPDATE", "NOTIFY", "SUBSCRIBE", "REFER"])
def test_a_contact_of_the_peer_moves_the_target(method):
    dialog = callee()
    dialog.receive(incoming(method, Contact="<sip:new@y>"))
    assert dialog.remote_target == "sip:new@y"


@pytest.mark.rfc("3261", "12.2.2")
def test_other_methods_and_a_missing_contact_leave_the_target():
    dialog = callee()
    dialog.receive(incoming("INFO", Contact="<sip:new@y>"))
    dialog.receive(incoming("INVITE", cseq=9))
    assert dialog.remote_target == "sip:a@x"


@pytest.mark.rfc("3261", "12.2.1.2")
def test_a_2xx_to_a_re_invite_moves_the_target():
    dialog = caller()
    dialog.respond(status(200, Contact="<sip:new@y>"))
    assert dialog.remote_target == "sip:new@y"
    dialog.respond(status(488, Contact="<sip:other@y>"))
    dialog.respond(make_response(200, "OK", cseq="8 INFO", Contact="<sip:other@y>"))
    assert dialog.remote_target == "sip:new@y"


@pytest.mark.rfc("3261", "12.2.1.2")
@pytest.mark.parametrize("code", [408, 481])
def test_a_peer_that_is_gone_ends_the_dialog(code):
    dialog = caller()
    dialog.respond(status(code))
    assert dialog.is_over
    with pytest.raises(LocalError):
        dialog.request("BYE")


@pytest.mark.rfc("3261", "15.1.2")
def test_a_bye_ends_the_dialog():
    dialog = callee()
    dialog.receive(incoming("BYE"))
    assert dialog.is_over


@pytest.mark.rfc("3261", "12.3")
def test_a_confirmed_dialog_does_not_end_by_a_late_failure():
    dialog = caller()
    dialog.move(On.FAILURE)
    assert dialog.state is State.CONFIRMED


@pytest.mark.rfc("3261", "12.1")
def test_a_peer_of_the_old_rfc_has_no_tag():
    dialog = of_callee(make_request("INVITE", From="<sip:old@x>", Contact="<sip:a@x>"), "b1")
    assert dialog.id == ("call-1@198.51.100.7", "b1", None)
    assert dialog.request("BYE").to.tag is None


def test_every_state_can_be_reached():
    reached = {after for rules in TABLE.values() for after in rules.values()} | {State.EARLY}
    assert reached == set(State)
