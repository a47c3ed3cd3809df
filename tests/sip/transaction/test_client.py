import pytest

from sonnette.sip.transaction import ResponseArrived, Terminated, TimedOut, TransportFailed
from sonnette.sip.transaction.machine import On
from tests.sip.transaction.plays import client, play, status

EVERY_T2 = (11.5, 15.5, 19.5, 23.5, 27.5, 31.5)


@pytest.mark.rfc("3261", "17.1.2.2")
def test_the_request_is_sent_again_at_intervals_up_to_t2_until_timer_f():
    dialogue = play(client).sends("OPTIONS")
    for when in (0.5, 1.5, 3.5, 7.5, *EVERY_T2):
        dialogue.at(when).sends("OPTIONS")
    dialogue.at(32).tells(TimedOut, Terminated).is_over()


@pytest.mark.rfc("3261", "17.1.2.2")
def test_a_provisional_slows_the_sending_to_t2_but_does_not_end_it():
    dialogue = play(client).sends("OPTIONS").at(0.2).hears(status(100)).tells(ResponseArrived)
    for when in (0.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5):
        dialogue.at(when).sends("OPTIONS")
    dialogue.at(32).tells(TimedOut, Terminated).is_over()


@pytest.mark.rfc("3261", "17.1.2.2")
def test_a_reliable_transport_sends_once():
    play(client, reliable=True).sends("OPTIONS").at(31.9).stays_silent().at(32).tells(
        TimedOut, Terminated
    ).is_over()


@pytest.mark.rfc("3261", "17.1.2.2")
@pytest.mark.parametrize("code", [200, 302, 404, 500, 603])
def test_a_final_answer_is_told_once_and_repeats_are_absorbed_for_t4(code):
    play(client).sends("OPTIONS").at(0.2).hears(status(code)).tells(ResponseArrived).at(4).hears(
        status(code)
    ).stays_silent().at(5.2).tells(Terminated).is_over()


@pytest.mark.rfc("3261", "17.1.2.2")
def test_on_a_reliable_transport_a_final_answer_ends_it_at_once():
    play(client, reliable=True).sends("OPTIONS").hears(status(100)).tells(ResponseArrived).hears(
        status(180)
    ).tells(ResponseArrived).hears(status(200)).tells(ResponseArrived, Terminated).is_over()


@pytest.mark.rfc("3261", "17.1.4")
@pytest.mark.parametrize("before", [[], [status(100)]])
def test_a_broken_flow_ends_it(before):
    dialogue = play(client).sends("OPTIONS")
    for response in before:
        dialogue.hears(response).tells(ResponseArrived)
    dialogue.does("fire", On.TRANSPORT_ERROR).tells(TransportFailed, Terminated).is_over()
