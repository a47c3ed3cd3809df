"""The ways out: trunks for phone numbers, a fallback, other domains (RFC 3263)."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sonnette.server.context import Context
from sonnette.sip.flow import Flow
from sonnette.sip.message import Request
from sonnette.sip.uri import Uri

Connect = Callable[[Uri, int], Awaitable[Flow]]
"""Finds servers for a URI and gives a flow to one; raises :class:`PeerError` where none is.

The number is the request's size in octets: a large one goes by TCP (RFC 3261 §18.1.1).
"""


@dataclass(frozen=True, slots=True)
class Trunk:
    """Requests whose user part matches ``pattern`` go to ``target``."""

    pattern: re.Pattern[str]
    target: Uri


class Outward:
    """What may leave this server, and to where."""

    def __init__(
        self,
        connect: Connect,
        federation: str = "off",
        trunks: Sequence[Trunk] = (),
        fallback: Uri | None = None,
        on_failure: Callable[[Flow], None] = lambda flow: None,
    ) -> None:
        self._connect = connect
        self._on_failure = on_failure
        self._federation = federation
        self._trunks = tuple(trunks)
        self._fallback = fallback

    def trunk(self, uri: Uri) -> Uri | None:
        """The trunk that takes this number or name."""
        text = uri.phone or uri.name
        for trunk in self._trunks:
            if text and trunk.pattern.fullmatch(text):
                return trunk.target
        return None

    def fallback(self, request: Request) -> Uri | None:
        """Where a request for a member without a device goes, if anywhere."""
        return self._fallback if request.method in ("INVITE", "MESSAGE") else None

    def may_leave(self, context: Context) -> bool:
        """Whether this request may go to another domain.

        A dialog that we record-routed may: its signed token shows it.  Else federation must
        be on, and the sender one of ours: nobody relays through us.
        """
        if context.routed_here and context.is_in_dialog:
            return True
        return self._federation != "off" and (context.member is not None or context.is_from_peer)

    def failed(self, flow: Flow) -> None:
        """The server behind ``flow`` gave 503 or nothing: others are tried first for a while."""
        self._on_failure(flow)

    def connect(self, next_hop: Uri, size: int) -> Awaitable[Flow]:
        """A flow to the next hop; with federation "tls" only over TLS."""
        if self._federation == "tls" and next_hop.transport is None and next_hop.is_sip:
            next_hop = next_hop.with_parameter("transport", "tls")
        return self._connect(next_hop, size)
