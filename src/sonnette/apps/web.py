"""The web side as the server opens it: its address, and the names it answers to."""

from collections.abc import Mapping

from sonnette.apps.settings import Settings
from sonnette.net.settings import Listener

LOOPBACK_NAMES = ("127.0.0.1", "[::1]", "localhost")
ANYWHERE = ("0.0.0.0", "::")  # noqa: S104  what an operator may have set, not what we bind to


def base_of(settings: Settings, bound: Listener) -> str:
    """The address of the web side as clients write it, without a slash at its end."""
    if settings.http.url:
        return settings.http.url
    return str(bound._replace(host=_reachable(settings, bound.host)))


def names_of(settings: Settings, bound: Listener) -> tuple[str, ...]:
    """The hosts that a server on loopback answers to; elsewhere none are listed: any."""
    if not is_loopback(bound.host):
        return ()
    public = settings.http.url.partition("://")[2].partition("/")[0].partition(":")[0]
    return (*LOOPBACK_NAMES, settings.domain, *settings.domains, *filter(None, (public,)))


def proxy_of(settings: Settings, sip: Mapping[str, str]) -> str:
    """The SIP address for clients: TLS where they trust the certificate without being told."""
    if settings.tls is not None and "tls" in sip:
        return f"sip:{settings.domain};transport=tls"
    for transport in ("tcp", "udp", "tls"):
        if transport in sip:
            host, _, port = sip[transport].rpartition(":")
            host = _reachable(settings, host.strip("[]"))
            shown = f"[{host}]" if ":" in host else host
            return f"sip:{shown}:{port};transport={transport}"
    return f"sip:{settings.domain}"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches ``host``."""
    return host.startswith("127.") or host in {"::1", "localhost"}


def _reachable(settings: Settings, host: str) -> str:
    return (settings.sip.advertise or settings.domain) if host in ANYWHERE else host
