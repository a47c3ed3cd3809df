"""URIs: sip and sips with their parts and comparison (RFC 3261 §19.1), tel (RFC 3966), others.

A :class:`Uri` is a value: it keeps the text it came from, and a changed one is a new one.
"""

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import unquote as _unquote

from sonnette.base.errors import PeerError
from sonnette.sip import limits
from sonnette.sip.grammar import Parameters, format_parameters, parse_parameters
from sonnette.sip.plain import plain_uri

SIP_SCHEMES = ("sip", "sips")

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):", re.ASCII)
_HOST = r"\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_](?:[A-Za-z0-9\-._]*[A-Za-z0-9_.])?"
_SIP = re.compile(
    rf"""(?:(?P<user>[^@:\s"<>]+)(?::(?P<password>[^@:\s"<>]*))?@)?
         (?P<host>{_HOST})(?::(?P<port>[0-9]{{1,5}}))?
         (?P<parameters>;[^?\s"<>]*)?(?:\?(?P<headers>[^\s"<>]*))?\Z""",
    re.VERBOSE | re.ASCII,
)
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PLAIN = re.compile(r"[^\s\"<>\x00-\x1f\x7f]+\Z")
_VISUAL_SEPARATORS = re.compile(r"[\-.()\s]")
_ESCAPED = re.compile(r"(%[0-9A-Fa-f]{2})")
_RESERVED = frozenset(";/?:@&=+$,")

# A URI without one of these differs from one with it, whatever its value (§19.1.4).
_MUST_MATCH = ("user", "ttl", "method", "maddr", "transport")


@dataclass(slots=True)
class Uri:
    """A URI in its parts; ``user`` and ``host`` as they came, escapes and case kept.

    For schemes other than sip and sips the whole rest of the text is in ``opaque`` and
    ``host`` is empty.
    """

    scheme: str
    host: str = ""
    user: str | None = None
    port: int | None = None
    parameters: Parameters = field(default_factory=dict)
    password: str | None = None
    headers: str | None = None
    opaque: str = ""
    domain: str = field(init=False, repr=False, compare=False)
    """The host in lower case, without a trailing dot."""

    def __post_init__(self) -> None:
        self.domain = self.host.lower().rstrip(".")

    def __str__(self) -> str:
        if self.scheme not in SIP_SCHEMES:
            return f"{self.scheme}:{self.opaque}"
        user = "" if self.user is None else f"{self.user}@"
        if self.password is not None:
            user = f"{self.user}:{self.password}@"
        port = "" if self.port is None else f":{self.port}"
        headers = "" if self.headers is None else f"?{self.headers}"
        return f"{self.scheme}:{user}{self.host}{port}{format_parameters(self.parameters)}{headers}"

    def __hash__(self) -> int:
        return hash((self.scheme, self.host.lower(), self.user, self.port, self.opaque))

    @property
    def is_sip(self) -> bool:
        """Whether this is a sip or sips URI."""
        return self.scheme in SIP_SCHEMES

    @property
    def name(self) -> str:
        """The user part without escapes, and without the parameters some put there."""
        return unescape(self.user) if self.user and "%" in self.user else self.user or ""

    @property
    def phone(self) -> str | None:
        """The E.164 number (with its '+') that this URI stands for, if it is one."""
        if self.scheme == "tel":
            number = self.opaque.partition(";")[0]
        elif self.is_sip and (self.parameters.get("user") == "phone" or self.name[:1] == "+"):
            number = self.name.partition(";")[0]
        else:
            return None
        number = _VISUAL_SEPARATORS.sub("", number)
        return number if number[:1] == "+" and number[1:].isdigit() else None

    @property
    def transport(self) -> str | None:
        """The transport parameter in lower case."""
        value = self.parameters.get("transport")
        return value.lower() if value else None

    def parameter(self, name: str) -> str | None:
        """The value of a URI parameter, without escapes."""
        value = self.parameters.get(name)
        return unescape(value) if value and "%" in value else value

    def without(self, *names: str) -> "Uri":
        """The same URI without these parameters."""
        kept = {name: value for name, value in self.parameters.items() if name not in names}
        return replace(self, parameters=kept)

    def with_parameter(self, name: str, value: str | None) -> "Uri":
        """The same URI with this parameter set."""
        return replace(self, parameters=self.parameters | {name: value})

    def matches(self, other: "Uri") -> bool:
        """Whether both name the same thing (RFC 3261 §19.1.4)."""
        if not self.is_sip or not other.is_sip:
            return _opaque_key(self) == _opaque_key(other)
        return (
            self.scheme == other.scheme
            and _canonical(self.user) == _canonical(other.user)
            and _canonical(self.password) == _canonical(other.password)
            and self.domain == other.domain
            and self.port == other.port
            and _parameters_match(self.parameters, other.parameters)
            and _headers(self.headers) == _headers(other.headers)
        )


