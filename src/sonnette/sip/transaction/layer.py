"""The transaction layer: messages in, transactions found or made, outputs in one list.

Requests that are answered at once need no machine: their answer is kept by key for the
retransmissions that may come (Timer J), in two generations that change every 32 s.
"""

from sonnette.base.entropy import Entropy
from sonnette.base.timers import Deadlines
from sonnette.sip.flow import Flow
from sonnette.sip.headers.via import MAGIC_COOKIE
from sonnette.sip.message import Message, Request, Response, answer
from sonnette.sip.timers import Timers
from sonnette.sip.transaction.client import (
    ClientTransaction,
    InviteClientTransaction,
    NonInviteClientTransaction,
)
from sonnette.sip.transaction.events import RequestArrived, Stray
from sonnette.sip.transaction.key import cancelled_key, client_key, server_key
from sonnette.sip.transaction.machine import Cancelled, On, Output, State, Surroundings, Transaction
from sonnette.sip.transaction.server import (
    InviteServerTransaction,
    NonInviteServerTransaction,
    ServerTransaction,
)

GENERATION = 32.0
"""Seconds of a generation of kept answers: Timer J."""

MOST_KEPT = 64 * 2**20
"""Bytes of kept answers in a generation; past it retransmissions are handled anew."""


class TransactionLayer:
    """All transactions of one endpoint.

    ``feed`` takes parsed messages; the answers of the user go through :meth:`respond` or
    :meth:`answer`, its requests through :meth:`send`.
    """

    def __init__(self, entropy: Entropy, timers: Timers | None = None) -> None:
        self.servers: dict[str, ServerTransaction] = {}
        self.clients: dict[str, ClientTransaction] = {}
        self._deadlines: Deadlines[Transaction] = Deadlines()
        self._shared = Surroundings(timers, self._deadlines)
        self.out = self._shared.out
        self._entropy = entropy
        self._branches = 0
        self._seed = entropy.draw(8).hex()
        self._kept: dict[str, bytes] = {}
        self._kept_before: dict[str, bytes] = {}
        self._kept_bytes = 0
        self._turn_at = 0.0

    # --- the machine's doors --------------------------------------------------------------

    @property
    def deadline(self) -> float | None:
        """When to tick next."""
        return self._deadlines.next

    def tick(self, now: float) -> None:
        """Fire the timers whose time has come."""
        for transaction in self._deadlines.pop(now):
            transaction.tick(now)
            if transaction.state is State.TERMINATED:
                self._forget(transaction)
        self._turn(now)

    def drain(self) -> list[Output]:
        """Every output since the last call, in order."""
        taken = self.out.copy()
        self.out.clear()  # the list itself is shared with every transaction
        return taken

    def feed(self, now: float, flow: Flow, message: Message) -> None:
        """A message has come in on ``flow``."""
        if isinstance(message, Request):
            self._feed_request(now, flow, message)
        elif isinstance(message, Response):
            client = self.clients.get(client_key(message))
            if client is None:
                self.out.append(Stray(flow, message))
            else:
                client.feed(now, message)
                self._settle(client)

    def closed(self, now: float, flow: Flow) -> None:
        """The connection behind ``flow`` is gone."""
        flow.is_closed = True
        for transaction in [*self.clients.values(), *self.servers.values()]:
            if transaction.flow is flow:
                transaction.fire(now, On.TRANSPORT_ERROR)
                self._settle(transaction)

    # --- commands of the user -------------------------------------------------------------

    def new_branch(self) -> str:
        """A branch that no other request of ours has had (§8.1.1.7)."""
        self._branches += 1
        return f"{MAGIC_COOKIE}{self._seed}.{self._branches:x}"

    def send(self, now: float, request: Request, flow: Flow) -> ClientTransaction:
        """Send a request, its Via on top already, in a client transaction of its own."""
        kind = InviteClientTransaction if request.method == "INVITE" else NonInviteClientTransaction
        key = f"{request.via.branch} {request.method}"
        client = kind(request, flow, now, self._shared, key)
        self.clients[key] = client
        if flow.is_closed:
            client.fire(now, On.TRANSPORT_ERROR)
            self._settle(client)
        return client

    def respond(self, now: float, transaction: ServerTransaction, response: Response) -> None:
        """Answer in a server transaction."""
        transaction.respond(now, response)
        self._settle(transaction)

    def answer(self, now: float, flow: Flow, request: Request, response: Response) -> None:
        """Answer for good a request that has no machine, and keep the answer for its repeats."""
        data = response.encode()
        self.out.append((reply_flow(flow, request), data))
        if not flow.is_reliable and request.method != "ACK":
            self._keep(now, server_key(request), data)

    def answer_statelessly(self, flow: Flow, request: Request, response: Response) -> None:
        """Answer and forget: a challenge, or a request too broken to remember (§8.2.7)."""
        self.out.append((reply_flow(flow, request), response.encode()))

    def make_server(self, flow: Flow, request: Request) -> ServerTransaction:
        """A machine for a request that :class:`RequestArrived` brought, if it is to have one."""
        kind = InviteServerTransaction if request.method == "INVITE" else NonInviteServerTransaction
        key = server_key(request)
        reply = reply_flow(flow, request)
        server = kind(request, reply, self._shared, key)
        self.servers[key] = server
        return server

    def abandon(self, transaction: ServerTransaction) -> None:
        """Forget a request without ever answering it (RFC 4320 §4.2)."""
        transaction.stop_timers()
        transaction.state = State.TERMINATED
        self.servers.pop(transaction.key, None)

    # --- inside ---------------------------------------------------------------------------

    def _feed_request(self, now: float, flow: Flow, request: Request) -> None:
        key = server_key(request)
        server = self.servers.get(key)
        if server is not None:
            server.fire(now, On.ACK if request.method == "ACK" else On.REQUEST, request)
            self._settle(server)
            return
        kept = self._kept.get(key) or self._kept_before.get(key)
        if request.method == "ACK":
            # An ACK to a failure that was answered statelessly ends here (§8.2.7).
            if kept is None:
                self.out.append(RequestArrived(flow, request))
        elif kept is not None:
            self.out.append((reply_flow(flow, request), kept))
        elif request.method == "CANCEL":
            self._cancel(now, flow, request)
        else:
            self.out.append(RequestArrived(flow, request))

    def _cancel(self, now: float, flow: Flow, request: Request) -> None:
        """CANCEL is hop by hop: answered here, whatever becomes of the INVITE (§9.2)."""
        server = self.servers.get(cancelled_key(request))
        if server is None:
            self._answer_cancel(now, flow, request, 481, "Call/Transaction Does Not Exist")
            return
        self._answer_cancel(now, flow, request, 200, "OK")
        if server.state is State.PROCEEDING:
            self.out.append(Cancelled(server, request))

    def _answer_cancel(
        self, now: float, flow: Flow, request: Request, status: int, reason: str
    ) -> None:
        response = answer(request, status, reason, to_tag=self._entropy.draw(6).hex())
        self.answer(now, flow, request, response)

    def _settle(self, transaction: Transaction) -> None:
        if transaction.state is State.TERMINATED:
            self._forget(transaction)

    def _forget(self, transaction: Transaction) -> None:
        if isinstance(transaction, ClientTransaction):
            self.clients.pop(transaction.key, None)
        else:
            self.servers.pop(transaction.key, None)

    def _keep(self, now: float, key: str, data: bytes) -> None:
        self._turn(now)
        if self._kept_bytes < MOST_KEPT:
            self._kept[key] = data
            self._kept_bytes += len(data) + len(key)

    def _turn(self, now: float) -> None:
        if now < self._turn_at:
            return
        is_stale = now >= self._turn_at + GENERATION
        self._kept_before = {} if is_stale else self._kept
        self._kept, self._kept_bytes = {}, 0
        self._turn_at = now + GENERATION


def reply_flow(flow: Flow, request: Request) -> Flow:
    """Where the response to ``request`` goes (RFC 3261 §18.2.2, RFC 3581 §4).

    On a stream back on it.  On UDP to the source address, at the source port where the
    client asked for it by ``rport``, else at the port of sent-by.  ``maddr`` is not obeyed:
    it would let anybody aim our answers at anyone.
    """
    if flow.is_reliable or "rport" in request.via.parameters:
        return flow
    port = request.via.port or 5060
    return flow if port == flow.remote[1] else flow.at_port(port)
