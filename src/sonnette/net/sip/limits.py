"""How much of the process one peer, or all together, may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Counts, octets and seconds."""

    connections: int = 20_000
    """Open streams in all: file descriptors and some 30 kB each."""

    connections_per_address: int = 500
    """Open streams of one address: an office behind one NAT has hundreds of phones."""

    handshake_s: float = 10.0
    """For TLS and the WebSocket opening."""

    message_s: float = 20.0
    """From the first octet of a message on a stream to its last."""

    idle_s: float = 3_600.0
    """Without an octet; phones send keep-alives every 30 to 120 s."""

    sweep_s: float = 5.0
    """Between two looks for connections that are idle or stuck."""

    unsent: int = 1 << 20
    """Octets waiting for a slow peer; past it the connection is cut."""

    datagrams_a_wake: int = 64
    """Read from a UDP socket before others get their turn."""

    udp_flows: int = 100_000
    """Addresses of UDP peers remembered; a forgotten one costs an object at its next packet."""
