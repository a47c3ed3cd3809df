"""The sections about serving SIP: [sip] and [media]."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from sonnette.base.settings import Reload, Section, Words, split_words
from sonnette.net.settings import Listener, SipListeners

Algorithm = Literal["MD5", "SHA-256"]
Algorithms = Annotated[
    tuple[Algorithm, ...], BeforeValidator(split_words), Field(min_length=1, max_length=2)
]


def _shortest(network: IPv4Network | IPv6Network) -> str:
    return str(network.network_address if network.num_addresses == 1 else network)


Network = Annotated[IPv4Network | IPv6Network, PlainSerializer(_shortest)]
Networks = Annotated[tuple[Network, ...], BeforeValidator(split_words)]


class Sip(Section):
    """The SIP side: sockets, names, and whom to believe."""

    listen: SipListeners = (
        Listener("udp", "127.0.0.1", 5060),
        Listener("tcp", "127.0.0.1", 5060),
        Listener("tls", "127.0.0.1", 5061),
        Listener("ws", "127.0.0.1", 5080),
        Listener("wss", "127.0.0.1", 5443),
    )
    """Sockets, each transport://address:port; transports are udp, tcp, tls, ws and wss;
    port 0 takes any free one."""

    advertise: str = ""
    """Address for Via, Record-Route and Contact when listening on 0.0.0.0 or behind NAT."""

    aliases: Words = ()
    """Further host names and addresses that are this server."""

    digest: Algorithms = ("MD5",)
    """Digest algorithms offered to phones, in this order: MD5, SHA-256 or both."""

    federation: Literal["off", "tls", "open"] = "off"
    """Calls and messages from and to other domains: off, over TLS only, or open."""

    trusted: Annotated[Networks, Reload()] = (
        IPv4Network("127.0.0.0/8"),
        IPv6Network("::1"),
    )
    """Networks of peers exempt from rate limits (not from authentication)."""

    peers: Networks = ()
    """Networks of trunks and servers whose requests need no password."""

    trunks: dict[str, str] = Field(default_factory=dict)
    """Where numbers go that are no member's: "+33*" = "sip:trunk.example.net"."""

    fallback: str = ""
    """Where calls and messages go for a member without a connected device, a SIP URI."""

    service_route: str = ""
    """A proxy that phones are to send their requests through (RFC 3608), a SIP URI."""

    without: Words = ()
    """Steps of the pipeline that are switched off; sonnette server steps lists them."""

    packets_per_second: Annotated[float, Field(gt=0)] = 20.0
    """More than this from one address and port, for three seconds, is a flood."""

    ban_seconds: Annotated[float, Field(gt=0)] = 120.0
    """How long the source of a flood is not heard."""

    ring_seconds: Annotated[float, Field(ge=5)] = 180.0
    """How long a phone may ring without a sign before the call is given up."""

    min_expires: Annotated[int, Field(ge=1)] = 60
    """The shortest registration that is accepted, in seconds."""

    max_expires: Annotated[int, Field(ge=60)] = 86_400
    """The longest registration that is granted, in seconds."""

    default_expires: Annotated[int, Field(ge=60)] = 600
    """The registration that is granted where the phone asks for none, in seconds."""

    max_devices: Annotated[int, Field(ge=1)] = 12
    """Devices of one account; of more, the one registered longest ago goes."""


def _port_range(text: str) -> str:
    first, dash, last = text.partition("-")
    numbers = first.isdecimal() and last.isdecimal()
    if not (dash and numbers and 1024 <= int(first) < int(last) <= 65535):
        raise ValueError(f"expected FIRST-LAST within 1024-65535, found {text!r}")
    return text


class Media(Section):
    """Voice and video that must pass through the server."""

    relay: Literal["auto", "always", "never"] = "auto"
    """When to relay: auto (only when the two ends cannot reach each other), always, never."""

    ports: Annotated[str, AfterValidator(_port_range)] = "30000-31999"
    """UDP ports of the relay, FIRST-LAST."""

    address: str = ""
    """Public address written into session descriptions, when behind NAT."""
