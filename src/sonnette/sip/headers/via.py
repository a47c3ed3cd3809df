"""Via: the path a request took and its response takes back (RFC 3261 §20.42, RFC 3581)."""

import re
from dataclasses import dataclass, field

from sonnette.base.errors import PeerError
from sonnette.sip.grammar import Parameters, format_parameters, parse_parameters
from sonnette.sip.plain import plain_via

MAGIC_COOKIE = "z9hG4bK"

# No two repetitions that touch may match the same text: a peer could make that take for ever.
_VIA = re.compile(
    r"""(?P<protocol>[^\s/]+)\s*/\s*(?P<version>[^\s/]+)\s*/\s*(?P<transport>[A-Za-z0-9\-.+]+)\s+
        (?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_\-.]+)\s*(?::\s*(?P<port>[0-9]{1,5})\s*)?
        (?P<parameters>;.*)?\Z""",
    re.VERBOSE | re.ASCII | re.DOTALL,
)


@dataclass(slots=True)
class Via:
    """One hop: the transport in upper case, sent-by, parameters."""

    transport: str
    host: str
    port: int | None = None
    parameters: Parameters = field(default_factory=dict)

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        parameters = format_parameters(self.parameters)
        return f"SIP/2.0/{self.transport} {self.host}{port}{parameters}"

    @property
    def branch(self) -> str:
        """The branch, empty where there is none (RFC 2543 peers)."""
        return self.parameters.get("branch") or ""

    @property
    def sent_by(self) -> str:
        """Host and port as one text, for matching (RFC 3261 §17.2.3)."""
        return self.host.lower() if self.port is None else f"{self.host.lower()}:{self.port}"


def parse_via(value: str) -> Via:
    """Parse one Via element."""
    plain = plain_via(value)
    if plain is not None:
        return Via(*plain)
    match = _VIA.match(value)
    if match is None:
        raise PeerError("sip.via.malformed", "Malformed Via")
    port = match["port"]
    if port is not None and int(port) > 65_535:
        raise PeerError("sip.via.bad-port", "Port Out Of Range In Via")
    if match["protocol"].upper() != "SIP":
        raise PeerError("sip.via.not-sip", "Via Of Another Protocol")
    parameters = match["parameters"]
    return Via(
        match["transport"].upper(),
        match["host"],
        None if port is None else int(port),
        parse_parameters(parameters) if parameters else {},
    )
