"""Tokens, quoted strings, lists and parameters: patterns named after the ABNF (RFC 3261 §25.1).

Everything here takes the value of a header field, unfolded, as text.
"""

import re

from sonnette.base.errors import PeerError
from sonnette.sip.limits import LIST_ELEMENTS, PARAMETERS
from sonnette.sip.plain import plain_parameters

TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+\Z")
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_ELEMENT = re.compile(rf"(?:[^,\"<]|{_QUOTED}|<[^>]*>)*", re.DOTALL)
_PARAMETER = re.compile(
    rf"\s*;\s*(?:([^;=,\s\"<>?@]+)(?:\s*=\s*({_QUOTED}|<[^>]*>|[^;,\s\"<>]*))?\s*)?", re.DOTALL
)

METHODS = frozenset(
    ("ACK", "BYE", "CANCEL", "INFO", "INVITE", "MESSAGE", "NOTIFY", "OPTIONS", "PRACK")
    + ("PUBLISH", "REFER", "REGISTER", "SUBSCRIBE", "UPDATE")
)
"""The methods of the IANA registry: tokens that need no second look."""

Parameters = dict[str, str | None]
"""Lower-case names to values as they came, quotes included; None where no '=' was."""


def split_list(value: str) -> list[str]:
    """The elements of a comma-separated header, white space cut (RFC 3261 §7.3.1)."""
    if "," not in value:
        return [value]
    if '"' not in value and "<" not in value:  # what lists of tags and methods look like
        return _within_limit([part.strip() for part in value.split(",")])
    elements: list[str] = []
    position = 0
    while position <= len(value):
        match = _ELEMENT.match(value, position)
        end = match.end() if match else position
        if end < len(value) and value[end] != ",":
            raise PeerError("sip.grammar.bad-list", "Unclosed Quote Or Angle In List")
        elements.append(value[position:end].strip())
        position = end + 1
    return _within_limit(elements)


def _within_limit(elements: list[str]) -> list[str]:
    if len(elements) > LIST_ELEMENTS:
        raise PeerError("sip.grammar.list-too-long", "Too Many Elements In A Header", 413)
    return elements


def parse_parameters(text: str) -> Parameters:
    """``;name=value;flag`` as a dictionary.

    Raises :class:`PeerError` on anything else, on a name that comes twice, and on too many.
    """
    plain = plain_parameters(text, 0)
    if plain is not None:
        return plain
    found: Parameters = {}
    if '"' not in text and "<" not in text:
        return _parse_plain(text, found)
    position = 0
    while position < len(text):
        match = _PARAMETER.match(text, position)
        if match is None:
            raise PeerError("sip.grammar.bad-parameter", "Malformed Parameter")
        if match[1] is not None:  # ";;" and a trailing ";" are seen in the field and harmless
            _add(found, match[1], match[2])
        position = match.end()
    return found


def _parse_plain(text: str, found: Parameters) -> Parameters:
    """The common case, without quotes: splitting is enough."""
    head, *parts = text.split(";")
    if head.strip():
        raise PeerError("sip.grammar.bad-parameter", "Text Where A Parameter Was Expected")
    for part in parts:
        name, equals, value = part.partition("=")
        name = name.strip()
        if not name:
            if not equals and not value:
                continue
            raise PeerError("sip.grammar.bad-parameter", "Parameter Without Name")
        if " " in name or "\t" in name:
            raise PeerError("sip.grammar.bad-parameter", "Malformed Parameter")
        _add(found, name, value.strip() if equals else None)
    return found


def _add(found: Parameters, name: str, value: str | None) -> None:
    name = name.lower()
    if name in found:
        raise PeerError("sip.grammar.twice", "A Parameter Comes Twice")
    found[name] = value
    if len(found) > PARAMETERS:
        raise PeerError("sip.grammar.too-many", "Too Many Parameters")


def format_parameters(parameters: Parameters) -> str:
    """The dictionary back as ``;name=value;flag``."""
    parts = [
        f";{name}" if value is None else f";{name}={value}" for name, value in parameters.items()
    ]
    return "".join(parts)


def unquote(text: str) -> str:
    """A quoted string without its quotes and escapes; any other text as it is."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    inner = text[1:-1]
    return re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL) if "\\" in inner else inner


def quote(text: str) -> str:
    """Text as a quoted string (RFC 3261 §25.1)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def parse_number(text: str | None, most: int, what: str) -> int:
    """A decimal number of at most ``most``; ``what`` names the header for the error."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 12:
        raise PeerError("sip.grammar.bad-number", f"{what} Is Not A Number")
    number = int(text)
    if number > most:
        raise PeerError("sip.grammar.number-too-large", f"{what} Too Large")
    return number
