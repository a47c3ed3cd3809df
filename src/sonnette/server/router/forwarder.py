"""Sends requests on and brings answers back (RFC 3261 §16.6 to §16.10)."""

from collections.abc import Callable
from dataclasses import dataclass

from sonnette.base.entropy import Entropy
from sonnette.base.timers import Deadlines
from sonnette.server.context import DONE, Context, Outcome, Wait
from sonnette.server.identity import Identity
from sonnette.server.registrar.service import Aor, Registrar
from sonnette.server.router.calls import Calls, logged_address
from sonnette.server.router.forwarding import Forwarding
from sonnette.server.router.outward import Outward
from sonnette.server.target import Target, target_of
from sonnette.sip import names
from sonnette.sip.digest import parse_credentials
from sonnette.sip.flow import Flow
from sonnette.sip.fork import Branch, Fork, Phase
from sonnette.sip.grammar import parse_number
from sonnette.sip.message import Field, Request, Response, answer
from sonnette.sip.proxy import (
    MAX_BREADTH,
    forward_copy,
    insert_before_first,
    loop_mark,
    pop_via,
    push_via,
)
from sonnette.sip.registrar import Binding
from sonnette.sip.transaction.client import ClientTransaction, make_cancel
from sonnette.sip.transaction.layer import TransactionLayer
from sonnette.sip.transaction.machine import Transaction

# Requests that open a dialog: they must come back through us (§16.6 step 4).
_RECORD_ROUTED = frozenset(("INVITE", "SUBSCRIBE", "REFER"))

