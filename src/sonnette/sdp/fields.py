"""The values of the lines that are no attributes (RFC 8866 section 5)."""

from dataclasses import dataclass
from ipaddress import ip_address

from sonnette.sdp.grammar import decimal, malformed, port, token, words

_MOST = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Origin:
    """``o=``: who made the session, and which version this is (section 5.2)."""

    username: str
    session_id: int
    version: int
    address: str
    family: str = "IP4"
    network: str = "IN"

    @classmethod
    def parse(cls, text: str) -> "Origin":
        """PeerError unless it is made of six words."""
        username, session_id, version, network, family, address = words(text, "o=", 6, 6)
        return cls(
            username,
            decimal(session_id, "o= session id", _MOST),
            decimal(version, "o= version", _MOST),
            address,
            family,
            network,
        )

    def __str__(self) -> str:
        return (
            f"{self.username} {self.session_id} {self.version}"
            f" {self.network} {self.family} {self.address}"
        )


@dataclass(frozen=True, slots=True)
class Connection:
    """``c=``: where media goes (section 5.7); ``ttl`` and ``count`` are for multicast."""

    address: str
    family: str = "IP4"
    network: str = "IN"
    ttl: int | None = None
    count: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Connection":
        """PeerError unless it is a network type, an address type and an address."""
        network, family, rest = words(text, "c=", 3, 3)
        address, *suffixes = rest.split("/")
        numbers = [decimal(suffix, "c= multicast suffix", 65535) for suffix in suffixes]
        if not address or len(numbers) > (2 if family == "IP4" else 1):
            raise malformed("c=", "an address")
        if family == "IP4":
            ttl, count = (*numbers, None, None)[:2]
        else:
            ttl, count = None, (*numbers, None)[0]
        return cls(address, family, network, ttl, count)

    @property
    def is_unspecified(self) -> bool:
        """Whether it is 0.0.0.0 or ::, which older phones send to put a call on hold."""
        try:
            return ip_address(self.address).is_unspecified
        except ValueError:
            return False

    def __str__(self) -> str:
        suffixes = "".join(f"/{number}" for number in (self.ttl, self.count) if number is not None)
        return f"{self.network} {self.family} {self.address}{suffixes}"


@dataclass(frozen=True, slots=True)
class Bandwidth:
    """``b=``: kilobits per second for CT and AS, bits for TIAS, RS, RR (section 5.8)."""

    kind: str
    value: int

    @classmethod
    def parse(cls, text: str) -> "Bandwidth":
        """PeerError unless it is a token, a colon and a number."""
        kind, _, value = text.partition(":")
        return cls(token(kind, "b="), decimal(value, "b=", _MOST))

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


@dataclass(frozen=True, slots=True)
class Timing:
    """``t=``: start and stop in seconds since 1900, 0 for unbounded (section 5.9)."""

    start: int
    stop: int

    @classmethod
    def parse(cls, text: str) -> "Timing":
        """PeerError unless it is two numbers."""
        start, stop = words(text, "t=", 2, 2)
        return cls(decimal(start, "t= start", _MOST), decimal(stop, "t= stop", _MOST))

    def __str__(self) -> str:
        return f"{self.start} {self.stop}"


@dataclass(frozen=True, slots=True)
class Media:
    """``m=``: kind, port, protocol and formats of one stream (section 5.14)."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...] = ()
    port_count: int = 1

    @classmethod
    def parse(cls, text: str) -> "Media":
        """PeerError unless it is a kind, a port, a protocol and up to 256 formats."""
        kind, ports, protocol, *formats = words(text, "m=", 3, 259)
        first, slash, count = ports.partition("/")
        return cls(
            token(kind, "m="),
            port(first, "m= port"),
            protocol,
            tuple(formats),
            port(count, "m= number of ports") if slash else 1,
        )

    @property
    def is_secure(self) -> bool:
        """Whether the profile is one of SRTP (SAVP, SAVPF)."""
        return self.protocol.rpartition("/")[2] in {"SAVP", "SAVPF"}

    def __str__(self) -> str:
        ports = str(self.port) if self.port_count == 1 else f"{self.port}/{self.port_count}"
        return " ".join((self.kind, ports, self.protocol, *self.formats))
