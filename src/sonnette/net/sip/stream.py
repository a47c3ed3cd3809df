"""One connection: TCP or TLS with SIP framing, or WebSocket (RFC 7118)."""

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

from websockets.exceptions import WebSocketException
from websockets.frames import Frame, Opcode
from websockets.http11 import Request as HttpRequest
from websockets.http11 import Response as HttpResponse
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from sonnette.base.errors import PeerError
from sonnette.net.sip.limits import Limits
from sonnette.net.sip.tls import identities_of
from sonnette.sip.flow import Flow, Transport
from sonnette.sip.framer import Framer
from sonnette.sip.limits import STREAM_MESSAGE
from sonnette.sip.outbound import PING, PONG

_READ = 65_536


class Framing(Protocol):
    """What lies between a connection's octets and messages, both ways."""

    @property
    def is_idle(self) -> bool:
        """Whether no message is half received."""

    @property
    def is_lost(self) -> bool:
        """Whether nothing more can be read: what is left is to answer and to close."""

    def feed(self, data: bytes) -> tuple[list[bytes], bytes]:
        """What the octets complete, and what to send back at once.

        Raises :class:`PeerError` where the stream cannot be followed.
        """

    def wrap(self, message: bytes) -> bytes:
        """A message as octets."""


class PlainFraming:
    """SIP on TCP and TLS: messages by Content-Length, pings answered."""

    def __init__(self) -> None:
        self._framer = Framer()

    @property
    def is_idle(self) -> bool:
        """Whether no message is half received."""
        return self._framer.is_idle

    @property
    def is_lost(self) -> bool:
        """Whether the end of a message could not be told."""
        return self._framer.error is not None

    def feed(self, data: bytes) -> tuple[list[bytes], bytes]:
        """Cut messages out; a ping is answered by a pong (RFC 5626 §4.4.1)."""
        messages, answers = [], b""
        for piece in self._framer.feed(data):
            if piece == PING:
                answers += PONG
            elif piece != PONG:
                messages.append(piece)
        return messages, answers

    def wrap(self, message: bytes) -> bytes:
        """Nothing is added."""
        return message


class WebSocketFraming:
    """SIP over WebSocket: one message a text or binary frame, subprotocol ``sip``."""

    def __init__(self) -> None:
        self._protocol = ServerProtocol(subprotocols=[Subprotocol("sip")], max_size=STREAM_MESSAGE)
        self._pieces: list[bytes] = []
        self.is_open = False

    @property
    def is_idle(self) -> bool:
        """Whether no message is half received."""
        return self.is_open and not self._pieces

    @property
    def is_lost(self) -> bool:
        """Whether the peer said goodbye or was refused: the server closes (RFC 6455 §7.1.1)."""
        return self._protocol.close_expected()

    def feed(self, data: bytes) -> tuple[list[bytes], bytes]:
        """Follow the opening, control frames and fragments."""
        protocol = self._protocol
        protocol.receive_data(data)
        messages: list[bytes] = []
        for event in protocol.events_received():
            if isinstance(event, HttpRequest):
                protocol.send_response(self._open(event))
            elif isinstance(event, Frame):
                self._take(event, messages)
        answers = b"".join(protocol.data_to_send())
        if protocol.parser_exc is not None or protocol.handshake_exc is not None:
            raise PeerError("sip.websocket.protocol", "WebSocket Protocol Error")
        return messages, answers

    def _open(self, request: HttpRequest) -> HttpResponse:
        offered = ",".join(request.headers.get_all("Sec-WebSocket-Protocol"))
        if "sip" not in [name.strip() for name in offered.split(",")]:
            return self._protocol.reject(400, "This is SIP over WebSocket (subprotocol: sip)\n")
        self.is_open = True
        return self._protocol.accept(request)

    def _take(self, frame: Frame, messages: list[bytes]) -> None:
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY) or self._pieces:
            self._pieces.append(bytes(frame.data))
            if frame.fin:
                message, self._pieces = b"".join(self._pieces), []
                if message.strip(b"\r\n"):
                    messages.append(message)

    def wrap(self, message: bytes) -> bytes:
        """A text frame, or a binary one where the message is no UTF-8 (RFC 7118 §5)."""
        try:
            message.decode()
            self._protocol.send_text(message)
        except UnicodeDecodeError:
            self._protocol.send_binary(message)
        except WebSocketException:
            return b""  # closing: nothing more can be sent
        return b"".join(self._protocol.data_to_send())


class Owner(Protocol):
    """Who is told of a connection's life."""

    def opened(self, connection: "Connection") -> bool:
        """It is up; False refuses it."""

    def received(self, flow: Flow, messages: list[bytes]) -> None:
        """Messages have come."""

    def ended(self, connection: "Connection") -> None:
        """It is gone."""


class Connection(asyncio.BufferedProtocol):
    """Reads into a buffer that all connections share; writes with a bound on what waits."""

    def __init__(
        self,
        transport: Transport,
        owner: Owner,
        buffer: bytearray,
        limits: Limits,
        framing: Callable[[], Framing],
        serial: int,
    ) -> None:
        self.flow: Flow | None = None
        self.opened_at = self.heard_at = 0.0
        self.message_since: float | None = None
        self._kind = transport
        self._owner = owner
        self._buffer = buffer
        self._limits = limits
        self._framing = framing()
        self._serial = serial
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is up, TLS included."""
        stream = self._transport = cast(asyncio.Transport, transport)
        self.opened_at = self.heard_at = self._loop.time()
        local, remote = (stream.get_extra_info(name) for name in ("sockname", "peername"))
        if not local or not remote:  # gone before it was looked at
            stream.abort()
            return
        certificate = stream.get_extra_info("peercert")
        names = identities_of(certificate) if certificate else frozenset()
        self.flow = Flow(self._kind, local[:2], remote[:2], self._serial, names)
        stream.set_write_buffer_limits(high=self._limits.unsent)
        if not self._owner.opened(self):
            stream.abort()

    def get_buffer(self, sizehint: int) -> bytearray:
        """Where the next octets go: consumed before the next connection is read."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Octets have come."""
        flow, transport = self.flow, self._transport
        if flow is None or transport is None or flow.is_closed:
            return
        self.heard_at = self._loop.time()
        try:
            messages, answers = self._framing.feed(bytes(self._buffer[:nbytes]))
        except PeerError:
            transport.close()
            return
        if answers:
            self._write(answers)
        if messages:
            self._owner.received(flow, messages)
        if self._framing.is_lost:
            transport.close()
            return
        if self._framing.is_idle:
            self.message_since = None
        elif self.message_since is None or messages:
            self.message_since = self.heard_at

    def send(self, message: bytes) -> None:
        """Send a message; a peer that does not read is cut off."""
        self._write(self._framing.wrap(message))

    def _write(self, data: bytes) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.write(data)
        if transport.get_write_buffer_size() > self._limits.unsent:
            transport.abort()

    def is_overdue(self, now: float) -> bool:
        """Whether it has been silent, or a message unfinished, for too long."""
        since = self.message_since
        return now - self.heard_at > self._limits.idle_s or (
            since is not None and now - since > self._limits.message_s
        )

    def close(self) -> None:
        """Send what waits, then close."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def eof_received(self) -> None:
        """The peer has ended; so do we."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        if self.flow is not None:
            self.flow.is_closed = True
            self._owner.ended(self)


def make_buffer() -> bytearray:
    """The buffer that the connections of one door share."""
    return bytearray(_READ)
