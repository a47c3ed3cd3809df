"""Which names and addresses are us: domains, sockets, aliases; and how our URIs look."""

from collections.abc import Collection, Iterable

from sonnette.sip.flow import Address, Flow, Transport, bracket
from sonnette.sip.outbound import FlowTokens
from sonnette.sip.uri import Uri

_DEFAULT_PORTS = {Transport.TLS: 5061, Transport.WS: 80, Transport.WSS: 443}


class Identity:
    """The server's own names.

    ``advertised`` replaces the host of a socket in what others see of us, where sockets
    listen on every address or behind a NAT.
    """

    def __init__(
        self,
        domains: Collection[str],
        sockets: Iterable[tuple[Transport, Address]],
        aliases: Iterable[str] = (),
        advertised: str = "",
        tokens: FlowTokens | None = None,
    ) -> None:
        self.domains = domains
        self.advertised = advertised
        self.tokens = tokens
        sockets = tuple(sockets)
        self._ports = {port for _, (_, port) in sockets}
        self._hosts = {bracket(host).lower() for _, (host, _) in sockets}
        self._hosts |= {alias.lower() for alias in aliases}
        if advertised:
            self._hosts.add(advertised.lower())
        self.sent_by = frozenset(f"{host}:{port}" for host in self._hosts for port in self._ports)

    def host(self, flow: Flow) -> str:
        """The host that stands for the near end of a flow."""
        return self.advertised or bracket(flow.local[0])

    def is_us(self, uri: Uri) -> bool:
        """Whether a Route or Request-URI names this server itself."""
        if not uri.is_sip:
            return False
        if uri.domain in self.domains:
            return uri.port is None or uri.port in self._ports
        return uri.host.lower() in self._hosts and (uri.port is None or uri.port in self._ports)

    def record_route(self, flow: Flow) -> str:
        """Our Record-Route value for one side of a dialog: it names the flow of that side."""
        token = f"{self.tokens.seal(flow)}@" if self.tokens else ""
        host, port = self.host(flow), flow.local[1]
        return f"<sip:{token}{host}:{port};transport={flow.transport.parameter};lr>"
