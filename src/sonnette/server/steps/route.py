"""Whom a request is for, and where they can be reached (RFC 3261 §16.5)."""

from sonnette.base.errors import PeerError
from sonnette.server.context import DONE, NEXT, Answer, Context, Outcome, Wait
from sonnette.server.identity import Identity
from sonnette.server.ports import Credentials as Members
from sonnette.server.registrar.service import Registrar
from sonnette.server.router.outward import Outward
from sonnette.server.steps.authenticate import find_member
from sonnette.server.target import Target, in_groups, target_of
from sonnette.sip import names
from sonnette.sip.flow import Flow
from sonnette.sip.headers.address import parse_address
from sonnette.sip.message import Field, Request, make_field
from sonnette.sip.registrar import Binding
from sonnette.sip.uri import Uri

METHODS = (
    "INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, SUBSCRIBE, INFO, PRACK, UPDATE,"
    " REGISTER"
)


class Route:
    """Finds the targets: a dialog's other side, a member's devices, a trunk, another domain."""

    name = "route"

    def __init__(
        self, identity: Identity, members: Members, registrar: Registrar, outward: Outward
    ) -> None:
        self._identity = identity
        self._members = members
        self._registrar = registrar
        self._outward = outward

    def __call__(self, context: Context) -> Outcome:
        request = context.request
        if request.method in ("SUBSCRIBE", "PUBLISH") and _shows_contacts(request):
            # Sent on it would show an address book to whoever answers.
            return Answer(489, "Bad Event")
        if context.route_flow is not None:
            context.targets = [Target(request.target, context.route_flow)]
            return NEXT
        if request.method == "ACK" and not context.routed_here:
            return DONE  # of a failure that we answered: those to a 2xx come by our Route
        if request.first(names.ROUTE) is not None:
            next_hop = parse_address(request.elements(names.ROUTE)[0]).uri
            return self._leave(context, next_hop)
        uri = request.uri
        if not uri.is_sip:
            return self._call_number(context, uri)
        if not self._identity.is_us(uri):
            return self._leave(context, uri)
        if not uri.user:
            return self._for_us(context)
        if uri.domain not in self._members.domains:
            return Answer(404, "No Such User Here")
        return self._for_member(context, uri)

    # --- ourselves ------------------------------------------------------------------------

    @staticmethod
    def _for_us(context: Context) -> Outcome:
        """The server itself is asked: only OPTIONS makes sense (§11.2)."""
        request = context.request
        if request.method == "OPTIONS":
            if unknown := request.elements(names.REQUIRE):
                tags = ", ".join(unknown)
                return Answer(420, "Bad Extension", [make_field(names.UNSUPPORTED, tags)])
            return Answer(200, "OK", _capabilities())
        if request.method in ("SUBSCRIBE", "PUBLISH"):
            return Answer(489, "Bad Event")
        return Answer(404, "No User In The Address")

    # --- members --------------------------------------------------------------------------

    def _for_member(self, context: Context, uri: Uri) -> Outcome:
        request = context.request
        member = find_member(self._members, uri)
        if member is None:
            if uri.phone is not None:
                return self._call_number(context, uri)
            return Answer(404, "No Such User")
        context.callee = member
        bindings = self._registrar.bindings(context.now, member)
        if "gr" in uri.parameters:
            return self._for_device(context, bindings, uri.parameter("gr") or "")
        if uri.scheme == "sips":
            bindings = [binding for binding in bindings if _is_secure(binding.flow)]
        live = [binding for binding in bindings if _is_alive(binding)]
        if not live and not (bindings and request.method == "INVITE"):
            return self._absent(context)
        context.targets = in_groups(live)
        return NEXT

    def _for_device(self, context: Context, bindings: list[Binding], instance: str) -> Outcome:
        """A GRUU names one device (RFC 5627 §5.1)."""
        wanted = instance.lower()
        for binding in bindings:
            if binding.instance and binding.instance.strip("<>").lower() == wanted:
                if _is_alive(binding):
                    context.targets = [target_of(binding)]
                    return NEXT
                break
        return self._absent(context)

    def _absent(self, context: Context) -> Outcome:
        fallback = self._outward.fallback(context.request)
        if fallback is not None and not context.is_in_dialog:
            return self._send_out(context, fallback)
        return Answer(480, "Temporarily Unavailable: No Device Is Connected")

    # --- elsewhere ------------------------------------------------------------------------

    def _call_number(self, context: Context, uri: Uri) -> Outcome:
        """A phone number: a member's, or one that a trunk takes."""
        phone = uri.phone
        caller = context.member
        domains = (caller.domain,) if caller else tuple(self._members.domains)
        for domain in domains if phone else ():
            member = self._members.find_phone(domain, phone or "")
            if member is not None:
                return self._for_member(context, Uri("sip", domain, member.username))
        trunk = self._outward.trunk(uri)
        if trunk is None:
            return Answer(404, "No Such Number")
        if caller is None and not context.is_from_peer:
            return Answer(403, "Trunks Are For Members")
        return self._send_out(context, trunk)

    def _leave(self, context: Context, next_hop: Uri) -> Outcome:
        """Another domain, or the far side of a dialog whose flow is not known."""
        trunk = self._outward.trunk(context.request.uri)
        if trunk is not None and context.member is not None:
            return self._send_out(context, trunk)
        if not self._outward.may_leave(context):
            return Answer(403, "Requests To Other Domains Are Not Sent")
        return self._send_out(context, next_hop)

    def _send_out(self, context: Context, next_hop: Uri) -> Outcome:
        def resume(_now: float, result: Flow | Exception) -> Outcome:
            if isinstance(result, PeerError):
                return Answer(result.status, result.reason)
            if isinstance(result, Exception):
                return Answer(503, "Next Hop Cannot Be Reached")
            context.targets = [Target(context.request.target, result, next_hop=next_hop)]
            return NEXT

        return Wait(self._outward.connect(next_hop, len(context.request.encode())), resume)


def _is_alive(binding: Binding) -> bool:
    return binding.flow is not None and not binding.flow.is_closed


def _is_secure(flow: Flow | None) -> bool:
    return flow is not None and flow.transport.is_secure


def _shows_contacts(request: Request) -> bool:
    return (
        request.method == "PUBLISH"
        or request.uri.name.lower() == "rls"
        or "recipient-list-subscribe" in request.tokens(names.REQUIRE)
        or request.content_type == "application/resource-lists+xml"
    )


def _capabilities() -> list[Field]:
    return [
        make_field(names.ALLOW, METHODS),
        make_field(names.ACCEPT, "*/*"),
        make_field(names.SUPPORTED, "path, outbound, gruu"),
    ]
