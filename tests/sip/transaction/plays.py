"""Transactions as the machines of plays: what they send is told by its method or status."""

from sonnette.base.timers import Deadlines
from sonnette.sip.flow import Flow
from sonnette.sip.parser import parse
from sonnette.sip.transaction.client import InviteClientTransaction, NonInviteClientTransaction
from sonnette.sip.transaction.machine import Surroundings
from sonnette.sip.transaction.server import InviteServerTransaction, NonInviteServerTransaction
from sonnette.testing.playbook import playbook
from tests.sip.messages import TCP, UDP, make_request, make_response

INVITE = make_request("INVITE")
OPTIONS = make_request("OPTIONS")


def label(data):
    """The method of a request, the status of a response."""
    message = parse(data)
    return getattr(message, "method", None) or message.status


def sent(output):
    if isinstance(output, tuple):
        flow, data = output
        assert isinstance(flow, Flow)
        return label(data)
    return None


play = playbook(sent)


def surroundings():
    return Surroundings(schedule=Deadlines())


def invite_client(now=0.0, *, reliable=False):
    return InviteClientTransaction(INVITE, TCP if reliable else UDP, now, surroundings())


def client(now=0.0, *, reliable=False):
    return NonInviteClientTransaction(OPTIONS, TCP if reliable else UDP, now, surroundings())


def invite_server(*, reliable=False):
    return InviteServerTransaction(INVITE, TCP if reliable else UDP, surroundings())


def server(*, reliable=False):
    return NonInviteServerTransaction(OPTIONS, TCP if reliable else UDP, surroundings())


def status(code, method="OPTIONS"):
    return make_response(code, "Reason", cseq=f"1 {method}")


def invite_status(code):
    return status(code, "INVITE")
