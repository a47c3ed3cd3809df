"""The subscriber (RFC 6665 §4.1): waits for NOTIFYs, refreshes in time, knows the end."""

from dataclasses import replace

from sonnette.base.errors import PeerError
from sonnette.sip import names
from sonnette.sip.dialog.state import Dialog, of_callee
from sonnette.sip.dialog.subscription import TABLE, Ended, Notified, On, Output, Send, State
from sonnette.sip.headers.subscription_state import SubscriptionState, parse_subscription_state
from sonnette.sip.message import Request, Response, make_field
from sonnette.sip.timers import Timers

MOST_FORKS = 20
"""Subscriptions that one SUBSCRIBE may open."""

_EVENTS = {"pending": On.PENDING, "terminated": On.END}  # any other state counts as active

# What the end of a subscription says of another one (§4.1.3); without a Retry-After, seconds.
_RETRY = {"deactivated": 0.0, "timeout": 0.0, "probation": 60.0, "giveup": 60.0}
_RETRY_ANYWAY = 60.0
_NO_RETRY = frozenset(("rejected", "noresource", "invariant"))


class Subscriber:
    """One subscription of ours, from its SUBSCRIBE to its end.

    A NOTIFY makes the dialog, whether it comes before or after the 2xx (§4.1.2.4).
    """

    def __init__(self, now: float, request: Request, timers: Timers | None = None) -> None:
        self.request = request
        self.state = State.NOTIFY_WAIT
        self.dialog: Dialog | None = None
        self._timers = timers or Timers()
        self._wait_until: float | None = now + self._timers.timeout  # Timer N
        self._expires_at: float | None = None
        self._refresh_at: float | None = None
        self._seconds = request.expires
        self._out: list[Output] = []

    # --- the machine's doors --------------------------------------------------------------

    @property
    def deadline(self) -> float | None:
        """When to tick next."""
        if self.state is State.NOTIFY_WAIT:
            return self._wait_until
        times = (self._wait_until, self._refresh_at, self._expires_at)
        return min((time for time in times if time is not None), default=None)

    def tick(self, now: float) -> None:
        """Refresh, or notice that nothing came."""
        if self._wait_until is not None and now >= self._wait_until:
            self._end(Ended("no-notify"))
        elif self.state is State.NOTIFY_WAIT:
            return  # without a dialog there is nothing to refresh
        elif self._expires_at is not None and now >= self._expires_at:
            self._end(Ended("expired", 0.0))
        elif self._refresh_at is not None and now >= self._refresh_at:
            self._refresh_at = None
            self._out.append(Send(self._subscribe(self._seconds)))

    def drain(self) -> list[Output]:
        """Every output since the last call, in order."""
        outputs, self._out = self._out, []
        return outputs

    # --- what comes -----------------------------------------------------------------------

    def respond(self, now: float, response: Response) -> None:
        """The answer to a SUBSCRIBE of ours.

        A refresh that fails leaves the subscription as it was until it expires, but for a
        481 (§4.1.2.2).
        """
        if response.status < 200 or self.state is State.TERMINATED:
            return
        if response.status < 300:
            self._extend(now, self._seconds if response.expires is None else response.expires)
        elif self.dialog is None or response.status == 481:
            self._end(Ended("refused"))

    def lose(self, _now: float) -> None:
        """No answer came to a SUBSCRIBE of ours."""
        if self.dialog is None:
            self._end(Ended("refused"))

    def feed(self, now: float, request: Request) -> None:
        """A NOTIFY came.

        Raises :class:`PeerError`: 481 where it is none of this subscription, 500 where it
        is out of order, 400 where it does not say how the subscription stands.
        """
        if self.state is State.TERMINATED or not self.owns(request):
            raise PeerError("sip.subscription.unknown", "Subscription Does Not Exist", 481)
        value = request.first(names.SUBSCRIPTION_STATE)
        if value is None:
            raise PeerError("sip.subscription.state", "Missing Subscription-State Header")
        told = parse_subscription_state(value)
        self._join(request)
        self._wait_until = None
        self._out.append(Notified(request))
        event = _EVENTS.get(told.state, On.ACTIVE)
        if event is On.END:
            self._end(_ending(told))
            return
        self.state = TABLE[self.state][event]
        self._extend(now, told.expires)

    def owns(self, request: Request) -> bool:
        """Whether a NOTIFY belongs here: to the SUBSCRIBE, its event, and the fork (§4.1.2.4)."""
        ours = self.request
        return (
            request.call_id == ours.call_id
            and request.to.tag == ours.from_.tag
            and _event(request) == _event(ours)
            and (self.dialog is None or self.dialog.owns(request))
        )

    def unsubscribe(self, now: float) -> None:
        """Ask for the end; the last NOTIFY tells it (§4.1.2.3)."""
        if self.dialog is not None and self.state is not State.TERMINATED:
            self._refresh_at = self._expires_at = None
            self._wait_until = now + self._timers.timeout
            self._out.append(Send(self._subscribe(0)))

    # --- inside ---------------------------------------------------------------------------

    def _join(self, request: Request) -> None:
        if self.dialog is not None:
            self.dialog.receive(request)
            return
        tag = self.request.from_.tag or ""
        self.dialog = replace(of_callee(request, tag), local_cseq=self.request.cseq[0])

    def _extend(self, now: float, seconds: int | None) -> None:
        if not seconds:  # not told, or its end was granted: the last NOTIFY will come
            return
        self._expires_at = now + seconds
        # Early enough for a refresh to be repeated and to fail before the end.
        self._refresh_at = now + max(seconds / 2, seconds - self._timers.timeout)

    def _subscribe(self, seconds: int | None) -> Request:
        assert self.dialog is not None
        request = self.dialog.request("SUBSCRIBE")
        kept = (names.EVENT, names.CONTACT, names.ACCEPT, names.SUPPORTED)
        request.fields += [field for field in self.request.fields if field[0] in kept]
        if seconds is not None:
            request.fields.append(make_field(names.EXPIRES, str(seconds)))
        return request

    def _end(self, ending: Ended) -> None:
        if self.state is not State.TERMINATED:
            self.state = TABLE[self.state][On.END]
            self._wait_until = self._refresh_at = self._expires_at = None
            self._out.append(ending)


