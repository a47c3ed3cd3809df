"""The last step: send it on."""

from sonnette.server.context import DONE, Answer, Context, Outcome
from sonnette.server.router.calls import Calls
from sonnette.server.router.forwarder import Forwarder, call_key


class Forward:
    """Forks the request to its targets, picks the best answer, and keeps us on the path."""

    name = "forward"

    def __init__(self, forwarder: Forwarder, calls: Calls) -> None:
        self._forwarder = forwarder
        self._calls = calls

    def __call__(self, context: Context) -> Outcome:
        request = context.request
        if request.method == "ACK":
            for target in context.targets:
                self._forwarder.forward_ack(context, target)
            return DONE
        if context.hops < 1:
            return Answer(483, "Too Many Hops")
        if request.method == "BYE":
            call_id = request.call_id
            tags = request.from_.tag, request.to.tag
            self._calls.end(context.now, *(call_key(call_id, tag) for tag in tags))
        callee = context.callee
        aor = (callee.domain, callee.username) if callee else None
        if context.is_in_dialog or "gr" in request.uri.parameters:
            aor = None
        self._forwarder.forward(context, aor)
        return DONE
