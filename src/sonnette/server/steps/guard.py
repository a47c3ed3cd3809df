"""What no proxy should carry on (RFC 3261 §16.3, RFC 5393)."""

from sonnette.base.errors import PeerError
from sonnette.server.context import NEXT, Answer, Context, Outcome
from sonnette.sip import names
from sonnette.sip.grammar import parse_number
from sonnette.sip.message import make_field
from sonnette.sip.proxy import check_hops, check_loop

KNOWN_SCHEMES = frozenset(("sip", "sips", "tel", "urn", "im", "pres"))


class Guard:
    """Refuses what is malformed, looping, out of hops or asks for extensions we lack.

    ``our_hosts`` are the sent-by texts of our own Vias.
    """

    name = "guard"

    def __init__(self, our_hosts: frozenset[str]) -> None:
        self._our_hosts = our_hosts

    def __call__(self, context: Context) -> Outcome:
        request = context.request
        if request.uri.scheme not in KNOWN_SCHEMES:
            return Answer(416, "Unsupported URI Scheme")
        if request.first(names.PROXY_REQUIRE) is not None:
            tags = ", ".join(request.elements(names.PROXY_REQUIRE))
            return Answer(420, "Bad Extension", [make_field(names.UNSUPPORTED, tags)])
        if request.method == "SUBSCRIBE" and request.event is None:
            return Answer(489, "Event Header Missing")
        try:
            context.hops = check_hops(request)
            check_loop(request, self._our_hosts)
        except PeerError as error:
            return Answer(error.status, error.reason)
        breadth = request.first(names.MAX_BREADTH)
        if breadth is not None and parse_number(breadth, 10**9, "Max-Breadth") < 1:
            return Answer(440, "Max-Breadth Exceeded")
        return NEXT
