import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.base.errors import LocalError, PeerError
from sonnette.sip import names
from sonnette.sip.dialog import Acceptance, Dialog, Invitation, InviteOrder, State
from sonnette.sip.dialog.invite import (
    MOST_FORKS,
    Acknowledged,
    Answered,
    Ended,
    Failed,
    Progressed,
    Retry,
)
from sonnette.sip.dialog.state import of_callee
from tests.sip.dialog.plays import INVITE, play, status
from tests.sip.messages import make_request


def told(machine):
    return [type(out) for out in machine.drain()]


# --- the caller ---------------------------------------------------------------------------


@pytest.mark.rfc("3261", "13.2.2.4")
def test_a_call_rings_is_answered_and_acknowledged():
    invitation = Invitation(INVITE)
    invitation.feed(0.0, status(100, tag=None))
    invitation.feed(0.1, status(180))
    invitation.feed(2.0, status(200))
    progressed, answered = invitation.drain()
    assert isinstance(progressed, Progressed)
    assert isinstance(answered, Answered)
    assert progressed.dialog is answered.dialog
    assert answered.dialog.state is State.CONFIRMED
    ack = invitation.acknowledge(2.0, answered.dialog)
    assert ack.start_line == "ACK sip:bob@203.0.113.5 SIP/2.0"
    assert ack.cseq == (7, "ACK")
    assert ack.to.tag == "b1"


@pytest.mark.rfc("3261", "13.2.2.4")
def test_a_repeated_2xx_gets_the_same_ack_again():
    machine = Invitation(INVITE)
    dialogue = play(lambda: machine).hears(status(200)).tells(Answered)
    dialogue.at(0.2).hears(status(200)).stays_silent()
    dialogue.does("acknowledge", machine.dialogs["b1"]).sends("ACK")
    dialogue.at(0.5).hears(status(200)).sends("ACK").at(1.5).hears(status(200)).sends("ACK")


def test_the_ack_that_is_sent_again_keeps_its_body():
    invitation = Invitation(INVITE)
    invitation.feed(0.0, status(200))
    invitation.drain()
    ack = invitation.acknowledge(0.0, invitation.dialogs["b1"])
    ack.set_body(b"v=0", "application/sdp")
    invitation.feed(0.5, status(200))
    assert [out.request for out in invitation.drain()] == [ack, ack]


@pytest.mark.rfc("3261", "13.2.2.1")
def test_each_device_has_an_early_dialog_of_its_own():
    invitation = Invitation(INVITE)
    for tag in ("b1", "b2", "b1"):
        invitation.feed(0.0, status(180, tag))
    dialogs = [out.dialog for out in invitation.drain()]
    assert dialogs[0] is dialogs[2] is not dialogs[1]


@pytest.mark.rfc("3261", "13.2.2.4")
def test_when_one_device_answers_the_others_may_for_a_while():
    machine = Invitation(INVITE)
    play(lambda: machine).hears(status(180, "b1")).tells(Progressed).hears(status(180, "b2")).tells(
        Progressed
    ).hears(status(180, "b3")).tells(Progressed).at(1).hears(status(200, "b1")).tells(Answered).at(
        1.5
    ).hears(status(200, "b2")).tells(Answered).at(33).tells(
        lambda out: isinstance(out, Ended) and out.dialog.remote.tag == "b3"
    ).is_over()
    states = [dialog.state for dialog in machine.dialogs.values()]
    assert states == [State.CONFIRMED, State.CONFIRMED, State.TERMINATED]


@pytest.mark.rfc("3261", "13.2.2.4")
def test_the_routes_of_the_2xx_count():
    invitation = Invitation(INVITE)
    invitation.feed(0.0, status(180, Record_Route="<sip:old;lr>"))
    invitation.feed(1.0, status(200, Record_Route="<sip:new;lr>", Contact="<sip:moved@y>"))
    (dialog,) = invitation.dialogs.values()
    assert dialog.routes == ("<sip:new;lr>",)
    assert dialog.remote_target == "sip:moved@y"


@pytest.mark.rfc("3261", "13.2.2.3")
def test_a_refusal_ends_the_early_dialogs():
    invitation = Invitation(INVITE)
    invitation.feed(0.0, status(180))
    invitation.feed(1.0, status(486))
    assert told(invitation) == [Progressed, Failed]
    assert invitation.dialogs["b1"].is_over


