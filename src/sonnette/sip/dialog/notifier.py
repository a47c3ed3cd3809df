"""The notifier (RFC 6665 §4.2): grants a subscription, tells its news, ends it."""

from dataclasses import dataclass

from sonnette.base.errors import PeerError
from sonnette.sip import names
from sonnette.sip.dialog.state import On as DialogOn
from sonnette.sip.dialog.state import of_callee
from sonnette.sip.dialog.subscription import TABLE, Ended, On, Output, Respond, Send, State
from sonnette.sip.headers.subscription_state import SubscriptionState
from sonnette.sip.message import Request, answer, make_field

# Answers to a NOTIFY that end its subscription (RFC 5057 §5.1, RFC 6665 §4.2.2).
_FATAL = frozenset((404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604))


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a subscription may last, in seconds, and whether it has yet to be allowed."""

    minimum: int = 60
    maximum: int = 86_400
    default: int = 3_600
    is_pending: bool = False

    def grant(self, asked: int | None) -> int:
        """What is granted; :class:`PeerError` 423 below the minimum, never for 0 (§4.2.1.1)."""
        if asked is None:
            return self.default
        if 0 < asked < self.minimum:
            raise PeerError("sip.subscription.brief", "Interval Too Brief", 423)
        return min(asked, self.maximum)


class Notifier:
    """One subscription of a peer, from its SUBSCRIBE to its end.

    ``tag`` becomes ours in the dialog, ``contact`` is our Contact value.  Making one
    answers the SUBSCRIBE and sends the first NOTIFY.
    Raises :class:`PeerError`: 489 without an event, 423, and 400 without a Contact.
    """

    def __init__(
        self, now: float, request: Request, tag: str, contact: str, terms: Terms | None = None
    ) -> None:
        if request.first(names.EVENT) is None:
            raise PeerError("sip.subscription.event", "Event Header Missing", 489)
        self.terms = terms or Terms()
        self.state = State.PENDING if self.terms.is_pending else State.ACTIVE
        self.dialog = of_callee(request, tag)
        self._news: tuple[bytes, str] | None = None
        self._tag = tag
        self._event = request.first(names.EVENT) or ""
        self._contact = contact
        self._expires_at = now
        self._out: list[Output] = []
        self._grant(now, request)

    # --- the machine's doors --------------------------------------------------------------

    @property
    def deadline(self) -> float | None:
        """When the subscription expires."""
        return None if self.state is State.TERMINATED else self._expires_at

    def tick(self, now: float) -> None:
        """Tell the subscriber that it has not refreshed in time."""
        if self.state is not State.TERMINATED and now >= self._expires_at:
            self.end(now, "timeout")

    def drain(self) -> list[Output]:
        """Every output since the last call, in order."""
        outputs, self._out = self._out, []
        return outputs

    # --- what comes -----------------------------------------------------------------------

    def feed(self, now: float, request: Request) -> None:
        """A SUBSCRIBE came in the dialog: a refresh, or the end with ``Expires: 0``.

        Raises :class:`PeerError`: 481 once it is over, 500 out of order, 423.
        """
        if self.state is State.TERMINATED:
            raise PeerError("sip.subscription.unknown", "Subscription Does Not Exist", 481)
        self.terms.grant(request.expires)  # refused before anything changes
        self.dialog.receive(request)
        self._grant(now, request)

    def respond(self, _now: float, status: int) -> None:
        """The answer to a NOTIFY of ours; 408 where none came (§4.2.2)."""
        if status == 408 or status in _FATAL:
            self._finish("refused")

    # --- what the user wants --------------------------------------------------------------

    def notify(self, now: float, body: bytes, content_type: str) -> None:
        """There is news."""
        self._news = body, content_type
        if self.state is not State.TERMINATED:
            self._send(now)

    def allow(self, now: float) -> None:
        """Somebody has allowed it."""
        if self.state is State.PENDING:
            self.state = TABLE[self.state][On.ACTIVE]
            self._send(now)

    def end(self, now: float, reason: str, retry_after: int | None = None) -> None:
        """End it with a last NOTIFY (§4.2.2)."""
        if self.state is not State.TERMINATED:
            told = SubscriptionState("terminated", None, reason, retry_after)
            self._out.append(Send(self._notify(told)))
            self._finish(reason)

    # --- inside ---------------------------------------------------------------------------

    def _grant(self, now: float, request: Request) -> None:
        seconds = self.terms.grant(request.expires)
        extra = [make_field(names.EXPIRES, str(seconds)), make_field(names.CONTACT, self._contact)]
        extra += [field for field in request.fields if field[0] == names.RECORD_ROUTE]
        self._out.append(Respond(answer(request, 200, "OK", to_tag=self._tag, extra=extra)))
        self._expires_at = now + seconds
        if seconds == 0:
            self.end(now, "timeout")
        else:
            self._send(now)

    def _send(self, now: float) -> None:
        left = max(0, round(self._expires_at - now))
        self._out.append(Send(self._notify(SubscriptionState(self.state.value, left))))

    def _notify(self, told: SubscriptionState) -> Request:
        request = self.dialog.request("NOTIFY")
        request.add(names.EVENT, self._event)
        request.add(names.SUBSCRIPTION_STATE, str(told))
        request.add(names.CONTACT, self._contact)
        # Who is not allowed yet learns nothing (§4.2.1.2).
        if self._news is not None and self.state is not State.PENDING:
            request.set_body(*self._news)
        return request

    def _finish(self, reason: str) -> None:
        if self.state is not State.TERMINATED:
            self.state = TABLE[self.state][On.END]
            self.dialog.move(DialogOn.END)
            self._out.append(Ended(reason))
