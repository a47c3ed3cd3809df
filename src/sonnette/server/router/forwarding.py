"""One request that is being forwarded: its server transaction, its fork, its branches."""

from sonnette.server.context import Context
from sonnette.server.registrar.service import Aor
from sonnette.server.target import Target
from sonnette.sip.flow import Flow
from sonnette.sip.fork import Branch, Fork
from sonnette.sip.message import Response
from sonnette.sip.transaction.client import ClientTransaction
from sonnette.sip.transaction.server import ServerTransaction


class Forwarding:
    """The state that lasts from the request to its final answer.

    ``aor`` is whose devices ring, None for a request that goes to one known place; ``call``
    names the call that an INVITE opens; ``tried`` are the servers of another domain that
    failed.
    """

    __slots__ = ("aor", "call", "context", "fork", "server", "tried")

    def __init__(
        self, context: Context, server: ServerTransaction, fork: Fork, aor: Aor | None
    ) -> None:
        self.context = context
        self.server = server
        self.fork = fork
        self.aor = aor
        self.call: str | None = None
        self.tried: list[Flow] = []

    def add(self, target: Target) -> Branch:
        """A branch for a target."""
        return self.fork.add(target, target.group)

    def has_asked(self, key: str, flow: Flow | None) -> bool:
        """Whether this device needs no further branch.

        It does where the one it had went to a flow that has died or gave no answer of its
        own (408, 503).
        """
        for branch in self.fork.branches:
            target = branch.target
            if not isinstance(target, Target) or target.key != key:
                continue
            answer = branch.answer
            said_something = answer is not None and answer.status not in (408, 503)
            is_pending = isinstance(branch.sent, ClientTransaction) and branch.answer is None
            if said_something or (is_pending and branch.sent.flow == flow):  # type: ignore[attr-defined]
                return True
        return False

    def best(self) -> Response | None:
        """The best of the final answers that came."""
        return self.fork.best()
