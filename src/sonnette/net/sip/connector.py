"""From a URI to a flow: the DNS asked, servers tried in order (RFC 3263 §4.3, RFC 8305)."""

import asyncio
from collections.abc import Iterable

from sonnette.base.errors import PeerError
from sonnette.net.dns import Dns
from sonnette.net.sip.door import SipDoor
from sonnette.sip.flow import Flow, Transport
from sonnette.sip.locate import (
    Attempt,
    Failover,
    Located,
    NotLocated,
    Quarantine,
    Target,
    Wanted,
    race,
)
from sonnette.sip.locate.failover import ATTEMPT_DELAY
from sonnette.sip.uri import Uri

STREAMS = (Transport.TCP, Transport.TLS)
SPOKEN = (*STREAMS, Transport.UDP)

MOST_TARGETS = 1_000
"""Flows whose server is remembered."""

LARGE = 1_300
"""Octets above which a request does not go by UDP: an MTU of 1,500 less 200 (§18.1.1)."""


class Connector:
    """Finds and opens flows to other servers; remembers which ones failed lately."""

    def __init__(self, door: SipDoor, dns: Dns) -> None:
        self._door = door
        self._dns = dns
        self._quarantine = Quarantine()
        self._targets: dict[Flow, Target] = {}

    def failed(self, flow: Flow) -> None:
        """The server behind a flow gave 503 or no answer: try its like first for a while."""
        target = self._targets.get(flow)
        if target is not None:
            self._quarantine.add(asyncio.get_running_loop().time(), target)

    async def connect(self, uri: Uri, size: int = 0) -> Flow:
        """A flow to a server of ``uri`` for a request of ``size`` octets.

        A large request goes by a stream where the URI leaves the choice, by UDP only where
        no stream can be had (RFC 3261 §18.1.1).

        Raises :class:`PeerError`: 404 where the name does not exist, 503 where no server can
        be reached.
        """
        if uri.transport is None and size > LARGE:
            try:
                return await self._connect(uri, STREAMS)
            except PeerError:
                return await self._connect(uri, SPOKEN)
        return await self._connect(uri, SPOKEN)

    async def _connect(self, uri: Uri, spoken: tuple[Transport, ...]) -> Flow:
        host = uri.parameters.get("maddr") or uri.host
        wanted = Wanted.of(uri.scheme, host, uri.port, uri.transport, spoken)
        located: Located | NotLocated = await self._dns.locate(wanted)
        if isinstance(located, NotLocated):
            if located.is_temporary:
                raise PeerError("net.sip.dns", "Name Cannot Be Looked Up Now", 503)
            raise PeerError("net.sip.no-such-name", "No Such Domain", 404)
        return await self._try(located.targets)

    async def _try(self, targets: Iterable[Target]) -> Flow:
        now = asyncio.get_running_loop().time()
        failover = Failover(targets, self._quarantine)
        while server := failover.next_server(now):
            flow = await self._race(race(server))
            if flow is not None:
                return flow
        raise PeerError("net.sip.unreachable", "No Server Of The Domain Can Be Reached", 503)

    async def _race(self, attempts: list[Attempt]) -> Flow | None:
        """The first connection that stands; the others are given up."""
        tasks: list[asyncio.Task[Flow | None]] = []
        for attempt in attempts:
            before = tasks[-1] if tasks else None
            tasks.append(asyncio.create_task(self._attempt(attempt, before)))
        try:
            for finished in asyncio.as_completed(tasks):
                flow = await finished
                if flow is not None:
                    return flow
            return None
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _attempt(
        self, attempt: Attempt, before: "asyncio.Task[Flow | None] | None"
    ) -> Flow | None:
        if before is not None:  # a failure lets the next one start at once (RFC 8305 §5)
            await asyncio.wait((before,), timeout=ATTEMPT_DELAY)
        now = asyncio.get_running_loop().time()
        try:
            flow = await self._door.connect(attempt.target)
        except PeerError:
            self._quarantine.add(now, attempt.target)
            return None
        if len(self._targets) >= MOST_TARGETS:
            self._targets.clear()
        self._targets[flow] = attempt.target
        return flow
