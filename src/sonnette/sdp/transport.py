"""Where packets go: the RTCP port and ICE candidates."""

import re
from dataclasses import dataclass

from sonnette.sdp.fields import Connection
from sonnette.sdp.grammar import decimal, malformed, port, token, words

_FOUNDATION = re.compile(r"[A-Za-z0-9+/]{1,32}")
_MOST_COMPONENT = 256
_MOST_PRIORITY = 2**32 - 1  # 2**31 - 1 in RFC 8445, and peers that reach further


@dataclass(frozen=True, slots=True)
class Rtcp:
    """``a=rtcp`` (RFC 3605 section 2.1): the port, and the address if it is another."""

    port: int
    connection: Connection | None = None

    @classmethod
    def parse(cls, text: str) -> "Rtcp":
        """PeerError unless it is a port and perhaps a connection."""
        number, _, rest = text.strip(" ").partition(" ")
        return cls(port(number, "a=rtcp"), Connection.parse(rest) if rest else None)

    def __str__(self) -> str:
        return str(self.port) if self.connection is None else f"{self.port} {self.connection}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """``a=candidate`` (RFC 8839 section 5.1); ``extensions`` are name and value by turns."""

    foundation: str
    component: int
    transport: str
    priority: int
    address: str
    port: int
    kind: str
    related_address: str = ""
    related_port: int | None = None
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Candidate":
        """PeerError unless it follows the grammar; unknown transports and kinds pass."""
        fixed = words(text, "a=candidate", 8, 64)
        foundation, component, transport, priority, address, at_port, typ, kind, *rest = fixed
        if typ != "typ" or not _FOUNDATION.fullmatch(foundation) or len(rest) % 2:
            raise malformed("a=candidate", "a foundation, 'typ', and pairs after the kind")
        related, extensions = _related(rest)
        return cls(
            foundation,
            decimal(component, "a=candidate component", _MOST_COMPONENT),
            token(transport, "a=candidate transport"),
            decimal(priority, "a=candidate priority", _MOST_PRIORITY),
            address,
            port(at_port, "a=candidate port"),
            token(kind, "a=candidate kind"),
            related.get("raddr", ""),
            port(related["rport"], "a=candidate rport") if "rport" in related else None,
            extensions,
        )

    def __str__(self) -> str:
        said = [
            f"{self.foundation} {self.component} {self.transport} {self.priority}"
            f" {self.address} {self.port} typ {self.kind}"
        ]
        if self.related_address:
            said.append(f"raddr {self.related_address}")
        if self.related_port is not None:
            said.append(f"rport {self.related_port}")
        return " ".join((*said, *self.extensions))


def _related(rest: list[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The related address (only first, in its order) apart from the extensions."""
    related: dict[str, str] = {}
    for name in ("raddr", "rport"):
        if rest and rest[0] == name:
            related[name] = rest[1]
            rest = rest[2:]
    return related, tuple(rest)


@dataclass(frozen=True, slots=True)
class RemoteCandidate:
    """The other side's candidate that one component ended up with."""

    component: int
    address: str
    port: int


@dataclass(frozen=True, slots=True)
class RemoteCandidates:
    """``a=remote-candidates`` (RFC 8839 section 5.2)."""

    candidates: tuple[RemoteCandidate, ...]

    @classmethod
    def parse(cls, text: str) -> "RemoteCandidates":
        """PeerError unless it is made of component, address and port by threes."""
        found = words(text, "a=remote-candidates", 3, 3 * 16)
        if len(found) % 3:
            raise malformed("a=remote-candidates", "component, address and port by threes")
        return cls(
            tuple(
                RemoteCandidate(
                    decimal(component, "a=remote-candidates component", _MOST_COMPONENT),
                    address,
                    port(at_port, "a=remote-candidates port"),
                )
                for component, address, at_port in zip(
                    found[::3], found[1::3], found[2::3], strict=True
                )
            )
        )

    def __str__(self) -> str:
        return " ".join(f"{one.component} {one.address} {one.port}" for one in self.candidates)
