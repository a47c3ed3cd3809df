"""What the machines of dialogs send, told by its method or status."""

from sonnette.sip.dialog import invite, subscription
from sonnette.testing.playbook import playbook
from tests.sip.messages import make_request, make_response

SENDING = (invite.Send, subscription.Send)


def sent(output):
    if isinstance(output, SENDING):
        return output.request.method
    if isinstance(output, invite.Repeat | subscription.Respond):
        return output.response.status
    return None


play = playbook(sent)

INVITE = make_request("INVITE", Contact="<sip:alice@198.51.100.7:5070>", cseq=7)


def status(code, tag="b1", **more):
    to = "<sip:bob@example.org>" + (f";tag={tag}" if tag else "")
    fields = {"Contact": "<sip:bob@203.0.113.5>", "To": to, **more}
    return make_response(code, "Reason", cseq="7 INVITE", **fields)
