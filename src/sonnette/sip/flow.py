"""A flow: the path over which messages go to one peer and come from it (RFC 5626 §3).

On a stream it is the connection; on UDP it is the pair of our socket and the peer's
address.  The sans-I/O layers hold flows and compare them; only the driver knows the socket
behind one.
"""

from enum import StrEnum


class Transport(StrEnum):
    """The transports of RFC 3261 and RFC 7118, named as in a Via."""

    UDP = "UDP"
    TCP = "TCP"
    TLS = "TLS"
    WS = "WS"
    WSS = "WSS"

    @property
    def is_reliable(self) -> bool:
        """Whether the transport itself sends again what is lost."""
        return self is not Transport.UDP

    @property
    def is_secure(self) -> bool:
        """Whether it runs over TLS."""
        return self in (Transport.TLS, Transport.WSS)

    @property
    def parameter(self) -> str:
        """How a URI names it."""
        return {"TLS": "tls", "WSS": "ws"}.get(self.value, self.value.lower())


Address = tuple[str, int]
"""A numeric host, IPv6 without brackets, and a port."""


def bracket(host: str) -> str:
    """A host as URIs and Vias write it."""
    return f"[{host}]" if ":" in host else host


class Flow:
    """One path.  Identity is the object itself on streams, the addresses on UDP.

    ``local`` and ``remote`` are addresses; ``identities`` are the SIP identities (users or
    domains) that the peer's verified certificate names, empty without one.
    """

    __slots__ = ("identities", "is_closed", "is_reliable", "local", "remote", "serial", "transport")

    def __init__(
        self,
        transport: Transport,
        local: Address,
        remote: Address,
        serial: int = 0,
        identities: frozenset[str] = frozenset(),
    ) -> None:
        self.transport = transport
        self.local = local
        self.remote = remote
        self.serial = serial
        self.identities = identities
        self.is_reliable = transport is not Transport.UDP
        self.is_closed = False

    def at_port(self, port: int) -> "Flow":
        """On UDP, the flow to another port of the same peer."""
        return Flow(self.transport, self.local, (self.remote[0], port))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, Flow)
            and not self.is_reliable
            and not other.is_reliable
            and self.remote == other.remote
            and self.local == other.local
        )

    def __hash__(self) -> int:
        return self.serial if self.is_reliable else hash(self.remote)

    def __repr__(self) -> str:
        return f"<Flow {self.transport.value} #{self.serial}>"
