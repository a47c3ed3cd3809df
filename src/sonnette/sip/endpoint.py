"""An endpoint: datagrams and framed messages in, transactions found, outputs out.

The one object a driver feeds.  It parses, answers what is too broken to process, writes
the true source on Via, and hands the rest to the transaction layer.
"""

from collections.abc import Iterable
from hashlib import blake2s

from sonnette.base.entropy import Entropy
from sonnette.base.errors import PeerError
from sonnette.base.meter import Meter
from sonnette.sip.flow import Flow, Transport
from sonnette.sip.message import Request, answer
from sonnette.sip.parser import BrokenRequestError, parse
from sonnette.sip.proxy import stamp_via
from sonnette.sip.timers import Timers
from sonnette.sip.transaction import Output, TransactionLayer

Packet = tuple[Flow, bytes]

# A WebSocket frames its messages itself (RFC 7118 §5), and so does a datagram.
_NEED_LENGTH = frozenset((Transport.TCP, Transport.TLS))


class Endpoint:
    """Parser and transaction layer behind the four doors of a machine."""

    def __init__(
        self, entropy: Entropy, meter: Meter | None = None, timers: Timers | None = None
    ) -> None:
        self.layer = TransactionLayer(entropy, timers)
        self.meter = meter or Meter()
        self._seed = entropy.draw(16)

    @property
    def deadline(self) -> float | None:
        """When to tick next."""
        return self.layer.deadline

    def tick(self, now: float) -> None:
        """Fire the timers whose time has come."""
        self.layer.tick(now)

    def drain(self) -> list[Output]:
        """Every output since the last call, in order."""
        return self.layer.drain()

    def feed(self, now: float, packets: Iterable[Packet]) -> None:
        """A batch of messages has come in; keep-alives are not messages and end here."""
        for flow, data in packets:
            try:
                needs_length = flow.transport in _NEED_LENGTH
                message = parse(data, is_stream=flow.is_reliable, needs_length=needs_length)
                if isinstance(message, Request):
                    stamp_via(message, flow)
                self.layer.feed(now, flow, message)
            except BrokenRequestError as error:
                self._refuse(flow, error)
            except PeerError as error:
                self.meter.count("sip_unparsable_total", code=error.code)

    def _tag(self, request: Request) -> str:
        """A tag that a repeat of the request gets again, as nothing is remembered (§8.2.7)."""
        text = f"{request.via.branch} {request.call_id}".encode("utf-8", "surrogateescape")
        return blake2s(text, key=self._seed, digest_size=6).hexdigest()

    def _refuse(self, flow: Flow, error: BrokenRequestError) -> None:
        """Answer a broken request where its headers can carry an answer (RFC 3261 §8.2.7)."""
        self.meter.count("sip_refused_total", code=error.code)
        request = error.request
        if request.method == "ACK":
            return
        try:
            stamp_via(request, flow)
            _ = request.from_, request.to, request.call_id, request.cseq
            response = answer(request, error.status, error.reason, to_tag=self._tag(request))
        except PeerError:
            response = answer(request, error.status, error.reason)
        try:
            self.layer.answer_statelessly(flow, request, response)
        except PeerError as unanswerable:
            self.meter.count("sip_unanswerable_total", code=unanswerable.code)
