"""One request on its way through the pipeline, and what a step may decide."""

from collections.abc import Awaitable, Callable, Iterable
from enum import Enum
from typing import TYPE_CHECKING, Any

from sonnette.server.ports import Member
from sonnette.sip.flow import Flow
from sonnette.sip.message import Field, Request
from sonnette.sip.transaction.server import ServerTransaction

if TYPE_CHECKING:
    from sonnette.server.target import Target


class Context:
    """The request, where it came from, and what the steps have found out.

    ``member`` is who sent it, once authenticated; ``route_flow`` the flow that our own
    Route named; ``targets`` where it is to go.
    """

    __slots__ = (
        "callee",
        "flow",
        "hops",
        "is_cancelled",
        "is_from_peer",
        "member",
        "now",
        "request",
        "route_flow",
        "routed_here",
        "targets",
        "transaction",
    )

    def __init__(self, now: float, flow: Flow, request: Request) -> None:
        self.now = now
        self.flow = flow
        self.request = request
        self.hops = 70
        self.member: Member | None = None
        self.callee: Member | None = None
        self.is_from_peer = False
        self.is_cancelled = False
        self.routed_here = False
        self.route_flow: Flow | None = None
        self.targets: list[Target] = []
        self.transaction: ServerTransaction | None = None

    @property
    def is_in_dialog(self) -> bool:
        """Whether the request belongs to a dialog: it has a To tag."""
        return self.request.to.tag is not None


class Verdict(Enum):
    """What a step says without more words."""

    NEXT = "next"
    DONE = "done"  # answered, sent on or dropped: the walk ends


NEXT = Verdict.NEXT
DONE = Verdict.DONE


class Answer:
    """End the walk with a final answer.

    ``is_stateless`` answers are forgotten at once: a challenge costs us nothing to repeat.
    """

    __slots__ = ("fields", "is_stateless", "reason", "status")

    def __init__(
        self,
        status: int,
        reason: str,
        fields: Iterable[Field] = (),
        *,
        is_stateless: bool = False,
    ) -> None:
        self.status = status
        self.reason = reason
        self.fields = tuple(fields)
        self.is_stateless = is_stateless


class Wait:
    """Leave the path of other requests until ``awaitable`` is done, then ``resume`` with it.

    ``resume(now, result)`` gives a new outcome; ``result`` is an exception where one came.
    """

    __slots__ = ("awaitable", "context", "resume", "step")

    def __init__(
        self, awaitable: Awaitable[Any], resume: Callable[[float, Any], "Outcome"]
    ) -> None:
        self.awaitable = awaitable
        self.resume = resume
        self.context: Context | None = None
        self.step = 0


Outcome = Verdict | Answer | Wait
