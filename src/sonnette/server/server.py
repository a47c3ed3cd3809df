"""The SIP server as one machine: packets in, packets out, all of it in the caller's time.

It ties the endpoint to the pipeline.  What must wait for the world outside (a name, a
connection) leaves as a :class:`Wait` for the driver, which brings the result back by
:meth:`SipServer.resume`; a REGISTER that waits for the disk is answered when
:meth:`SipServer.settle` is called.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sonnette.base.entropy import Entropy
from sonnette.base.errors import PeerError
from sonnette.base.meter import Meter
from sonnette.server.context import DONE, Answer, Context, Outcome, Wait
from sonnette.server.guard.gate import Gate, Networks
from sonnette.server.identity import Identity
from sonnette.server.pipeline import Pipeline
from sonnette.server.ports import BindingStore, Credentials, Journal, Network
from sonnette.server.registrar.service import Registrar
from sonnette.server.router.calls import Calls
from sonnette.server.router.forwarder import Forwarder, Means, Patience
from sonnette.server.router.outward import Outward
from sonnette.server.steps.authenticate import Authenticate
from sonnette.server.steps.forward import Forward
from sonnette.server.steps.guard import Guard
from sonnette.server.steps.nat import Nat
from sonnette.server.steps.register import Register
from sonnette.server.steps.route import Route
from sonnette.server.steps.trust import Trust
from sonnette.sip.digest import Algorithm, DigestServer
from sonnette.sip.endpoint import Endpoint, Packet
from sonnette.sip.flow import Flow
from sonnette.sip.grammar import METHODS
from sonnette.sip.message import answer
from sonnette.sip.outbound import FlowTokens
from sonnette.sip.registrar import Policy
from sonnette.sip.timers import Timers
from sonnette.sip.transaction import (
    Cancelled,
    RequestArrived,
    ResponseArrived,
    TimedOut,
    Transaction,
    Transmit,
    TransportFailed,
)
from sonnette.sip.transaction.machine import State
from sonnette.sip.transaction.server import ServerTransaction

Output = Transmit | Wait


@dataclass(frozen=True)
class Options:
    """What an operator may choose; seconds, packets a second."""

    digest: tuple[Algorithm, ...] = (Algorithm.MD5,)
    federation: str = "off"
    trusted: Networks = ()
    peers: Networks = ()
    packet_rate: float = 20.0
    rate_period_s: float = 3.0
    ban_s: float = 120.0
    patience: Patience = field(default_factory=Patience)
    service_route: str = ""
    without: frozenset[str] = frozenset()
    policy: Policy = field(default_factory=Policy)
    timers: Timers = field(default_factory=Timers)


@dataclass(frozen=True)
class Ports:
    """What the server is given of the world."""

    members: Credentials
    journal: Journal
    bindings: BindingStore
    network: Network
    entropy: Entropy
    outward: Outward
    identity: Identity
    key: bytes
    on_ready: Callable[[], None] = lambda: None


class SipServer:
    """Registrar and proxy behind the four doors of a machine."""

    def __init__(self, options: Options, ports: Ports, meter: Meter | None = None) -> None:
        self.meter = meter or Meter()
        self.endpoint = Endpoint(ports.entropy, self.meter, options.timers)
        self.gate = Gate(options.packet_rate, options.rate_period_s, options.ban_s, options.trusted)
        self.registrar = Registrar(options.policy, ports.bindings, ports.journal)
        self.calls = Calls(ports.journal)
        self._entropy = ports.entropy
        self._journal = ports.journal
        self._on_ready = ports.on_ready
        self._replies: deque[tuple[Context, Answer]] = deque()
        self._out: list[Output] = []
        self._sweep_at = 0.0
        means = Means(
            self.endpoint.layer, ports.identity, ports.entropy, ports.outward, self._defer
        )
        self.forwarder = Forwarder(means, self.registrar, self.calls, options.patience)
        self.pipeline = self._assemble(options, ports)
        self.is_draining = False

    def _assemble(self, options: Options, ports: Ports) -> Pipeline:
        """The one visible list of steps."""
        tokens = ports.identity.tokens or FlowTokens(ports.key)
        digest = DigestServer(ports.key, ports.entropy)
        peers = Gate(0, 0, 0, options.peers)
        steps = (
            Guard(ports.identity.sent_by),
            Trust(peers.is_exempt),
            Authenticate(
                ports.members, digest, options.digest, self.gate, ports.journal, options.federation
            ),
            Nat(ports.identity, tokens, ports.network, self.registrar),
            Register(self.registrar, self._reply_later, options.service_route),
            Route(ports.identity, ports.members, self.registrar, ports.outward),
            Forward(self.forwarder, self.calls),
        )
        return Pipeline(steps, options.without)

    # --- the machine's doors --------------------------------------------------------------

    @property
    def deadline(self) -> float | None:
        """When to tick next."""
        times = (
            self.endpoint.deadline,
            self.forwarder.deadline,
            self._journal.deadline,
            self._next_sweep(),
        )
        return min((time for time in times if time is not None), default=None)

    @property
    def is_busy(self) -> bool:
        """Whether a request still waits for its final answer."""
        layer = self.endpoint.layer
        awaited = (*layer.servers.values(), *layer.clients.values())
        return any(transaction.state < State.ACCEPTED for transaction in awaited)

    def _next_sweep(self) -> float | None:
        due = self.registrar.deadline
        return None if due is None else max(due, self._sweep_at)

    def tick(self, now: float) -> None:
        """Fire what is due."""
        self.endpoint.tick(now)
        self.forwarder.tick(now)
        self._journal.tick(now)
        if now >= self._sweep_at:
            self._sweep_at = now + 1.0
            self.registrar.expire(now)
            self.calls.expire(now)
        self.settle(now)

    def feed(self, now: float, packets: Iterable[Packet]) -> None:
        """A batch of datagrams or framed messages has come in."""
        gate = self.gate
        self.endpoint.feed(now, [packet for packet in packets if gate.admits(now, packet[0])])
        self._work(now)

    def closed(self, now: float, flow: Flow) -> None:
        """A connection is gone; its bindings stay until they expire, without a flow."""
        self.endpoint.layer.closed(now, flow)
        self._work(now)

    def resume(self, now: float, wait: Wait, result: object) -> None:
        """What a :class:`Wait` waited for is there, or is an exception."""
        context = wait.context
        assert context is not None
        context.now = now
        outcome = wait.resume(now, result)
        if outcome is not DONE and not isinstance(outcome, Answer | Wait):
            outcome = self.pipeline.walk(context, wait.step + 1)
        self._carry_out(context, outcome)
        self._work(now)

    def settle(self, now: float) -> None:
        """Send the answers that waited for the disk."""
        while self._replies:
            context, reply = self._replies.popleft()
            context.now = now
            self._answer(context, reply)
        self._work(now)

    def drain(self) -> list[Output]:
        """Every output since the last call, in order."""
        outputs, self._out = self._out, []
        return outputs

    # --- inside ---------------------------------------------------------------------------

    def _defer(self, wait: Wait) -> None:
        self._out.append(wait)

    def _reply_later(self, context: Context, reply: Answer) -> None:
        self._replies.append((context, reply))
        self._on_ready()

    def _work(self, now: float) -> None:
        """Handle events until the layer has no more: what is left are bytes to send."""
        layer = self.endpoint.layer
        while layer.out:
            for out in layer.drain():
                if isinstance(out, tuple):
                    self._out.append(out)
                else:
                    self._handle(now, out)
        if self._replies:
            self.settle(now)

    def _handle(self, now: float, event: object) -> None:
        if isinstance(event, RequestArrived):
            self._serve(Context(now, event.flow, event.request))
        elif isinstance(event, ResponseArrived):
            self.forwarder.respond(now, event.transaction, event.response)
        elif isinstance(event, Cancelled):
            self._cancel(now, event)
        elif isinstance(event, TransportFailed):
            self._lose(now, event.transaction, 503, "Connection Lost")
        elif type(event) is TimedOut:
            self._lose(now, event.transaction, 408, "Request Timeout")

    def _lose(self, now: float, transaction: Transaction, status: int, reason: str) -> None:
        if not isinstance(transaction, ServerTransaction):
            self.forwarder.lose(now, transaction, status, reason)

    def _cancel(self, now: float, event: Cancelled) -> None:
        transaction = event.transaction
        if isinstance(transaction.context, Context):  # still waiting for a name or a connection
            transaction.context.is_cancelled = True
            self._answer(transaction.context, Answer(487, "Request Terminated"))
        else:
            self.forwarder.cancel(now, transaction, event.request)

    def _serve(self, context: Context) -> None:
        self.meter.counters[
            "sip_requests_total", (("method", _known(context.request.method)),)
        ] += 1
        if self.is_draining and context.request.method == "INVITE" and not context.is_in_dialog:
            self._answer(context, Answer(503, "Server Is Stopping"))
            return
        try:
            outcome = self.pipeline.walk(context)
        except PeerError as error:
            outcome = Answer(error.status, error.reason)
        self._carry_out(context, outcome)

    def _carry_out(self, context: Context, outcome: Outcome) -> None:
        if isinstance(outcome, Answer):
            self._answer(context, outcome)
        elif isinstance(outcome, Wait):
            self._hold(context)
            self._out.append(outcome)

    def _hold(self, context: Context) -> None:
        """While an INVITE waits, its sender must not send it again."""
        request, layer = context.request, self.endpoint.layer
        if request.method != "ACK" and context.transaction is None:
            context.transaction = layer.make_server(context.flow, request)
            context.transaction.context = context
            if request.method == "INVITE":
                layer.respond(context.now, context.transaction, answer(request, 100, "Trying"))

    def _answer(self, context: Context, reply: Answer) -> None:
        """Answer for good, the cheapest way that is right for the request."""
        request, layer = context.request, self.endpoint.layer
        if request.method == "ACK":
            return
        tag = self._entropy.draw(6).hex()
        response = answer(request, reply.status, reply.reason, to_tag=tag, extra=reply.fields)
        if context.transaction is not None:
            layer.respond(context.now, context.transaction, response)
        elif reply.is_stateless:
            layer.answer_statelessly(context.flow, request, response)
        elif request.method == "INVITE":
            layer.respond(context.now, layer.make_server(context.flow, request), response)
        else:
            layer.answer(context.now, context.flow, request, response)


def _known(method: str) -> str:
    """A method as a label: a stranger's invention must not make a new counter."""
    return method if method in METHODS else "other"
