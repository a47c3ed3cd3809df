"""The sections about sockets: where to listen, with which certificate."""

from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, PlainSerializer

from sonnette.base.settings import Reload, Section, split_words


class Listener(NamedTuple):
    """A transport and where to listen: ``tls://127.0.0.1:5061``; port 0 is any free one."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @classmethod
    def parse(cls, text: object) -> "Listener":
        """Read ``scheme://host:port``; raises :exc:`ValueError` on anything else."""
        if isinstance(text, Listener):
            return text
        url = urlsplit(str(text))
        if not url.hostname or url.port is None or url.path or url.query or url.username:
            raise ValueError(f"expected scheme://address:port, found {str(text)!r}")
        return cls(url.scheme, url.hostname, url.port)


def _only(*schemes: str) -> AfterValidator:
    def check(listener: Listener) -> Listener:
        if listener.scheme not in schemes:
            raise ValueError(f"expected one of {', '.join(schemes)}, found {listener.scheme!r}")
        return listener

    return AfterValidator(check)


_Listener = Annotated[Listener, BeforeValidator(Listener.parse), PlainSerializer(str)]
SipListener = Annotated[_Listener, _only("udp", "tcp", "tls", "ws", "wss")]
SipListeners = Annotated[tuple[SipListener, ...], BeforeValidator(split_words)]
HttpListener = Annotated[_Listener, _only("http", "https")]


class Tls(Section):
    """A certificate of your own; without this section the built-in authority makes one."""

    certificate: Annotated[Path, Reload()]
    """PEM file: the server's certificate, then the chain up to its authority."""

    key_file: Annotated[Path, Reload()]
    """PEM file: the certificate's private key, readable by the server only."""

    client_authorities: Path | None = None
    """PEM file: the authorities whose client certificates are believed, for other servers."""


class Http(Section):
    """The web side: pages, provisioning, REST, files, metrics."""

    listen: HttpListener = Listener("http", "127.0.0.1", 8080)
    """Where to listen: http://address:port, or https:// with the certificate of [tls]."""

    url: Annotated[str, AfterValidator(lambda url: url.rstrip("/"))] = ""
    """Its address as clients reach it, when a proxy stands before it: https://sip.example.test."""
