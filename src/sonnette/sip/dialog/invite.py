"""What INVITE adds to dialogs: forks, the 2xx and its ACK, one INVITE at a time.

RFC 3261 §13 and §14.  None of this is a transaction: a 2xx and its ACK go from end to end,
and it is the end points that send them again.
"""

from dataclasses import dataclass

from sonnette.base.entropy import Entropy
from sonnette.base.errors import LocalError, PeerError
from sonnette.sip.dialog import route_set
from sonnette.sip.dialog.state import Dialog, On, State, of_caller
from sonnette.sip.message import Request, Response
from sonnette.sip.timers import Timers

MOST_FORKS = 20
"""Dialogs that one INVITE may open: more devices than any person has."""


# --- what the machines tell ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Send:
    """Send this request in a transaction; an ACK is sent without one."""

    request: Request


@dataclass(frozen=True, slots=True)
class Repeat:
    """Send this 2xx again in its server transaction."""

    response: Response


@dataclass(frozen=True, slots=True)
class Progressed:
    """A provisional answer came; None where it makes no dialog, without tag or Contact."""

    dialog: Dialog | None
    response: Response


@dataclass(frozen=True, slots=True)
class Answered:
    """A 2xx came and confirms a dialog: acknowledge it."""

    dialog: Dialog
    response: Response


@dataclass(frozen=True, slots=True)
class Failed:
    """The INVITE was refused; its early dialogs are over."""

    response: Response


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The ACK to our 2xx came."""

    request: Request


@dataclass(frozen=True, slots=True)
class Ended:
    """A dialog is over: it was never acknowledged, or another fork answered."""

    dialog: Dialog


@dataclass(frozen=True, slots=True)
class Retry:
    """The time after a 491 has passed: the INVITE may be tried again."""


Output = Send | Repeat | Progressed | Answered | Failed | Acknowledged | Ended | Retry


class Invitation:
    """The caller's side of one INVITE: a dialog for each device that answers (§13.2.2).

    ``feed`` takes the responses that the transaction layer tells, strays included: a 2xx
    may come after its transaction is over.
    """

    def __init__(self, request: Request, timers: Timers | None = None) -> None:
        self.request = request
        self.dialogs: dict[str | None, Dialog] = {}
        self.deadline: float | None = None
        self._timers = timers or Timers()
        self._acks: dict[str | None, Request] = {}
        self._out: list[Output] = []

    def drain(self) -> list[Output]:
        """Every output since the last call, in order."""
        outputs, self._out = self._out, []
        return outputs

    def tick(self, now: float) -> None:
        """No further device can answer: early dialogs that are left are over (§13.2.2.4)."""
        if self.deadline is not None and now >= self.deadline:
            self.deadline = None
            self._end_early(tell=True)

    def feed(self, now: float, response: Response) -> None:
        """A response came.  Raises :class:`PeerError` where it should make a dialog and cannot."""
        if response.status >= 300:
            self._end_early(tell=False)
            self._out.append(Failed(response))
        elif response.status >= 200:
            self._succeed(now, response)
        elif response.status > 100:
            makes_dialog = response.to.tag is not None and bool(response.contacts)
            dialog = self._dialog(response) if makes_dialog else None
            self._out.append(Progressed(dialog, response))

    def acknowledge(self, _now: float, dialog: Dialog) -> Request:
        """The ACK to this dialog's 2xx, to be given a body where it has to answer an offer.

        It is also put out, once now and again each time the 2xx is repeated.
        """
        ack = dialog.ack(self.request.cseq[0])
        self._acks[dialog.remote.tag] = ack
        self._out.append(Send(ack))
        return ack

    def _succeed(self, now: float, response: Response) -> None:
        tag = response.to.tag
        if (ack := self._acks.get(tag)) is not None:
            self._out.append(Send(ack))
            return
        known = self.dialogs.get(tag)
        if known is not None and known.state is not State.EARLY:
            return  # a repeat, before the user has acknowledged
        dialog = self._dialog(response)
        dialog.routes = route_set.of_caller(response)
        dialog.move(On.SUCCESS)
        dialog.respond(response)
        if self.deadline is None:
            self.deadline = now + self._timers.timeout
        self._out.append(Answered(dialog, response))

    def _dialog(self, response: Response) -> Dialog:
        tag = response.to.tag
        dialog = self.dialogs.get(tag)
        if dialog is None:
            if len(self.dialogs) >= MOST_FORKS:
                raise PeerError("sip.dialog.forks", "Too Many Devices Answer")
            dialog = self.dialogs[tag] = of_caller(self.request, response)
        return dialog

    def _end_early(self, *, tell: bool) -> None:
        for dialog in self.dialogs.values():
            if dialog.state is State.EARLY:
                dialog.move(On.FAILURE)
                if tell:
                    self._out.append(Ended(dialog))


class Acceptance:
    """The callee's 2xx: sent again until its ACK comes, else the call is ended (§13.3.1.4)."""

    def __init__(
        self, now: float, dialog: Dialog, response: Response, timers: Timers | None = None
    ) -> None:
        self.dialog = dialog
        self._response = response
        self._timers = timers or Timers()
        self._interval = self._timers.t1
        self._end_at = now + self._timers.timeout
        self._out: list[Output] = []
        self.deadline: float | None = now + self._interval

    def drain(self) -> list[Output]:
        """Every output since the last call, in order."""
        outputs, self._out = self._out, []
        return outputs

    def tick(self, now: float) -> None:
        """Send the 2xx again, or give up."""
        if self.deadline is None or now < self.deadline:
            return
        if now >= self._end_at:
            self._give_up()
            return
        self._out.append(Repeat(self._response))
        self._interval = min(2 * self._interval, self._timers.t2)
        self.deadline = min(now + self._interval, self._end_at)

    def feed(self, _now: float, ack: Request) -> None:
        """An ACK came in the dialog; one for another INVITE, or a repeat, changes nothing."""
        if self.deadline is not None and ack.cseq[0] == self._response.cseq[0]:
            self.deadline = None
            self._out.append(Acknowledged(ack))

    def _give_up(self) -> None:
        self.deadline = None
        if not self.dialog.is_over:
            self._out.append(Send(self.dialog.request("BYE")))
            self.dialog.move(On.END)
        self._out.append(Ended(self.dialog))


