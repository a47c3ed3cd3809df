"""The SIP server joined to its sockets, its members, its logs and its storage."""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from pathlib import Path

from sonnette.accounts.directory import Member
from sonnette.accounts.sightings import Sightings
from sonnette.apps.certificates import Certificate
from sonnette.apps.operations import text
from sonnette.apps.settings import Settings
from sonnette.apps.storage import Storage
from sonnette.base.entropy import PooledEntropy, SystemEntropy
from sonnette.base.errors import LocalError, PeerError
from sonnette.base.meter import Meter
from sonnette.net.control import Arguments, Command, Stream
from sonnette.net.dns import Dns
from sonnette.net.sip import SipDoor
from sonnette.net.sip.connector import Connector
from sonnette.net.sip.tls import client_context, server_context
from sonnette.server.identity import Identity
from sonnette.server.logs.calls import CallLog
from sonnette.server.logs.journal import LegalJournal
from sonnette.server.logs.registrations import RegistrationLog
from sonnette.server.registrar.rows import load_bindings
from sonnette.server.registrar.storage import StoredBindings, restore
from sonnette.server.router.forwarder import Patience
from sonnette.server.router.outward import Outward, Trunk
from sonnette.server.server import Options, Ports, SipServer
from sonnette.server.settings import Sip
from sonnette.sip.digest import Algorithm
from sonnette.sip.outbound import FlowTokens
from sonnette.sip.registrar import Policy
from sonnette.sip.uri import Uri, parse_uri
from sonnette.store.writer import Writer

DRAIN_S = 2.0
"""How long running transactions may take when the server stops: it must be gone in five."""


class Sockets:
    """The door with its certificate."""

    def __init__(self, settings: Settings, certificate: Certificate) -> None:
        authorities = settings.tls.client_authorities if settings.tls else None
        self._tls = server_context(certificate.chain, certificate.key, authorities)
        self.door = SipDoor(self._tls, client_context(certificate.authority))
        self.bound: Mapping[str, str] = {}

    def show(self, certificate: Certificate) -> None:
        """Show this certificate to whoever connects from now on.

        Raises :exc:`LocalError` ``tls.certificate`` where it is not to be read.
        """
        try:
            self._tls.load_cert_chain(certificate.chain, certificate.key)
        except OSError as error:
            message = f"expected a certificate and its key, found none: {error.strerror}"
            raise LocalError("tls.certificate", message) from error


class SipService:
    """The running SIP side; made by :func:`open_sip`, ended by :meth:`close`.

    ``bound`` are the addresses by scheme, ports filled in.
    """

    def __init__(self, server: SipServer, sockets: Sockets, writer: Writer) -> None:
        self.server = server
        self.bound = sockets.bound
        self._sockets = sockets
        self._writer = writer

    # --- accounts that change ---------------------------------------------------------------

    def put(self, member: Member, /) -> None:
        """An account is new or changed: one that is suspended loses its devices."""
        if not member.active:
            self.drop(member.domain, member.username)

    def drop(self, domain: str, username: str, /) -> None:
        """An account is gone: so are its devices."""
        self.server.registrar.remove(_now(), (domain, username))

    def forget_device(self, domain: str, username: str, instance: str) -> None:
        """A device is taken away from its account."""
        self.server.registrar.remove(_now(), (domain, username), instance)

    # --- the operator's eyes ----------------------------------------------------------------

    @property
    def streams(self) -> Mapping[str, Stream]:
        """What the operator may look at, by the names of the control socket."""
        server = self.server
        return {
            "server.steps": _stream(server.pipeline.describe),
            "server.bindings": _stream(lambda: server.registrar.describe(_now())),
            "server.calls": _stream(lambda: server.calls.describe(_now())),
            "server.bans": _stream(lambda: server.gate.bans.describe(_now())),
            "server.queues": _stream(self._queues),
        }

    @property
    def commands(self) -> Mapping[str, Command]:
        """What the operator may change."""

        async def unban(arguments: Arguments) -> object:
            return {"lifted": self.server.gate.bans.lift(text(arguments, "source"))}

        return {"server.unban": unban}

    def _queues(self) -> list[dict[str, object]]:
        layer = self.server.endpoint.layer
        return [
            {"name": "requests being served", "waiting": len(layer.servers)},
            {"name": "requests sent on", "waiting": len(layer.clients)},
            {"name": "rows to write", "waiting": self._writer.waiting},
        ]

    # --- life -------------------------------------------------------------------------------

    def reload(self, settings: Settings, certificate: Certificate) -> None:
        """Take the settings that may change while running."""
        self.server.gate.trust(settings.sip.trusted)
        self._sockets.show(certificate)

    def gauges(self) -> Mapping[str, float]:
        """What a scraper may read."""
        return {
            "sonnette_bindings": len(self.server.registrar),
            "sonnette_calls": len(self.server.calls),
            "sonnette_bans": len(self.server.gate.bans),
            "sonnette_packets_dropped_total": self.server.gate.dropped,
        }

    async def close(self) -> None:
        """No new calls; running transactions end, for a while; the sockets close."""
        self.server.is_draining = True
        end = _now() + DRAIN_S
        while self.server.is_busy and _now() < end:  # noqa: ASYNC110  # nothing tells of the last
            await asyncio.sleep(0.05)
        await self._sockets.door.close()


