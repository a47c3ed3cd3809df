"""The SIP server joined to its sockets, its members, its logs and its storage."""

import re
import time
from collections.abc import Mapping
from pathlib import Path

from sonnette.accounts.sightings import Sightings
from sonnette.apps.certificates import Certificate
from sonnette.apps.settings import Settings
from sonnette.apps.storage import Storage
from sonnette.base.entropy import SystemEntropy
from sonnette.base.errors import LocalError, PeerError
from sonnette.base.meter import Meter
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


class SipService:
    """The running SIP side; made by :func:`open_sip`, ended by :meth:`close`.

    ``bound`` are the addresses by scheme, ports filled in.
    """

    def __init__(self, server: SipServer, door: SipDoor, bound: Mapping[str, str]) -> None:
        self.server = server
        self.door = door
        self.bound = bound

    def reload(self, settings: Settings) -> None:
        """Take the settings that may change while running."""
        self.server.gate.trust(settings.sip.trusted)

    def gauges(self) -> Mapping[str, float]:
        """What a scraper may read."""
        return {
            "sonnette_bindings": len(self.server.registrar),
            "sonnette_calls": len(self.server.calls),
            "sonnette_bans": len(self.server.gate.bans),
            "sonnette_packets_dropped_total": self.server.gate.dropped,
        }

    async def close(self) -> None:
        """No new calls; what waits is sent; the sockets close."""
        self.server.is_draining = True
        await self.door.close()


async def open_sip(
    settings: Settings, certificate: Certificate, storage: Storage, meter: Meter
) -> SipService:
    """Listen, put the bindings of an earlier run back, and serve.

    Raises :exc:`LocalError` where a socket is not to be had or a setting makes no sense.
    """
    authorities = settings.tls.client_authorities if settings.tls else None
    door = SipDoor(
        server_context(certificate.chain, certificate.key, authorities),
        client_context(certificate.authority),
    )
    try:
        bound = await door.listen(settings.sip.listen)
        return await _serve(settings, storage, meter, (door, bound))
    except LocalError:
        await door.close()
        raise


async def _serve(
    settings: Settings, storage: Storage, meter: Meter, opened: tuple[SipDoor, Mapping[str, str]]
) -> SipService:
    door, bound = opened
    entropy = SystemEntropy()
    epoch = time.time() - time.monotonic()
    key = _key(settings.data_dir / "sip.key", entropy)
    members = storage.directory
    bindings = StoredBindings(storage.writer, epoch)
    service: list[SipService] = []

    def on_ready() -> None:
        if service and service[0].door.driver is not None:
            service[0].door.driver.wake()

    ports = Ports(
        members,
        _journal(storage, entropy, epoch),
        bindings,
        door,
        entropy,
        _outward(settings.sip, Connector(door, Dns(entropy))),
        Identity(
            members.domains,
            door.sockets,
            settings.sip.aliases,
            settings.sip.advertise,
            FlowTokens(key),
        ),
        key,
        on_ready,
    )
    server = SipServer(_options(settings.sip), ports, meter)
    service.append(SipService(server, door, bound))
    with storage.database.read() as session:
        restore(server.registrar, members, load_bindings(session, time.time()), door, epoch)
    await door.attach(server)
    return service[0]


def _journal(storage: Storage, entropy: SystemEntropy, epoch: float) -> LegalJournal:
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
        without=frozenset(sip.without),
        policy=Policy(sip.min_expires, sip.max_expires, sip.default_expires, sip.max_devices),
    )


def _outward(sip: Sip, connector: Connector) -> Outward:
    trunks = [Trunk(_pattern(text), _uri(target)) for text, target in sip.trunks.items()]
    fallback = _uri(sip.fallback) if sip.fallback else None
    return Outward(connector.connect, sip.federation, trunks, fallback)


def _pattern(text: str) -> re.Pattern[str]:
    """``+33*`` as a pattern: a star stands for anything."""
    return re.compile(".*".join(re.escape(part) for part in text.split("*")))


def _uri(text: str) -> Uri:
    try:
        return parse_uri(text if ":" in text else f"sip:{text}")
    except PeerError as error:
        message = f"expected a SIP URI in [sip] trunks or fallback: {error.reason}"
        raise LocalError("apps.sip.uri", message) from error


def _key(path: Path, entropy: SystemEntropy) -> bytes:
    """The key of nonces and flow tokens; kept, so that calls outlive a restart."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(entropy.draw(32))
    return path.read_bytes()
