import pytest

from sonnette.sip.transaction import Terminated, TransportFailed
from sonnette.sip.transaction.machine import On
from tests.sip.transaction.plays import play, server, status


@pytest.mark.rfc("4320", "4.1")
def test_nothing_is_sent_before_the_user_answers():
    play(server).at(60).does("fire", On.REQUEST).stays_silent().is_over()


@pytest.mark.rfc("3261", "17.2.2")
def test_a_repeated_request_gets_the_last_answer_again_until_timer_j():
    play(server).does("respond", status(100)).sends(100).does("fire", On.REQUEST).sends(100).does(
        "respond", status(180)
    ).sends(180).at(1).does("respond", status(200)).sends(200).at(32).does(
        "fire", On.REQUEST
    ).sends(200).at(33).tells(Terminated).is_over()


@pytest.mark.rfc("3261", "17.2.2")
@pytest.mark.parametrize("code", [200, 302, 404, 500, 603])
def test_a_final_answer_is_the_last(code):
    play(server).does("respond", status(code)).sends(code).does(
        "respond", status(500)
    ).stays_silent().does("respond", status(100)).stays_silent()


@pytest.mark.rfc("3261", "17.2.2")
def test_on_a_reliable_transport_the_final_answer_ends_it():
    play(server, reliable=True).does("respond", status(200)).sends(200).tells(Terminated).is_over()


@pytest.mark.rfc("3261", "17.2.4")
@pytest.mark.parametrize("before", [[], [100]])
def test_a_broken_flow_ends_it(before):
    dialogue = play(server)
    for code in before:
        dialogue.does("respond", status(code)).sends(code)
    dialogue.does("fire", On.TRANSPORT_ERROR).tells(TransportFailed, Terminated).is_over()
