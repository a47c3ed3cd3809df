"""Our own Route headers, and the flows that their tokens name (RFC 3261 §16.4, RFC 5626 §5.3)."""

from sonnette.base.errors import PeerError
from sonnette.server.context import NEXT, Answer, Context, Outcome
from sonnette.server.identity import Identity
from sonnette.server.ports import Network
from sonnette.server.registrar.service import Registrar
from sonnette.sip import names
from sonnette.sip.flow import Flow
from sonnette.sip.headers.address import parse_address
from sonnette.sip.outbound import FlowTokens
from sonnette.sip.uri import Uri

MOST_OWN_ROUTES = 4
"""Routes of ours taken off one request: two sides, and as many when it spirals once."""


class Nat:
    """Takes our own Routes off and finds the flow that the last of them names.

    Where that flow has died, the present flow of the same device takes its place.
    """

    name = "nat"

    def __init__(
        self, identity: Identity, tokens: FlowTokens, network: Network, registrar: Registrar
    ) -> None:
        self._identity = identity
        self._tokens = tokens
        self._network = network
        self._registrar = registrar

    def __call__(self, context: Context) -> Outcome:
        request = context.request
        if request.first(names.ROUTE) is None:
            return NEXT
        for _ in range(MOST_OWN_ROUTES):
            top = request.elements(names.ROUTE)[:1]
            if not top:
                break
            uri = parse_address(top[0]).uri
            if not self._identity.is_us(uri):
                break
            request.set_first_element(names.ROUTE, None)
            if uri.user and uri.domain not in self._identity.domains:
                try:
                    self._take(context, uri)
                except PeerError as error:
                    return Answer(error.status, error.reason)
        return NEXT

    def _take(self, context: Context, uri: Uri) -> None:
        """Follow a token; one that names the flow the request came on leads nowhere further."""
        flow = self._flow(uri.name)
        context.routed_here = True
        context.route_flow = None if flow == context.flow else flow

    def _flow(self, token: str) -> Flow | None:
        """The flow that a token names; :class:`PeerError` 403 where it is forged."""
        named = self._tokens.open(token)
        if named.transport.is_reliable:
            flow = self._network.stream(named.transport, named.serial)
            if flow is not None and not flow.is_closed and flow.remote == named.remote:
                return flow
            return self._registrar.successor(named.transport, named.remote)
        moved = self._registrar.successor(named.transport, named.remote)
        return moved or self._network.datagram(named.remote, named.local)