async def open_sip(
    settings: Settings, certificate: Certificate, storage: Storage, meter: Meter
) -> SipService:
    """Listen, put the bindings of an earlier run back, and serve.

    Raises :exc:`LocalError` where a socket is not to be had or a setting makes no sense.
    """
    sockets = Sockets(settings, certificate)
    try:
        sockets.bound = await sockets.door.listen(settings.sip.listen)
        server = _build(settings, storage, meter, sockets.door)
        await sockets.door.attach(server)
    except LocalError:
        await sockets.door.close()
        raise
    service = SipService(server, sockets, storage.writer)
    storage.followers.append(service)
    return service


def _build(settings: Settings, storage: Storage, meter: Meter, door: SipDoor) -> SipServer:
    entropy = PooledEntropy()
    epoch = time.time() - _now()
    key = _key(settings.data_dir / "sip.key")
    members, sip = storage.directory, settings.sip
    tokens = FlowTokens(key)
    identity = Identity(members.domains, door.sockets, sip.aliases, sip.advertise, tokens)
    ports = Ports(
        members,
        _journal(storage, entropy, epoch),
        StoredBindings(storage.writer, epoch),
        door,
        entropy,
        _outward(sip, Connector(door, Dns(entropy))),
        identity,
        key,
        door.wake,
    )
    server = SipServer(_options(sip), ports, meter)
    with storage.database.read() as session:
        restore(server.registrar, members, load_bindings(session, time.time()), door, epoch)
    return server


def _now() -> float:
    """The clock of the SIP side, which is the event loop's."""
    return asyncio.get_running_loop().time()


def _stream(rows: Callable[[], Iterable[object]]) -> Stream:
    async def stream(_: Arguments) -> AsyncGenerator[object, None]:
        for row in [*rows()]:  # at once: what it reads changes while this sends
            yield row

    return stream


def _journal(storage: Storage, entropy: PooledEntropy, epoch: float) -> LegalJournal:
    statements, put = storage.writer.statements, storage.writer.put
    return LegalJournal(
        CallLog(statements, put, entropy, epoch),
        RegistrationLog(statements, put, entropy, epoch),
        Sightings(statements, put).seen,
        epoch,
    )


def _options(sip: Sip) -> Options:
    return Options(
        digest=tuple(Algorithm(name) for name in sip.digest),
        federation=sip.federation,
        trusted=sip.trusted,
        peers=sip.peers,
        packet_rate=sip.packets_per_second,
        ban_s=sip.ban_seconds,
        patience=Patience(sip.ring_seconds),
        service_route=sip.service_route,
        without=frozenset(sip.without),
        policy=Policy(sip.min_expires, sip.max_expires, sip.default_expires, sip.max_devices),
    )


def _outward(sip: Sip, connector: Connector) -> Outward:
    trunks = [Trunk(_pattern(text), _uri(target)) for text, target in sip.trunks.items()]
    fallback = _uri(sip.fallback) if sip.fallback else None
    return Outward(connector.connect, sip.federation, trunks, fallback, connector.failed)


def _pattern(text: str) -> re.Pattern[str]:
    """``+33*`` as a pattern: a star stands for anything."""
    return re.compile(".*".join(re.escape(part) for part in text.split("*")))


def _uri(text: str) -> Uri:
    try:
        return parse_uri(text if ":" in text else f"sip:{text}")
    except PeerError as error:
        message = f"expected a SIP URI in [sip] trunks or fallback: {error.reason}"
        raise LocalError("apps.sip.uri", message) from error


def _key(path: Path) -> bytes:
    """The key of nonces and flow tokens; kept, so that calls outlive a restart."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(SystemEntropy().draw(32))
    return path.read_bytes()
