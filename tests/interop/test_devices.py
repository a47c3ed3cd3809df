"""Several devices of one account (RFC 3261 §16.7, RFC 3326)."""

import pytest

from tests.interop.conftest import TONES, MakeLinphone
from tests.interop.linphone.talk import hang_up
from tests.interop.server import compares_with_kamailio
from tests.interop.waiting import until

pytestmark = pytest.mark.interop


def test_one_device_answers_and_the_other_is_told_so(linphone: MakeLinphone) -> None:
    alice, desk, mobile = linphone("alice"), linphone("bob"), linphone("bob", "tcp")
    call = alice.call(desk.address)
    at_desk, at_mobile = desk.incoming_call(), mobile.incoming_call()
    at_mobile.answer()
    call.wait("StreamsRunning")
    at_desk.wait("Released")
    cancel = until(lambda: desk.sip_log("received", "CANCEL"), "CANCEL at the other device")[0]
    assert "completed elsewhere" in cancel.text
    hang_up(call, at_mobile)


def test_one_device_is_busy_and_the_other_still_rings(linphone: MakeLinphone) -> None:
    alice, desk, mobile = linphone("alice"), linphone("bob"), linphone("bob", "tcp")
    call = alice.call(desk.address)
    at_desk, at_mobile = desk.incoming_call(), mobile.incoming_call()
    at_desk.decline("busy")
    at_desk.wait("Released")
    at_mobile.answer()
    call.wait("StreamsRunning")
    hang_up(call, at_mobile)


def test_a_device_that_registers_while_the_call_rings_gets_it(
    linphone: MakeLinphone,
) -> None:
    if compares_with_kamailio():
        pytest.skip("late forking is Sonnette's")
    alice, desk = linphone("alice"), linphone("bob")
    call = alice.call(desk.address)
    desk.incoming_call()
    late = linphone("bob", "tcp")
    at_late = late.incoming_call()
    at_late.answer()
    call.wait("StreamsRunning")
    late.hears.wait_for(TONES["alice"])
    hang_up(call, at_late)
