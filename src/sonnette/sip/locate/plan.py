"""RFC 3263 sections 4.1 and 4.2 as a function of the answers known so far.

:func:`plan` is run again with each new answer: what it asks in vain is asked of the DNS,
and once nothing is missing its result stands.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import TypeVar

from sonnette.sip.flow import Transport
from sonnette.sip.locate.dns import Address, Answer, Kind, Naptr, Question, Record, Srv
from sonnette.sip.locate.wanted import DEFAULT_PORTS, Target, Wanted, is_numeric

MOST_SERVICES = 8
MOST_SERVERS = 32
MOST_ADDRESSES = 16

R = TypeVar("R", bound=Record)

_SERVICES = {
    "SIP+D2U": Transport.UDP,
    "SIP+D2T": Transport.TCP,
    "SIPS+D2T": Transport.TLS,
    "SIP+D2W": Transport.WS,
    "SIPS+D2W": Transport.WSS,
}
_PREFIXES = {  # no SRV name is registered for WebSocket
    Transport.UDP: "_sip._udp.",
    Transport.TCP: "_sip._tcp.",
    Transport.TLS: "_sips._tcp.",
}


@dataclass(frozen=True, slots=True)
class Service:
    """A transport and the SRV name that lists its servers."""

    transport: Transport
    name: str


@dataclass(frozen=True, slots=True)
class Server:
    """A host that may be asked; ``priority`` and ``weight`` order those of one service."""

    transport: Transport
    host: str
    port: int
    service: int = 0
    priority: int = 0
    weight: int = 0


class Known:
    """Answers by question, and which questions lack one."""

    def __init__(self, find: Callable[[Question], Answer | None]) -> None:
        self._find = find
        self.missing: list[Question] = []
        self.has_failed = False

    def records(self, name: str, kind: Kind, expected: type[R]) -> list[R]:
        """The records for a name; empty if there are none, or none yet."""
        answer = self._find(question := Question(name, kind))
        if answer is None:
            self.missing.append(question)
            return []
        self.has_failed = self.has_failed or answer.failed
        return [record for record in answer.records if isinstance(record, expected)]


def plan(wanted: Wanted, known: Known) -> list[tuple[Server, list[Target]]]:
    """Servers, unordered within a service, with their addresses in order of trying."""
    return [(server, _targets(server, wanted, known)) for server in _servers(wanted, known)]


def _servers(wanted: Wanted, known: Known) -> list[Server]:
    if wanted.is_numeric or wanted.port is not None:
        return [_plain(wanted)]
    services = _services(wanted, known)
    if known.missing:
        return []
    found, is_refused = _listed(services, known)
    if not found and not is_refused and not known.missing:
        return [_plain(wanted)]
    return found


def _plain(wanted: Wanted) -> Server:
    """The host itself, where no SRV record applies."""
    transport = wanted.transport or wanted.usual_transport
    port = DEFAULT_PORTS[transport] if wanted.port is None else wanted.port
    return Server(transport, wanted.host, port)


def _services(wanted: Wanted, known: Known) -> list[Service]:
    if wanted.transport is None:
        records = known.records(wanted.host, Kind.NAPTR, Naptr)
        chosen = list(_chosen(wanted, records))
        if chosen or known.missing:
            return chosen
    return [
        Service(transport, _PREFIXES[transport] + wanted.host)
        for transport in wanted.supported
        if transport in _PREFIXES
    ]


def _chosen(wanted: Wanted, records: list[Naptr]) -> Iterator[Service]:
    """The services that we can speak, as the domain prefers them."""
    usable = [
        record
        for record in records
        if record.flags.lower() == "s"
        and record.replacement
        and _SERVICES.get(record.service.upper()) in wanted.supported
    ]
    usable.sort(key=lambda record: (record.order, record.preference))
    for record in usable[:MOST_SERVICES]:
        yield Service(_SERVICES[record.service.upper()], record.replacement)


def _listed(services: list[Service], known: Known) -> tuple[list[Server], bool]:
    """The servers of every service, and whether one says that it does not exist."""
    found: list[Server] = []
    is_refused = False
    for number, service in enumerate(services):
        records = known.records(service.name, Kind.SRV, Srv)
        is_refused = is_refused or any(not record.target for record in records)
        found += [
            Server(
                service.transport,
                record.target,
                record.port,
                number,
                record.priority,
                record.weight,
            )
            for record in sorted(records, key=lambda record: record.priority)
            if record.target and record.port
        ]
    return found[:MOST_SERVERS], is_refused


def _targets(server: Server, wanted: Wanted, known: Known) -> list[Target]:
    return [
        Target(server.transport, address, server.port, wanted.host, server.host)
        for address in _addresses(server.host, wanted.families, known)
    ]


def _addresses(host: str, families: tuple[int, ...], known: Known) -> list[str]:
    """IP versions by turns, the preferred first (RFC 8305 section 4)."""
    if is_numeric(host):
        return [host]
    kinds = {4: Kind.A, 6: Kind.AAAA}
    columns = [
        [record.host for record in known.records(host, kinds[family], Address)]
        for family in families
    ]
    by_turns = chain.from_iterable(zip_longest(*columns))
    return [address for address in by_turns if address is not None][:MOST_ADDRESSES]
