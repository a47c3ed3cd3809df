"""Plain clients of a server under torture: what is sent is sent as it is.

On UDP the probe follows the sample on one socket. On the others the sample has a connection to
itself, since it may rightly cost it; the probe comes on a second one that stays open throughout
and so shows that nobody else suffers.
"""

import contextlib
import itertools
import re
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from websockets import Subprotocol, exceptions
from websockets.sync.client import ClientConnection, connect

from tests.interop.waiting import PeerError

PROBE_TIME = 1.0  # within which the OPTIONS after each sample must be answered
LINGER = 0.01
DATAGRAM = 65_507  # the most that UDP over IPv4 carries; a longer sample is cut there

_STATUS = re.compile(rb"^SIP/2\.0 (\d{3})", re.MULTILINE)
_probes = itertools.count(1)


class Wire(Protocol):
    """A way to the server."""

    def expose(self, messages: tuple[bytes, ...]) -> list[int]:
        """Send a sample and then a valid OPTIONS; the status codes that came back for both.

        Raises:
            PeerError: the OPTIONS was not answered within `PROBE_TIME`.
        """

    def close(self) -> None:
        """Leave."""


def probe(transport: str, domain: str) -> tuple[bytes, bytes]:
    """A valid OPTIONS and its Call-ID."""
    number = next(_probes)
    call_id = b"probe-%d-of-the-torture" % number
    lines = (
        f"OPTIONS sip:{domain} SIP/2.0",
        f"Via: SIP/2.0/{transport.upper()} 127.0.0.1:5060;branch=z9hG4bKprobe{number};rport",
        "Max-Forwards: 70",
        f"From: <sip:alice@{domain}>;tag=probe{number}",
        f"To: <sip:{domain}>",
        f"Call-ID: {call_id.decode()}",
        "CSeq: 1 OPTIONS",
        "Content-Length: 0",
        "",
        "",
    )
    return "\r\n".join(lines).encode(), call_id


def statuses(received: bytes) -> list[int]:
    """The status codes of the responses in what was received."""
    return [int(code) for code in _STATUS.findall(received)]


def answer_to(call_id: bytes, receive: Callable[[float], bytes]) -> bytes:
    """Everything received up to a final answer to the probe with this Call-ID."""
    end = time.monotonic() + PROBE_TIME
    received = b""
    while not (call_id in received and any(code >= 200 for code in statuses(received))):
        left = end - time.monotonic()
        if left <= 0:
            raise PeerError(f"the OPTIONS was not answered within {PROBE_TIME:g} s")
        with contextlib.suppress(TimeoutError):
            received += receive(left) + b"\n"
    return received


class UdpWire:
    """One UDP socket."""

    def __init__(self, address: str, domain: str) -> None:
        self._domain = domain
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(split(address))

    def expose(self, messages: tuple[bytes, ...]) -> list[int]:
        request, call_id = probe("udp", self._domain)
        for message in (*messages, request):
            self._socket.send(message[:DATAGRAM])
        return statuses(answer_to(call_id, self._receive))

    def close(self) -> None:
        self._socket.close()

    def _receive(self, timeout: float) -> bytes:
        self._socket.settimeout(timeout)
        return self._socket.recv(DATAGRAM)


class StreamWire:
    """TCP, or TLS where the authority's file is given."""

    def __init__(self, address: str, domain: str, authority: Path | None = None) -> None:
        self._address, self._domain = split(address), domain
        self._name = "tls" if authority else "tcp"
        self._context = ssl.create_default_context(cafile=authority) if authority else None
        self._probing = self._open()

    def expose(self, messages: tuple[bytes, ...]) -> list[int]:
        request, call_id = probe(self._name, self._domain)
        with self._open() as exposed:
            with contextlib.suppress(OSError):  # the server may have had enough of it
                exposed.sendall(b"".join(messages))
            self._probing.sendall(request)
            answered = answer_to(call_id, self._receive)
            return statuses(answered + b"\n" + drain(exposed))

    def close(self) -> None:
        self._probing.close()

    def _open(self) -> socket.socket:
        plain = socket.create_connection(self._address, PROBE_TIME)
        if self._context is None:
            return plain
        return self._context.wrap_socket(plain, server_hostname=self._domain)

    def _receive(self, timeout: float) -> bytes:
        self._probing.settimeout(timeout)
        return self._probing.recv(DATAGRAM)


class WebSocketWire:
    """SIP over WebSocket (RFC 7118)."""

    def __init__(self, address: str, domain: str) -> None:
        self._uri, self._domain = f"ws://{address}", domain
        self._open = contextlib.ExitStack()
        self._probing = self._open.enter_context(self._connect())

    def expose(self, messages: tuple[bytes, ...]) -> list[int]:
        request, call_id = probe("ws", self._domain)
        with self._connect() as exposed:
            with contextlib.suppress(exceptions.ConnectionClosed):
                for message in messages:
                    exposed.send(message)
            self._probing.send(request)
            received = answer_to(call_id, self._receive)
            with contextlib.suppress(exceptions.ConnectionClosed, TimeoutError):
                while True:
                    received += b"\n" + octets(exposed.recv(LINGER))
        return statuses(received)

    def close(self) -> None:
        self._open.close()

    def _connect(self) -> contextlib.AbstractContextManager[ClientConnection]:
        return connect(self._uri, subprotocols=[Subprotocol("sip")], compression=None, proxy=None)

    def _receive(self, timeout: float) -> bytes:
        return octets(self._probing.recv(timeout))


def split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


def octets(message: str | bytes) -> bytes:
    return message.encode() if isinstance(message, str) else message


def drain(stream: socket.socket) -> bytes:
    """What has come on a stream by now."""
    stream.settimeout(LINGER)
    received = b""
    with contextlib.suppress(OSError):
        while read := stream.recv(DATAGRAM):
            received += read
    return received
