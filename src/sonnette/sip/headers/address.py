"""Addresses: From, To, Contact, Route, Record-Route, Path and their kin (RFC 3261 §20.10)."""

import re
from dataclasses import dataclass, field

from sonnette.base.errors import PeerError
from sonnette.sip.grammar import (
    Parameters,
    format_parameters,
    parse_parameters,
    quote,
    split_list,
    unquote,
)
from sonnette.sip.plain import plain_address
from sonnette.sip.uri import Uri, parse_uri

# A display name is a quoted string or tokens; what real phones put there is wider, and only
# what would blur the border of the address itself is refused (RFC 4475 §3.1.2.15).
_NAME_ADDR = re.compile(
    r'(?P<name>"(?:[^"\\]|\\.)*"\s*|[^"<>]*)<(?P<uri>[^<>]*)>(?P<parameters>.*)\Z', re.DOTALL
)


@dataclass(slots=True)
class NameAddr:
    """A display name, a URI and header parameters such as ``tag``, ``q`` and ``expires``."""

    uri: Uri
    parameters: Parameters = field(default_factory=dict)
    display: str = ""

    def __str__(self) -> str:
        name = f"{quote(self.display)} " if self.display else ""
        return f"{name}<{self.uri}>{format_parameters(self.parameters)}"

    @property
    def tag(self) -> str | None:
        """The tag that names one side of a dialog."""
        return self.parameters.get("tag")

    def parameter(self, name: str) -> str | None:
        """The value of a header parameter, without quotes."""
        value = self.parameters.get(name)
        return None if value is None else unquote(value)


def parse_address(value: str) -> NameAddr:
    """Parse one address: ``"Name" <uri>;parameters`` or ``uri;parameters``.

    Without angle brackets every parameter belongs to the header (RFC 3261 §20).
    """
    plain = plain_address(value)
    if plain is not None:
        display, text, found = plain
        return NameAddr(parse_uri(text), found, display)
    if "<" in value:
        match = _NAME_ADDR.match(value.strip())
        if match is None:
            raise PeerError("sip.address.malformed", "Malformed Address")
        uri, parameters = parse_uri(match["uri"].strip()), match["parameters"].strip()
        display = unquote(match["name"].strip())
        return NameAddr(uri, parse_parameters(parameters) if parameters else {}, display)
    text, semicolon, parameters = value.strip().partition(";")
    if "," in text or "?" in text:
        raise PeerError("sip.address.malformed", "Address Needs Angle Brackets")
    return NameAddr(
        parse_uri(text.strip()), parse_parameters(semicolon + parameters) if parameters else {}
    )


def parse_addresses(values: list[str]) -> list[NameAddr]:
    """Every address of a header that may come several times and hold lists."""
    return [parse_address(element) for value in values for element in split_list(value)]