class Subscriptions:
    """All that comes of one SUBSCRIBE: one subscription for each fork that notifies (§4.1.4)."""

    def __init__(self, now: float, request: Request, timers: Timers | None = None) -> None:
        self._timers = timers
        self.forks = [Subscriber(now, request, timers)]

    @property
    def deadline(self) -> float | None:
        """When to tick next."""
        times = (fork.deadline for fork in self.forks)
        return min((time for time in times if time is not None), default=None)

    def tick(self, now: float) -> None:
        """Tick every fork."""
        for fork in self.forks:
            fork.tick(now)

    def drain(self) -> list[tuple[Subscriber, Output]]:
        """Every output since the last call, with the fork that it is of."""
        return [(fork, out) for fork in self.forks for out in fork.drain()]

    def respond(self, now: float, response: Response) -> None:
        """The answer to the first SUBSCRIBE: of the fork whose tag it bears (§4.1.4)."""
        for fork in self.forks:
            if fork.dialog is None or fork.dialog.remote.tag == response.to.tag:
                fork.respond(now, response)
                return

    def feed(self, now: float, request: Request) -> Subscriber:
        """A NOTIFY came: the fork it belongs to, a new one where it comes from a new device.

        Raises :class:`PeerError` as :meth:`Subscriber.feed` does.
        """
        for fork in self.forks:
            if fork.owns(request):
                fork.feed(now, request)
                return fork
        if len(self.forks) >= MOST_FORKS:
            raise PeerError("sip.subscription.forks", "Too Many Devices Notify", 481)
        fork = Subscriber(now, self.forks[0].request, self._timers)
        fork.feed(now, request)
        self.forks.append(fork)
        return fork


def _event(request: Request) -> tuple[str | None, str | None]:
    """The package and the ``id`` that keeps subscriptions of one dialog apart (§8.2.1)."""
    value = request.first(names.EVENT) or ""
    parts = [part.strip() for part in value.split(";")[1:]]
    ids = [part[3:] for part in parts if part[:3].lower() == "id="]
    return request.event, ids[0] if ids else None


def _ending(told: SubscriptionState) -> Ended:
    reason = told.reason or "terminated"
    if reason in _NO_RETRY:
        return Ended(reason)
    if told.retry_after is not None and reason not in ("deactivated", "timeout"):
        return Ended(reason, float(told.retry_after))
    return Ended(reason, _RETRY.get(reason, _RETRY_ANYWAY))
