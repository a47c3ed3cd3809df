"""What is looked for, and what is found."""

from dataclasses import dataclass
from ipaddress import ip_address

from sonnette.base.errors import PeerError
from sonnette.sip.flow import Transport

DEFAULT_PORTS = {
    Transport.UDP: 5060,
    Transport.TCP: 5060,
    Transport.TLS: 5061,
    Transport.WS: 80,  # RFC 7118 section 5.2
    Transport.WSS: 443,
}

_NAMED = {
    ("sip", "udp"): Transport.UDP,
    ("sip", "tcp"): Transport.TCP,
    ("sip", "tls"): Transport.TLS,
    ("sip", "ws"): Transport.WS,
    ("sip", "wss"): Transport.WSS,
    ("sips", "tcp"): Transport.TLS,
    ("sips", "tls"): Transport.TLS,
    ("sips", "ws"): Transport.WSS,
    ("sips", "wss"): Transport.WSS,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The next hop of a request (RFC 3263 section 4).

    ``transport`` is fixed by the URI or None; ``supported`` are ours, the preferred first;
    ``families`` are the IP versions we have a route for, the preferred first.
    """

    host: str
    port: int | None
    transport: Transport | None
    is_secure: bool
    supported: tuple[Transport, ...]
    families: tuple[int, ...] = (6, 4)

    @classmethod
    def of(
        cls,
        scheme: str,
        host: str,
        port: int | None,
        transport: str | None,
        supported: tuple[Transport, ...],
        families: tuple[int, ...] = (6, 4),
    ) -> "Wanted":
        """From the parts of a sip or sips URI; PeerError if we cannot speak as it wants."""
        is_secure = scheme == "sips"
        usable = tuple(one for one in supported if one.is_secure or not is_secure)
        fixed = None
        if transport is not None:
            fixed = _NAMED.get((scheme, transport.lower()))
            usable = tuple(one for one in usable if one is fixed)
        if not usable:
            raise PeerError(
                "sip.locate.transport",
                f"{scheme} URI: expected a transport among {_shown(supported)}",
                503,
            )
        name = host.strip("[]").lower().removesuffix(".")
        return cls(name, port, fixed, is_secure, usable, families)

    @property
    def is_numeric(self) -> bool:
        """Whether the host is an IP address."""
        return is_numeric(self.host)

    @property
    def usual_transport(self) -> Transport:
        """The transport where neither the URI nor the DNS says one (section 4.1)."""
        usual = Transport.TLS if self.is_secure else Transport.UDP
        return usual if usual in self.supported else self.supported[0]


@dataclass(frozen=True, slots=True)
class Target:
    """An address to send to.

    ``host`` is the name that the address was found under; ``server_name`` the one that a
    certificate must bear, which is the URI's (RFC 5922 section 4), whatever the DNS says.
    """

    transport: Transport
    address: str
    port: int
    server_name: str
    host: str

    def is_same_server(self, other: "Target") -> bool:
        """Whether both are addresses of one server."""
        return (self.transport, self.port, self.host) == (other.transport, other.port, other.host)


def is_numeric(host: str) -> bool:
    """Whether ``host`` is an IP address rather than a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _shown(transports: tuple[Transport, ...]) -> str:
    return ", ".join(transport.value for transport in transports) or "none"
