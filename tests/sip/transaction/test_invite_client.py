import pytest

from sonnette.sip import names
from sonnette.sip.parser import parse
from sonnette.sip.transaction import ResponseArrived, Terminated, TimedOut, TransportFailed
from sonnette.sip.transaction.client import make_ack, make_cancel
from sonnette.sip.transaction.machine import On
from tests.sip.messages import make_request, make_response
from tests.sip.transaction.plays import invite_client, invite_status, play


@pytest.mark.rfc("3261", "17.1.1.2")
def test_the_request_is_sent_again_at_doubling_intervals_until_timer_b():
    dialogue = play(invite_client).sends("INVITE")
    for when in (0.5, 1.5, 3.5, 7.5, 15.5, 31.5):
        dialogue.at(when).sends("INVITE")
    dialogue.at(32).tells(TimedOut, Terminated).is_over()


@pytest.mark.rfc("3261", "17.1.1.2")
def test_a_reliable_transport_sends_once_and_waits_for_timer_b():
    play(invite_client, reliable=True).sends("INVITE").at(31.9).stays_silent().at(32).tells(
        TimedOut, Terminated
    ).is_over()


@pytest.mark.rfc("3261", "17.1.1.2")
def test_a_provisional_stops_every_timer_and_ringing_may_last():
    play(invite_client).sends("INVITE").at(0.2).hears(invite_status(180)).tells(ResponseArrived).at(
        600
    ).stays_silent().hears(invite_status(183)).tells(ResponseArrived).is_over()


@pytest.mark.rfc("3261", "17.1.1.2")
def test_a_failure_is_acknowledged_each_time_and_told_once_until_timer_d():
    play(invite_client).sends("INVITE").hears(invite_status(486)).sends("ACK").tells(
        ResponseArrived
    ).at(0.5).hears(invite_status(486)).sends("ACK").stays_silent().at(31.9).hears(
        invite_status(486)
    ).sends("ACK").at(32).tells(Terminated).is_over()


@pytest.mark.rfc("3261", "17.1.1.2")
def test_on_a_reliable_transport_a_failure_ends_it_at_once():
    play(invite_client, reliable=True).sends("INVITE").hears(invite_status(486)).sends("ACK").tells(
        ResponseArrived, Terminated
    ).is_over()


@pytest.mark.rfc("6026", "7.2")
def test_each_2xx_is_told_until_timer_m_and_never_acknowledged():
    play(invite_client).sends("INVITE").hears(invite_status(200)).tells(ResponseArrived).at(
        0.5
    ).hears(invite_status(200)).tells(ResponseArrived).stays_silent().at(32).tells(
        Terminated
    ).is_over()


@pytest.mark.rfc("6026", "7.2")
@pytest.mark.parametrize("late", [100, 180, 302, 486, 603])
def test_after_a_2xx_nothing_else_counts(late):
    play(invite_client, reliable=True).sends("INVITE").hears(invite_status(200)).tells(
        ResponseArrived
    ).hears(invite_status(late)).stays_silent().at(32).tells(Terminated).is_over()


@pytest.mark.rfc("3261", "17.1.1.2")
@pytest.mark.parametrize("late", [180, 200])
def test_after_a_failure_nothing_else_counts(late):
    play(invite_client).sends("INVITE").hears(invite_status(486)).sends("ACK").tells(
        ResponseArrived
    ).hears(invite_status(late)).stays_silent()


@pytest.mark.rfc("3261", "17.1.4")
def test_a_broken_flow_ends_it():
    play(invite_client).sends("INVITE").does("fire", On.TRANSPORT_ERROR).tells(
        TransportFailed, Terminated
    ).is_over()


@pytest.mark.rfc("3261", "17.1.1.3")
def test_the_ack_has_the_to_of_the_response_and_all_else_of_the_request():
    request = make_request(
        "INVITE", Via=["SIP/2.0/UDP top;branch=z9hG4bKt", "SIP/2.0/UDP below"], cseq=9,
        Route=["<sip:p1;lr>", "<sip:p2;lr>"], Contact="<sip:a@x>",
    )  # fmt: skip
    ack = parse(make_ack(request, make_response(486, cseq="9 INVITE")))
    assert ack.start_line == "ACK sip:bob@example.org SIP/2.0"
    assert ack.all(names.VIA) == ["SIP/2.0/UDP top;branch=z9hG4bKt"]
    assert ack.all(names.ROUTE) == ["<sip:p1;lr>", "<sip:p2;lr>"]
    assert (ack.from_, ack.call_id, ack.cseq) == (request.from_, request.call_id, (9, "ACK"))
    assert ack.to.tag == "b1"
    assert ack.first(names.CONTACT) is None


@pytest.mark.rfc("3261", "9.1")
@pytest.mark.rfc("3326", "2")
def test_the_cancel_is_the_request_again_but_for_its_method():
    request = make_request("INVITE", Route="<sip:p;lr>", cseq=9, Contact="<sip:a@x>")
    cancel = parse(make_cancel(request, "SIP;cause=200").encode())
    assert cancel.start_line == "CANCEL sip:bob@example.org SIP/2.0"
    assert (cancel.via, cancel.from_, cancel.to) == (request.via, request.from_, request.to)
    assert cancel.cseq == (9, "CANCEL")
    assert cancel.all(names.ROUTE) == ["<sip:p;lr>"]
    assert cancel.first(names.REASON) == "SIP;cause=200"
    assert make_cancel(request).first(names.REASON) is None
