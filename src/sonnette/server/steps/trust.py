"""Peers that need no password: trunks, and servers with a certificate."""

from collections.abc import Callable

from sonnette.server.context import NEXT, Context, Outcome


class Trust:
    """Marks requests of the trunks in the settings and of servers certified for From's domain."""

    name = "trust"

    def __init__(self, is_peer: Callable[[str], bool]) -> None:
        self._is_peer = is_peer

    def __call__(self, context: Context) -> Outcome:
        flow = context.flow
        if self._is_peer(flow.remote[0]):
            context.is_from_peer = True
        elif flow.identities:
            context.is_from_peer = context.request.from_.uri.domain in flow.identities
        return NEXT
