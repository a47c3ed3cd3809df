"""The dialog: what two user agents keep of each other (RFC 3261 §12)."""

from dataclasses import dataclass, replace
from enum import Enum

from sonnette.base.errors import LocalError, PeerError
from sonnette.sip import names
from sonnette.sip.dialog import route_set
from sonnette.sip.dialog.route_set import RouteSet
from sonnette.sip.headers.address import NameAddr
from sonnette.sip.limits import MAX_FORWARDS
from sonnette.sip.message import Message, Request, Response, make_field


class State(Enum):
    """How far a dialog has come."""

    EARLY = "early"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


class On(Enum):
    """What changes it."""

    PROVISIONAL = "1xx"
    SUCCESS = "2xx"
    FAILURE = "3xx to 6xx"
    END = "BYE, 408 or 481"


Table = dict[State, dict[On, State]]

TABLE: Table = {
    State.EARLY: {
        On.PROVISIONAL: State.EARLY,
        On.SUCCESS: State.CONFIRMED,
        On.FAILURE: State.TERMINATED,
        On.END: State.TERMINATED,
    },
    State.CONFIRMED: {
        On.SUCCESS: State.CONFIRMED,
        On.END: State.TERMINATED,
    },
    State.TERMINATED: {},
}

# Requests whose Contact moves the peer's address (§12.2, RFC 3311 §4, RFC 6665 §3.3).
_TARGET_REFRESH = frozenset(("INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "REFER"))

_GONE = frozenset((408, 481))

DialogId = tuple[str, str | None, str | None]
"""Call-ID, our tag, the peer's tag; None for the tag of an RFC 2543 peer (§12.1)."""


@dataclass(slots=True, eq=False)
class Dialog:
    """One dialog, seen from one side.

    ``local`` and ``remote`` are the addresses with their tags; ``remote_target`` is where
    the peer is reached now; ``remote_cseq`` is None until the peer has sent a request.
    """

    call_id: str
    local: NameAddr
    remote: NameAddr
    remote_target: str
    routes: RouteSet = ()
    local_cseq: int = 0
    remote_cseq: int | None = None
    state: State = State.CONFIRMED

    @property
    def id(self) -> DialogId:
        """What a message must carry to belong here."""
        return self.call_id, self.local.tag, self.remote.tag

    @property
    def is_over(self) -> bool:
        """Whether nothing more can be sent in it."""
        return self.state is State.TERMINATED

    def move(self, event: On) -> None:
        """Follow the table; an event that it does not name changes nothing."""
        self.state = TABLE[self.state].get(event, self.state)

    # --- requests of ours -----------------------------------------------------------------

    def request(self, method: str) -> Request:
        """The next request to the peer, without Via (§12.2.1.1).

        Raises :class:`LocalError` once the dialog is over.
        """
        if self.is_over:
            raise LocalError("sip.dialog.over", "expected a dialog that is not over")
        self.local_cseq += 1
        return self._make(method, self.local_cseq)

    def ack(self, cseq: int) -> Request:
        """The ACK to the 2xx of the INVITE with this number (§13.2.2.4)."""
        return self._make("ACK", cseq)

    def _make(self, method: str, cseq: int) -> Request:
        target, routes = route_set.address(self.remote_target, self.routes)
        fields = [
            make_field(names.MAX_FORWARDS, str(MAX_FORWARDS)),
            *(make_field(names.ROUTE, route) for route in routes),
            make_field(names.FROM, str(self.local)),
            make_field(names.TO, str(self.remote)),
            make_field(names.CALL_ID, self.call_id),
            make_field(names.CSEQ, f"{cseq} {method}"),
            make_field(names.CONTENT_LENGTH, "0"),
        ]
        return Request(method, target, fields)

    def respond(self, response: Response) -> None:
        """The peer has answered a request of ours (§12.2.1.2)."""
        if response.status in _GONE:
            self.move(On.END)
        elif 200 <= response.status < 300 and response.cseq[1] in _TARGET_REFRESH:
            self._refresh_target(response)

    # --- requests of the peer -------------------------------------------------------------

    def owns(self, request: Request) -> bool:
        """Whether a request of the peer belongs to this dialog (§12.2.2)."""
        return self.id == (request.call_id, request.to.tag, request.from_.tag)

    def receive(self, request: Request) -> None:
        """Take in a request of the peer (§12.2.2).

        Raises :class:`PeerError` 500 where it comes after a later one.
        """
        number, method = request.cseq
        if method in ("ACK", "CANCEL"):
            return
        if self.remote_cseq is not None and number < self.remote_cseq:
            raise PeerError("sip.dialog.order", "Request Out Of Order", 500)
        self.remote_cseq = number
        if method in _TARGET_REFRESH:
            self._refresh_target(request)
        if method == "BYE":
            self.move(On.END)

    def _refresh_target(self, message: Message) -> None:
        contacts = message.contacts
        if contacts:
            self.remote_target = str(contacts[0].uri)


def of_caller(request: Request, response: Response) -> Dialog:
    """The dialog that a response to our request makes (§12.1.2).

    Raises :class:`PeerError` where the response has no Contact or a malformed Record-Route.
    """
    return Dialog(
        request.call_id,
        request.from_,
        response.to,
        _contact(response),
        route_set.of_caller(response),
        local_cseq=request.cseq[0],
        state=State.EARLY if response.status < 200 else State.CONFIRMED,
    )


def of_callee(request: Request, tag: str, *, is_early: bool = False) -> Dialog:
    """The dialog that our answer to a request makes, with ``tag`` as ours (§12.1.1).

    Raises :class:`PeerError` where the request has no Contact or a malformed Record-Route.
    """
    local = replace(request.to, parameters=request.to.parameters | {"tag": tag})
    return Dialog(
        request.call_id,
        local,
        request.from_,
        _contact(request),
        route_set.of_callee(request),
        remote_cseq=request.cseq[0],
        state=State.EARLY if is_early else State.CONFIRMED,
    )


def _contact(message: Message) -> str:
    contacts = message.contacts
    if len(contacts) != 1:
        raise PeerError("sip.dialog.contact", "One Contact Is Needed For A Dialog")
    return str(contacts[0].uri)