_PRIVATE = (names.P_PREFERRED_IDENTITY, names.AUTHORIZATION, names.PROXY_AUTHORIZATION)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that a call waits.

    ``ring_s`` is Timer C: how long it may ring without a sign from the phone; ``absent_s``
    how long it waits for a device that is registered but not connected.
    """

    ring_s: float = 180.0
    absent_s: float = 15.0


@dataclass(frozen=True, slots=True)
class Means:
    """What requests are sent with; ``defer`` takes what must wait for the world outside."""

    layer: TransactionLayer
    identity: Identity
    entropy: Entropy
    outward: Outward
    defer: Callable[[Wait], None]


class Forwarder:
    """All requests being forwarded."""

    def __init__(
        self, means: Means, registrar: Registrar, calls: Calls, patience: Patience
    ) -> None:
        self.calls = calls
        self._layer = means.layer
        self._identity = means.identity
        self._entropy = means.entropy
        self._outward = means.outward
        self._defer = means.defer
        self._patience = patience
        self._deadlines: Deadlines[Forwarding] = Deadlines()
        self._ringing: dict[Aor, list[Forwarding]] = {}
        self._realms = frozenset(means.identity.domains)
        registrar.on_reachable.append(self._on_reachable)

    @property
    def deadline(self) -> float | None:
        """When a call stops ringing next."""
        return self._deadlines.next

    def tick(self, now: float) -> None:
        """Give up the calls that have rung long enough."""
        for forwarding in self._deadlines.pop(now):
            forwarding.fork.is_late = False
            forwarding.fork.cancel()
            self._send_cancels(now, forwarding)
            self._finish(now, forwarding, forwarding.best() or self._none_answered(forwarding))

    # --- sending --------------------------------------------------------------------------

    def forward_ack(self, context: Context, target: Target) -> None:
        """An ACK to a 2xx is sent on and forgotten (§16.11)."""
        if target.flow is not None and not target.flow.is_closed:
            branch = self._layer.new_branch()
            request = self._prepare(context, target, target.flow, branch)
            data = request.encode(is_stream=target.flow.is_reliable)
            self._layer.out.append((target.flow, data))

    def forward(self, context: Context, aor: Aor | None) -> None:
        """Fork the request to the targets that the steps have found."""
        request = context.request
        server = context.transaction or self._layer.make_server(context.flow, request)
        is_call = request.method == "INVITE"
        fork = Fork(request.method, is_late=is_call and aor is not None)
        forwarding = Forwarding(context, server, fork, aor)
        server.context = forwarding
        if is_call:
            if context.transaction is None:
                self._layer.respond(context.now, server, answer(request, 100, "Trying"))
            self._open_call(forwarding)
        for target in context.targets:
            forwarding.add(target)
        self._go_on(context.now, forwarding)

    def _open_call(self, forwarding: Forwarding) -> None:
        context = forwarding.context
        now = context.now
        patience = self._patience.ring_s if _has_live(context.targets) else self._patience.absent_s
        self._deadlines.set(forwarding, now + patience)
        if forwarding.aor is not None:
            self._ringing.setdefault(forwarding.aor, []).append(forwarding)
        if not context.is_in_dialog:
            request = context.request
            forwarding.call = call_key(request.call_id, request.from_.tag)
            caller = logged_address(context.member, request.from_.uri)
            called = logged_address(context.callee, request.uri)
            self.calls.start(now, forwarding.call, caller, called)

    def _go_on(self, now: float, forwarding: Forwarding) -> None:
        """Start groups until one has a branch that lives, or none is left."""
        fork = forwarding.fork
        while fork.is_settled and (started := fork.start()):
            for branch in started:
                self._send(now, forwarding, branch)
        if not fork.is_settled:
            return
        if fork.is_late and not fork.has_answer:
            # Nobody said anything: a device that is away for a moment may come back.
            self._deadlines.set(forwarding, now + self._patience.absent_s)
        else:
            self._conclude(now, forwarding)

    def _send(self, now: float, forwarding: Forwarding, branch: Branch) -> None:
        target = branch.target
        assert isinstance(target, Target)
        if target.flow is None or target.flow.is_closed:
            forwarding.fork.give_up(branch, None)
            return
        mark = loop_mark(forwarding.context.request)
        name = f"{self._layer.new_branch()}.{mark}"
        request = self._prepare(forwarding.context, target, target.flow, name)
        client = self._layer.send(now, request, target.flow)
        client.context = (forwarding, branch)
        branch.sent = client

    def _prepare(self, context: Context, target: Target, flow: Flow, branch: str) -> Request:
        """The request as this target gets it (§16.6 steps 1 to 8)."""
        request = forward_copy(context.request, context.hops)
        if request.target != target.uri:
            request.target, request._uri = target.uri, None
        request.fields = [field for field in request.fields if not self._is_private(field)]
        if len(context.targets) > 1:
            self._limit_breadth(request, len(context.targets))
        if target.path:
            insert_before_first(request, names.ROUTE, list(target.path))
        if request.method in _RECORD_ROUTED and not context.is_in_dialog:
            near, far = self._identity.record_route(context.flow), self._identity.record_route(flow)
            routes = [far, near] if near != far else [far]
            insert_before_first(request, names.RECORD_ROUTE, routes)
        push_via(request, flow, branch, self._identity.advertised)
        return request

    def _is_private(self, field: Field) -> bool:
        if field[0] not in _PRIVATE:
            return False
        if field[0] == names.P_PREFERRED_IDENTITY:
            return True
        credentials = parse_credentials(field[2])
        return credentials is not None and credentials.realm in self._realms

    @staticmethod
    def _limit_breadth(request: Request, branches: int) -> None:
        """Share out what breadth is left (RFC 5393 §5.3.3)."""
        text = request.first(names.MAX_BREADTH)
        breadth = MAX_BREADTH if text is None else parse_number(text, 10**9, "Max-Breadth")
        request.set(names.MAX_BREADTH, str(max(1, breadth // branches)))

    # --- what comes back ------------------------------------------------------------------

    def respond(self, now: float, client: Transaction, response: Response) -> None:
        """A response came on a branch."""
        if client.context is None:
            return  # the answer to a CANCEL of ours
        forwarding, branch = client.context
        if response.status == 503 and self._try_next_server(now, forwarding, branch):
            return
        upstream = forwarding.fork.respond(branch, pop_via(response))
        if upstream is not None:
            self._pass_on(now, forwarding, upstream)
        self._send_cancels(now, forwarding)
        if response.status >= 300:
            self._go_on(now, forwarding)
        elif (
            response.status > 100 and forwarding.fork.is_invite and not forwarding.fork.is_answered
        ):
            self._deadlines.set(forwarding, now + self._patience.ring_s)

    def lose(self, now: float, client: Transaction, status: int, reason: str) -> None:
        """A branch timed out or its flow broke: as if it had answered so (§16.8, §16.9)."""
        if client.context is None:
            return
        forwarding, branch = client.context
        if self._try_next_server(now, forwarding, branch):
            return
        forwarding.fork.give_up(branch, self._make(forwarding, status, reason))
        self._send_cancels(now, forwarding)
        self._go_on(now, forwarding)

    def _try_next_server(self, now: float, forwarding: Forwarding, branch: Branch) -> bool:
        """Where a server of another domain failed, ask for the next one (RFC 3263 §4.3).

        The branch stays open meanwhile; a server that was tried already ends it.
        """
        target = branch.target
        assert isinstance(target, Target)
        failed, next_hop = target.flow, target.next_hop
        if failed is None or next_hop is None or branch.phase is Phase.RINGING:
            return False
        forwarding.tried.append(failed)
        self._outward.failed(failed)

        def resume(now: float, result: Flow | Exception) -> Outcome:
            if isinstance(result, Exception) or result in forwarding.tried:
                answer = self._make(forwarding, 503, "No Server Of The Domain Answers")
                forwarding.fork.give_up(branch, answer)
                self._go_on(now, forwarding)
            elif not branch.is_cancelled:
                target.flow = result
                self._send(now, forwarding, branch)
            return DONE

        size = len(forwarding.context.request.encode())
        wait = Wait(self._outward.connect(next_hop, size), resume)
        wait.context = forwarding.context
        self._defer(wait)
        return True

    def cancel(self, now: float, server: Transaction, request: Request) -> None:
        """The caller gave up (§16.10); its Reason goes with the CANCELs (RFC 3326)."""
        forwarding = server.context
        if not isinstance(forwarding, Forwarding):
            return
        forwarding.fork.is_late = False
        forwarding.context.is_cancelled = True
        forwarding.fork.cancel(request.first(names.REASON))
        self._send_cancels(now, forwarding)
        if forwarding.fork.is_settled:
            self._conclude(now, forwarding)

    def _on_reachable(self, now: float, aor: Aor, binding: Binding) -> None:
        """A device comes while its owner's calls ring: it rings too."""
        for forwarding in self._ringing.get(aor, ()):
            fork = forwarding.fork
            if not fork.is_late or forwarding.has_asked(binding.key, binding.flow):
                continue
            branch = forwarding.add(target_of(binding))
            self._deadlines.set(forwarding, now + self._patience.ring_s)
            if branch in fork.start():
                self._send(now, forwarding, branch)

    def _pass_on(self, now: float, forwarding: Forwarding, response: Response) -> None:
        self._layer.respond(now, forwarding.server, response)
        if response.status >= 200:
            if forwarding.call is not None:
                self.calls.answer(now, forwarding.call)
            self._close(forwarding)

    def _send_cancels(self, now: float, forwarding: Forwarding) -> None:
        for branch, reason in forwarding.fork.take_cancels():
            client = branch.sent
            if isinstance(client, ClientTransaction):
                self._layer.send(now, make_cancel(client.request, reason), client.flow)

    def _conclude(self, now: float, forwarding: Forwarding) -> None:
        """Every branch has ended: the best answer goes upstream, once."""
        fork = forwarding.fork
        if fork.is_answered:
            return
        best = forwarding.best()
        if best is None:
            best = self._none_answered(forwarding)
        self._finish(now, forwarding, best)

    def _finish(self, now: float, forwarding: Forwarding, response: Response) -> None:
        forwarding.fork.is_answered = True
        self._close(forwarding)
        if forwarding.call is not None:
            self.calls.fail(now, forwarding.call)
        if response.status == 408 and not forwarding.fork.is_invite:
            self._layer.abandon(forwarding.server)  # RFC 4320 §4.2: never a 408 here
        elif response.status == 503:
            # Passed on it would keep the caller from our other addresses (§16.7 step 6).
            response = self._make(forwarding, 480, "Temporarily Unavailable")
            self._layer.respond(now, forwarding.server, response)
        else:
            self._layer.respond(now, forwarding.server, response)

    def _none_answered(self, forwarding: Forwarding) -> Response:
        if forwarding.context.is_cancelled:
            return self._make(forwarding, 487, "Request Terminated")
        if any(branch.sent is not None for branch in forwarding.fork.branches):
            return self._make(forwarding, 408, "Nobody Answered")
        return self._make(forwarding, 480, "Temporarily Unavailable")

    def _make(self, forwarding: Forwarding, status: int, reason: str) -> Response:
        tag = self._entropy.draw(4).hex()
        return answer(forwarding.context.request, status, reason, to_tag=tag)

    def _close(self, forwarding: Forwarding) -> None:
        self._deadlines.cancel(forwarding)
        aor = forwarding.aor
        if aor is not None and forwarding in self._ringing.get(aor, ()):
            self._ringing[aor].remove(forwarding)
            if not self._ringing[aor]:
                del self._ringing[aor]


def call_key(call_id: str, tag: str | None) -> str:
    """What names a call among the open ones: its Call-ID and its caller's tag."""
    return f"{call_id} {tag}"


def _has_live(targets: list[Target]) -> bool:
    return any(target.flow is not None and not target.flow.is_closed for target in targets)
