"""The door: every SIP socket of a process, and the flows behind them."""

import asyncio
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import count

from sonnette.base.errors import LocalError, PeerError
from sonnette.net.settings import Listener
from sonnette.net.sip.driver import Driver, SipMachine
from sonnette.net.sip.limits import Limits
from sonnette.net.sip.stream import Connection, Framing, PlainFraming, WebSocketFraming, make_buffer
from sonnette.net.sip.udp import UdpSocket
from sonnette.sip.endpoint import Packet
from sonnette.sip.flow import Address, Flow, Transport, bracket
from sonnette.sip.locate import Target

_CONNECT_S = 10.0


class SipDoor:
    """Listens, connects, and drives one machine.

    First :meth:`listen`, so that ports are known; then :meth:`attach` the machine.
    """

    def __init__(
        self,
        server_tls: ssl.SSLContext | None = None,
        client_tls: ssl.SSLContext | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.sockets: list[tuple[Transport, Address]] = []
        self.driver: Driver | None = None
        self.refused = 0
        self._server_tls = server_tls
        self._client_tls = client_tls
        self._limits = limits or Limits()
        self._udp: dict[Address, UdpSocket] = {}
        self._servers: list[asyncio.Server] = []
        self._connections: dict[Flow, Connection] = {}
        self._flows: dict[int, Flow] = {}
        self._per_address: Counter[str] = Counter()
        self._outgoing: dict[tuple[Transport, Address, str], Flow] = {}
        self._buffer = make_buffer()
        # Numbers that no earlier run of this server has given: old tokens name no new flow.
        self._serials = count(time.time_ns() // 1000)
        self._sweeper: asyncio.TimerHandle | None = None

    # --- listening ------------------------------------------------------------------------

    async def listen(self, listeners: Iterable[Listener]) -> dict[str, str]:
        """Open the sockets; the addresses by scheme, ports filled in.

        Raises :class:`LocalError` where one is not to be had.
        """
        bound: dict[str, str] = {}
        for listener in listeners:
            transport = Transport(listener.scheme.upper())
            try:
                host, port = await self._open(transport, listener)
            except OSError as error:
                raise LocalError(
                    "net.sip.listen", f"cannot listen on {listener}: {error.strerror}"
                ) from error
            self.sockets.append((transport, (host, port)))
            bound.setdefault(listener.scheme, f"{bracket(host)}:{port}")
        return bound

    async def _open(self, transport: Transport, listener: Listener) -> Address:
        if transport is Transport.UDP:
            udp = UdpSocket(listener.host, listener.port, self._on_datagrams, self._limits)
            self._udp[udp.address] = udp
            return udp.address
        if transport.is_secure and self._server_tls is None:
            raise LocalError("net.sip.no-certificate", f"{listener} needs a certificate")
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: self._make(transport),
            listener.host,
            listener.port,
            ssl=self._server_tls if transport.is_secure else None,
            ssl_handshake_timeout=self._limits.handshake_s if transport.is_secure else None,
            backlog=1024,
            start_serving=False,
        )
        self._servers.append(server)
        address: Address = server.sockets[0].getsockname()[:2]
        return address

    def _make(self, transport: Transport) -> Connection:
        is_web = transport in (Transport.WS, Transport.WSS)
        framing: Callable[[], Framing] = WebSocketFraming if is_web else PlainFraming
        serial = next(self._serials)
        return Connection(transport, self, self._buffer, self._limits, framing, serial)

    async def attach(self, machine: SipMachine) -> Driver:
        """Begin to serve with this machine."""
        self.driver = Driver(machine, self.send)
        for udp in self._udp.values():
            udp.start()
        for server in self._servers:
            await server.start_serving()
        self._sweep()
        return self.driver

    def wake(self) -> None:
        """Something that the machine waited for has happened."""
        if self.driver is not None:
            self.driver.wake()

    async def close(self) -> None:
        """Close every socket."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        if self.driver is not None:
            await self.driver.stop()
        for server in self._servers:
            server.close()
        for connection in [*self._connections.values()]:
            connection.close()
        for udp in self._udp.values():
            udp.close()

    # --- packets --------------------------------------------------------------------------

    def _on_datagrams(self, packets: list[Packet]) -> None:
        assert self.driver is not None
        self.driver.feed(packets)

    def send(self, flow: Flow, data: bytes) -> None:
        """Send on a flow; on one that is gone, nothing happens."""
        if flow.is_reliable:
            connection = self._connections.get(flow)
            if connection is not None:
                connection.send(data)
        elif (udp := self._udp.get(flow.local)) is not None:
            udp.send(flow, data)

    # --- connections ----------------------------------------------------------------------

    def opened(self, connection: Connection) -> bool:
        """Take a connection in, unless there are too many."""
        flow = connection.flow
        assert flow is not None
        host = flow.remote[0]
        limits = self._limits
        if (
            len(self._connections) >= limits.connections
            or self._per_address[host] >= limits.connections_per_address
        ):
            self.refused += 1
            connection.flow = None
            return False
        self._connections[flow] = connection
        self._flows[flow.serial] = flow
        self._per_address[host] += 1
        return True

    def received(self, flow: Flow, messages: list[bytes]) -> None:
        """Messages have come on a connection."""
        assert self.driver is not None
        self.driver.feed([(flow, message) for message in messages])

    def ended(self, connection: Connection) -> None:
        """A connection is gone: so are its transactions."""
        flow = connection.flow
        if flow is None or self._connections.pop(flow, None) is None:
            return
        self._flows.pop(flow.serial, None)
        host = flow.remote[0]
        self._per_address[host] -= 1
        if not self._per_address[host]:
            del self._per_address[host]
        if self.driver is not None:
            self.driver.closed(flow)

    def _sweep(self) -> None:
        """Cut what is idle or stuck."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection in [*self._connections.values()]:
            if connection.is_overdue(now):
                connection.abort()
        self._sweeper = loop.call_later(self._limits.sweep_s, self._sweep)

    # --- flows ----------------------------------------------------------------------------

    def datagram(self, remote: Address, local: Address | None = None) -> Flow | None:
        """A UDP flow to ``remote`` from the socket bound to ``local``, or from any fitting one."""
        if local is not None and local in self._udp:
            return self._udp[local].flow(remote)
        for address, udp in self._udp.items():
            if (":" in address[0]) == (":" in remote[0]):
                return udp.flow(remote)
        return None

    def stream(self, transport: Transport, serial: int) -> Flow | None:
        """The open connection of that number."""
        flow = self._flows.get(serial)
        return flow if flow is not None and flow.transport is transport else None

    async def connect(self, target: Target) -> Flow:
        """A flow to a server: an open one, or a new one.

        Raises :class:`PeerError` 503 where there is none to be had.
        """
        transport = Transport(target.transport.upper())
        remote = (target.address, target.port)
        if transport is Transport.UDP:
            flow = self.datagram(remote)
            if flow is None:
                raise PeerError("net.sip.no-socket", "No Socket For This Address", 503)
            return flow
        key = transport, remote, target.server_name
        known = self._outgoing.get(key)
        if known is not None and not known.is_closed:
            return known
        flow = await self._connect_stream(transport, target)
        self._outgoing = {key: old for key, old in self._outgoing.items() if not old.is_closed}
        self._outgoing[key] = flow
        return flow

    async def _connect_stream(self, transport: Transport, target: Target) -> Flow:
        if transport not in (Transport.TCP, Transport.TLS):
            raise PeerError("net.sip.transport", "Transport Not Spoken Between Servers", 503)
        loop = asyncio.get_running_loop()
        is_secure = transport is Transport.TLS
        try:
            async with asyncio.timeout(_CONNECT_S):
                _, connection = await loop.create_connection(
                    lambda: self._make(transport),
                    target.address,
                    target.port,
                    ssl=self._client_tls if is_secure else None,
                    server_hostname=target.server_name if is_secure else None,
                )
        except (OSError, TimeoutError) as error:
            raise PeerError("net.sip.connect", "Next Hop Cannot Be Reached", 503) from error
        if connection.flow is None:
            raise PeerError("net.sip.connect", "Too Many Connections", 503)
        return connection.flow
