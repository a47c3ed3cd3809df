"""REGISTER: where our members' devices are (RFC 3261 §10.3, RFC 5626 §6, RFC 5627)."""

from collections.abc import Callable

from sonnette.base.errors import PeerError
from sonnette.server.context import DONE, NEXT, Answer, Context, Outcome
from sonnette.server.registrar.service import Registrar
from sonnette.sip import names
from sonnette.sip.message import Field, make_field
from sonnette.sip.registrar import Record, contact_fields

Reply = Callable[[Context, Answer], None]


class Register:
    """Binds devices to addresses; the answer leaves once the change is on disk.

    ``reply`` sends an answer later, from outside the walk.
    """

    name = "register"

    def __init__(self, registrar: Registrar, reply: Reply, service_route: str = "") -> None:
        self._registrar = registrar
        self._reply = reply
        self._service_route = service_route

    def __call__(self, context: Context) -> Outcome:
        request, member = context.request, context.member
        if request.method != "REGISTER":
            return NEXT
        if member is None:
            return Answer(403, "Registration Needs An Account")
        if unknown := request.tokens(names.REQUIRE) - _SUPPORTED:
            tags = ", ".join(sorted(unknown))
            return Answer(420, "Bad Extension", [make_field(names.UNSUPPORTED, tags)])

        try:
            record, change = self._registrar.register(context.now, member, request, context.flow)
        except PeerError as error:
            return self._refuse(error)

        def done(is_saved: bool) -> None:
            if is_saved:
                self._reply(context, self._success(context, record))
            else:
                retry = make_field(names.RETRY_AFTER, "30")
                self._reply(context, Answer(503, "Storage Is Busy: Try Again", [retry]))

        if self._registrar.keep(context.now, member, change, done):
            return DONE
        return self._success(context, record)

    def _refuse(self, error: PeerError) -> Answer:
        if error.status != 423:
            return Answer(error.status, error.reason)
        least = str(self._registrar.policy.min_expires)
        return Answer(423, error.reason, [make_field(names.MIN_EXPIRES, least)])

    def _success(self, context: Context, record: Record) -> Answer:
        request, member = context.request, context.member
        assert member is not None
        supported = request.tokens(names.SUPPORTED)
        aor = f"sip:{member.username}@{member.domain}"
        with_gruu = "gruu" in supported
        fields: list[Field] = contact_fields(record, aor, context.now, with_gruu=with_gruu)
        if "path" in supported:
            fields += [make_field(names.PATH, path) for path in request.all(names.PATH)]
        if self._service_route:
            fields.append(make_field(names.SERVICE_ROUTE, f"<{self._service_route};lr>"))
        fields.append(make_field(names.SUPPORTED, "path, outbound, gruu"))
        if "outbound" in supported and any(
            "reg-id" in value for value in request.all(names.CONTACT)
        ):
            fields.append(make_field(names.REQUIRE, "outbound"))
        return Answer(200, "Registration Successful", fields)


_SUPPORTED = frozenset(("path", "outbound", "gruu"))
