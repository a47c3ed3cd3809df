import pytest

from sonnette.sip.transaction import RequestArrived, Terminated, TimedOut, TransportFailed
from sonnette.sip.transaction.machine import On
from tests.sip.messages import make_request
from tests.sip.transaction.plays import invite_server, invite_status, play

ACK = make_request("ACK")


@pytest.mark.rfc("3261", "17.2.1")
def test_a_repeated_invite_gets_the_last_provisional_again():
    play(invite_server).does("fire", On.REQUEST).stays_silent().does(
        "respond", invite_status(100)
    ).sends(100).does("respond", invite_status(180)).sends(180).at(0.5).does(
        "fire", On.REQUEST
    ).sends(180).is_over()


@pytest.mark.rfc("3261", "17.2.1")
def test_a_failure_is_sent_again_until_the_ack_or_timer_h():
    dialogue = play(invite_server).does("respond", invite_status(486)).sends(486)
    for when in (0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5):
        dialogue.at(when).sends(486)
    dialogue.at(32).tells(TimedOut, Terminated).is_over()


@pytest.mark.rfc("3261", "17.2.1")
def test_a_repeated_invite_gets_the_failure_again_at_once():
    play(invite_server).does("respond", invite_status(486)).sends(486).at(0.3).does(
        "fire", On.REQUEST
    ).sends(486).at(0.5).sends(486)


@pytest.mark.rfc("3261", "17.2.1")
def test_the_ack_ends_the_sending_and_repeats_are_absorbed_for_t4():
    play(invite_server).does("respond", invite_status(486)).sends(486).at(0.1).does(
        "fire", On.ACK, ACK
    ).stays_silent().at(1).does("fire", On.REQUEST).stays_silent().does(
        "fire", On.ACK, ACK
    ).stays_silent().at(5.1).tells(Terminated).is_over()


@pytest.mark.rfc("3261", "17.2.1")
def test_on_a_reliable_transport_a_failure_is_sent_once_and_the_ack_ends_it():
    play(invite_server, reliable=True).does("respond", invite_status(486)).sends(486).at(
        20
    ).stays_silent().does("fire", On.ACK, ACK).tells(Terminated).is_over()


@pytest.mark.rfc("3261", "17.2.1")
def test_without_an_ack_a_reliable_transport_waits_for_timer_h():
    play(invite_server, reliable=True).does("respond", invite_status(486)).sends(486).at(32).tells(
        TimedOut, Terminated
    ).is_over()


@pytest.mark.rfc("6026", "7.1")
def test_after_a_2xx_repeated_invites_are_absorbed_and_acks_passed_until_timer_l():
    play(invite_server).does("respond", invite_status(200)).sends(200).does(
        "fire", On.REQUEST
    ).stays_silent().does("respond", invite_status(200)).sends(200).does("fire", On.ACK, ACK).tells(
        lambda told: isinstance(told, RequestArrived) and told.request is ACK
    ).does("respond", invite_status(486)).stays_silent().at(32).tells(Terminated).is_over()


@pytest.mark.rfc("3261", "17.2.4")
def test_a_broken_flow_is_told_while_no_answer_was_given():
    play(invite_server).does("fire", On.TRANSPORT_ERROR).tells(
        TransportFailed, Terminated
    ).is_over()


def test_a_broken_flow_after_a_failure_ends_it_quietly():
    play(invite_server).does("respond", invite_status(486)).sends(486).does(
        "fire", On.TRANSPORT_ERROR
    ).tells(Terminated).is_over()