@pytest.mark.parametrize("more", [{"tag": None}, {"Contact": None}])
def test_a_provisional_without_tag_or_contact_makes_no_dialog(more):
    invitation = Invitation(INVITE)
    invitation.feed(0.0, status(180, **more))
    (progressed,) = invitation.drain()
    assert progressed.dialog is None
    assert invitation.dialogs == {}


def test_a_2xx_without_contact_is_refused():
    with pytest.raises(PeerError):
        Invitation(INVITE).feed(0.0, status(200, Contact=None))


def test_an_invite_opens_so_many_dialogs_and_no_more():
    invitation = Invitation(INVITE)
    for n in range(MOST_FORKS):
        invitation.feed(0.0, status(180, f"b{n}"))
    with pytest.raises(PeerError):
        invitation.feed(0.0, status(180, "more"))


# --- the callee ---------------------------------------------------------------------------


def acceptance(now):
    return Acceptance(now, dialog(), status(200))


def dialog() -> Dialog:
    return of_callee(INVITE, "b1")


@pytest.mark.rfc("3261", "13.3.1.4")
def test_a_2xx_is_sent_again_until_the_call_is_given_up():
    dialogue = play(acceptance)
    for when in (0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5):
        dialogue.at(when).sends(200)
    dialogue.at(32).sends("BYE").tells(Ended).is_over()


@pytest.mark.rfc("3261", "13.3.1.4")
def test_the_ack_ends_the_sending():
    play(acceptance).at(0.5).sends(200).at(0.7).hears(make_request("ACK", cseq=7)).tells(
        Acknowledged
    ).is_over()


def test_a_repeated_ack_is_told_once():
    play(acceptance).hears(make_request("ACK", cseq=7)).tells(Acknowledged).hears(
        make_request("ACK", cseq=7)
    ).stays_silent()


def test_the_ack_of_another_invite_does_not_count():
    play(acceptance).hears(make_request("ACK", cseq=6)).stays_silent().at(0.5).sends(200)


def test_a_call_that_has_ended_meanwhile_gets_no_second_bye():
    ended = dialog()
    machine = Acceptance(0.0, ended, status(200))
    ended.receive(make_request("BYE", cseq=8))
    machine.tick(32.0)
    assert told(machine) == [Ended]


# --- one INVITE at a time -----------------------------------------------------------------


def order(*, owns_call_id=True, seed=0):
    return InviteOrder(SeededEntropy(seed), owns_call_id=owns_call_id)


@pytest.mark.rfc("3261", "14.2")
def test_invites_that_cross_are_491():
    machine = order()
    machine.begin(0.0)
    with pytest.raises(PeerError) as caught:
        machine.receive(0.1)
    assert caught.value.status == 491
    machine.finish(0.2, 200)
    machine.receive(0.3)


@pytest.mark.rfc("3261", "14.2")
def test_a_second_invite_before_the_first_is_answered_is_500():
    machine = order()
    machine.receive(0.0)
    with pytest.raises(PeerError) as caught:
        machine.receive(0.1)
    assert caught.value.status == 500
    machine.answer(0.2)
    machine.receive(0.3)


@pytest.mark.rfc("3261", "14.1")
def test_we_do_not_start_while_another_is_on_its_way():
    machine = order()
    machine.receive(0.0)
    with pytest.raises(LocalError):
        machine.begin(0.1)
    machine.answer(0.2)
    machine.begin(0.3)
    with pytest.raises(LocalError):
        machine.begin(0.4)


@pytest.mark.rfc("3261", "14.1")
@pytest.mark.parametrize(("owns", "least", "most"), [(True, 2.1, 4.0), (False, 0.0, 2.0)])
def test_after_glare_the_owner_of_the_call_waits_longer(owns, least, most):
    waits = set()
    for seed in range(300):
        machine = order(owns_call_id=owns, seed=seed)
        machine.begin(0.0)
        machine.finish(0.0, 491)
        waits.add(round(machine.deadline, 2))
        machine.tick(machine.deadline)
        assert told(machine) == [Retry]
    assert least <= min(waits) < max(waits) <= most
    assert len(waits) > 100


@pytest.mark.parametrize("code", [200, 488, 408])
def test_other_answers_are_not_tried_again(code):
    machine = order()
    machine.begin(0.0)
    machine.finish(0.0, code)
    assert machine.deadline is None


def test_a_new_try_of_our_own_cancels_the_timed_one():
    machine = order()
    machine.begin(0.0)
    machine.finish(0.0, 491)
    machine.begin(0.5)
    machine.tick(10.0)
    assert told(machine) == []


def test_the_requests_in_the_dialog_carry_no_via_yet():
    assert dialog().request("INVITE").first(names.VIA) is None