def _opaque_key(uri: Uri) -> tuple[object, ...]:
    if uri.is_sip:
        return (uri.scheme, str(uri))
    if uri.scheme == "tel":  # RFC 3966 §5: visual separators and order do not count
        number, *parameters = uri.opaque.lower().split(";")
        return ("tel", _VISUAL_SEPARATORS.sub("", number), frozenset(parameters))
    return (uri.scheme, uri.opaque)


def unescape(text: str) -> str:
    """Text without its escapes; octets that are no UTF-8 stay told apart."""
    return _unquote(text, errors="surrogateescape")


def _canonical(text: str | None) -> str | None:
    """Text for comparison: an escape equals its character unless that is a reserved one."""
    if not text or "%" not in text:
        return text
    return "".join(
        part.upper() if part[0] == "%" and unescape(part) in _RESERVED else unescape(part)
        for part in _ESCAPED.split(text)
        if part
    )


def _parameters_match(ours: Parameters, theirs: Parameters) -> bool:
    for name in _MUST_MATCH:
        if (name in ours) != (name in theirs):
            return False
    return all(
        (_canonical(value) or "").lower() == (_canonical(theirs[name]) or "").lower()
        for name, value in ours.items()
        if name in theirs
    )


def _headers(headers: str | None) -> frozenset[tuple[str, str]]:
    if not headers:
        return frozenset()
    pairs = (pair.partition("=") for pair in headers.split("&"))
    return frozenset((name.lower(), _canonical(value) or "") for name, _, value in pairs)


@lru_cache(maxsize=8192)
def parse_uri(text: str) -> Uri:
    """Parse a URI without angle brackets around it.

    Raises :class:`PeerError`: 414 where it is too long, 400 where it is malformed.
    """
    plain = plain_uri(text)
    if plain is not None:
        return Uri(*plain)
    if len(text) > limits.URI:
        raise PeerError("sip.uri.too-long", "Request-URI Too Long", 414)
    match = _SCHEME.match(text)
    if match is None:
        raise PeerError("sip.uri.no-scheme", "URI Without Scheme")
    scheme, rest = match[1].lower(), text[match.end() :]
    if scheme in SIP_SCHEMES:
        return _parse_sip(scheme, rest)
    if not _PLAIN.match(rest):
        raise PeerError("sip.uri.malformed", "Malformed URI")
    return Uri(scheme, opaque=rest)


def _parse_sip(scheme: str, rest: str) -> Uri:
    # The user part may hold ";" and "?": the regular expression tries it up to "@" first.
    match = _SIP.match(rest)
    if match is None or _BAD_ESCAPE.search(rest):
        raise PeerError("sip.uri.malformed", "Malformed SIP URI")
    user, password, host, port, parameters, headers = match.group(
        "user", "password", "host", "port", "parameters", "headers"
    )
    if port is not None and int(port) > 65_535:
        raise PeerError("sip.uri.bad-port", "Port Out Of Range In URI")
    if host[0] == "[":
        check_ipv6(host)
    return Uri(
        scheme,
        host,
        user,
        None if port is None else int(port),
        parse_parameters(parameters) if parameters else {},
        password,
        headers,
    )


def check_ipv6(reference: str) -> None:
    """Raise :class:`PeerError` where ``[...]`` holds no IPv6 address."""
    try:
        IPv6Address(reference.strip("[]"))
    except AddressValueError:
        raise PeerError("sip.uri.bad-ipv6", "Malformed IPv6 Address") from None
