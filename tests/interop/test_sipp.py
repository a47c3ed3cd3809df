"""SIPp as caller and callee: what the proxy owes to a plain RFC 3261 peer over UDP."""

from dataclasses import replace

import pytest

from tests.interop.server import compares_with_kamailio
from tests.interop.sipp.runner import Role
from tests.interop.sipp.stage import Stage, cast

pytestmark = pytest.mark.interop

#: Percent. SIPp stops repeating a message where it loses two in a row: more would test SIPp.
LOSS = 3


@pytest.mark.rfc("3261", "22.2")
def test_a_registration_with_digest(stage: Stage) -> None:
    for expires in ("60", "0"):
        stage.play("register", cast("dave", keys={"expires": expires})).succeed()


@pytest.mark.rfc("3261", "22.2")
def test_a_registration_with_a_wrong_password(stage: Stage) -> None:
    refusal = "401" if compares_with_kamailio() else "403"
    keys = {"expires": "60", "refusal": refusal}
    stage.play("register_refused", Role(user="dave", password="guessed", keys=keys)).succeed()


@pytest.mark.rfc("3261", "11")
def test_options(stage: Stage) -> None:
    stage.play("options", cast("alice")).succeed()


@pytest.mark.rfc("3261", "16")
def test_calls_from_invite_to_bye(stage: Stage) -> None:
    bob = stage.register("bob")
    answering = stage.play("answer", replace(bob, calls=20)).listen()
    stage.play("call", cast("alice", "bob", calls=20)).succeed()
    answering.succeed()


def test_a_call_from_tcp_to_udp(stage: Stage) -> None:
    answering = stage.play("answer", stage.register("bob")).listen()
    stage.play("call", cast("alice", "bob", transport="tcp")).succeed()
    answering.succeed()


def test_a_call_without_credentials_is_asked_for_them(stage: Stage) -> None:
    stage.register("bob")
    stage.play("call_without_credentials", Role(user="alice", callee="bob")).succeed()


@pytest.mark.rfc("3261", "17")
def test_calls_survive_lost_packets(stage: Stage) -> None:
    bob = stage.register("bob")
    stage.play("answer_under_loss", replace(bob, calls=20, loss=LOSS)).listen()
    stage.play("call", cast("alice", "bob", calls=20, rate=20, loss=LOSS)).succeed()


@pytest.mark.rfc("3261", "9.2")
def test_a_cancelled_call(stage: Stage) -> None:
    ringing = stage.play("ring", stage.register("bob")).listen()
    stage.play("call_cancelled", cast("alice", "bob", keys={"progress": "180"})).succeed()
    ringing.succeed()


@pytest.mark.rfc("3261", "9.1")
def test_a_call_that_is_answered_although_it_was_cancelled(stage: Stage) -> None:
    answering = stage.play("answer_too_late", stage.register("bob")).listen()
    role = cast("alice", "bob", keys={"progress": "180"})
    stage.play("call_cancelled_too_late", role).succeed()
    answering.succeed()


@pytest.mark.rfc("3261", "14")
def test_a_call_that_is_held_by_re_invite(stage: Stage) -> None:
    answering = stage.play("answer_held", stage.register("bob")).listen()
    stage.play("call_held", cast("alice", "bob")).succeed()
    answering.succeed()


@pytest.mark.parametrize(("callee", "refusal"), [("bob", "486"), ("nobody", "404")])
def test_a_refused_call(stage: Stage, callee: str, refusal: str) -> None:
    busy = stage.play("refuse", stage.register("bob")).listen()
    stage.play("call_refused", cast("alice", callee, keys={"refusal": refusal})).succeed()
    if callee == "bob":
        busy.succeed()


@pytest.mark.rfc("3261", "16.7")
def test_one_of_two_devices_answers_and_the_other_is_cancelled(stage: Stage) -> None:
    ringing = stage.play("ring", stage.register("bob")).listen()
    answering = stage.play("answer", stage.register("bob")).listen()
    stage.play("call", cast("alice", "bob")).succeed()
    answering.succeed()
    ringing.succeed()
    assert "completed elsewhere" in ringing.messages.read_text()


@pytest.mark.rfc("3261", "16.7")
def test_one_of_two_devices_is_busy_and_the_other_answers(stage: Stage) -> None:
    busy = stage.play("refuse", stage.register("bob")).listen()
    answering = stage.play("answer", stage.register("bob")).listen()
    stage.play("call", cast("alice", "bob")).succeed()
    busy.succeed()
    answering.succeed()


@pytest.mark.rfc("3428", "7")
def test_messages(stage: Stage) -> None:
    bob = stage.register("bob")
    receiving = stage.play("receive_message", replace(bob, calls=20)).listen()
    stage.play("message", cast("alice", "bob", calls=20)).succeed()
    receiving.succeed()