class InviteOrder:
    """One INVITE at a time in a dialog (§14): refuses glare and times the next try."""

    def __init__(self, entropy: Entropy, *, owns_call_id: bool) -> None:
        self.deadline: float | None = None
        self._entropy = entropy
        self._owns_call_id = owns_call_id
        self._is_ours_pending = False
        self._is_theirs_pending = False
        self._out: list[Output] = []

    def drain(self) -> list[Output]:
        """Every output since the last call, in order."""
        outputs, self._out = self._out, []
        return outputs

    def tick(self, now: float) -> None:
        """The time to wait after a 491 is over."""
        if self.deadline is not None and now >= self.deadline:
            self.deadline = None
            self._out.append(Retry())

    def begin(self, _now: float) -> None:
        """We send an INVITE; :class:`LocalError` while another is on its way (§14.1)."""
        if self._is_ours_pending or self._is_theirs_pending:
            raise LocalError("sip.dialog.invite-pending", "expected no INVITE on its way")
        self.deadline = None
        self._is_ours_pending = True

    def finish(self, now: float, status: int) -> None:
        """The final answer to our INVITE came; a 491 is tried again after a while (§14.1)."""
        self._is_ours_pending = False
        if status == 491:
            self.deadline = now + self._wait()

    def receive(self, _now: float) -> None:
        """The peer's INVITE came.

        Raises :class:`PeerError`: 491 while ours is on its way, 500 (to be sent with a
        Retry-After of up to ten seconds) while another of its own is (§14.2).
        """
        if self._is_theirs_pending:
            raise PeerError("sip.dialog.invite-overlap", "Another INVITE Is Being Answered", 500)
        if self._is_ours_pending:
            raise PeerError("sip.dialog.glare", "Request Pending", 491)
        self._is_theirs_pending = True

    def answer(self, _now: float) -> None:
        """We have answered the peer's INVITE for good."""
        self._is_theirs_pending = False

    def _wait(self) -> float:
        """2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other, in steps of 10 ms."""
        number = int.from_bytes(self._entropy.draw(4), "big")
        if self._owns_call_id:
            return 2.1 + 0.01 * (number % 191)
        return 0.01 * (number % 201)
