"""Steps that most call scenarios begin and end with."""

from tests.interop.linphone.client import Call, Linphone


def connect(caller: Linphone, callee: Linphone) -> tuple[Call, Call]:
    """Call, answer, and wait until sound runs both ways. The caller's and the callee's call."""
    outgoing = caller.call(callee.address)
    outgoing.wait("OutgoingRinging")
    incoming = callee.incoming_call()
    incoming.answer()
    outgoing.wait("StreamsRunning")
    incoming.wait("StreamsRunning")
    return outgoing, incoming


def hang_up(call: Call, other: Call) -> None:
    """End the call at one side and see it end at both."""
    call.hang_up()
    for side in (call, other):
        side.wait("Released")
