"""Forking: one request, several branches, one answer (RFC 3261 §16.6 to §16.10).

A :class:`Fork` decides; its owner sends.  Branches come in groups: all of a group ring
together, the next group starts when every branch of the one before has failed.  In a late
fork the answer may wait for devices that come while it lasts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from sonnette.sip import names
from sonnette.sip.message import Response, make_field

TIMER_C = 180.0
"""Seconds a branch may ring without a sign before it is given up (§16.6 step 11)."""

COMPLETED_ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"'
BUSY_EVERYWHERE = 'SIP;cause=600;text="Busy Everywhere"'

# Among the failures of one class these tell the caller what to do (§16.7 step 6).
_USEFUL = (401, 407, 415, 420, 484)


class Phase(Enum):
    """How far a branch has come."""

    WAITING = 0  # its group has not started
    TRYING = 1
    RINGING = 2  # a provisional came: it can be cancelled
    DONE = 3


@dataclass(slots=True, eq=False)
class Branch:
    """One way the request goes; ``target`` and ``sent`` belong to the owner."""

    target: object
    group: int = 0
    phase: Phase = Phase.WAITING
    answer: Response | None = None
    is_cancelled: bool = False
    cancel_reason: str | None = None
    sent: object = None


class Fork:
    """The response context of one request.

    The verbs tell what happened and return what to do: ``start`` gives the branches to
    send now, ``respond`` the response to pass upstream; ``to_cancel`` are the branches to
    give up, each once.
    """

    def __init__(self, method: str, *, is_late: bool = False) -> None:
        self.is_invite = method == "INVITE"
        self.is_late = is_late
        self.branches: list[Branch] = []
        self.is_answered = False
        self.is_cancelled = False
        self.to_cancel: list[tuple[Branch, str | None]] = []
        self._group = -1

    # --- branches -------------------------------------------------------------------------

    def add(self, target: object, group: int = 0) -> Branch:
        """A further branch; in a group that has started it is to be sent at once."""
        branch = Branch(target, group)
        self.branches.append(branch)
        return branch

    def start(self) -> list[Branch]:
        """The branches of the next group, now being sent; empty where there is none left."""
        waiting = [branch for branch in self.branches if branch.phase is Phase.WAITING]
        if not waiting or self.is_answered or self.is_cancelled:
            return []
        self._group = min(branch.group for branch in waiting)
        started = [branch for branch in waiting if branch.group <= self._group]
        for branch in started:
            branch.phase = Phase.TRYING
        return started

    @property
    def is_settled(self) -> bool:
        """Whether no started branch is still awaited."""
        return all(branch.phase in (Phase.DONE, Phase.WAITING) for branch in self.branches)

    @property
    def has_answer(self) -> bool:
        """Whether some device gave a final answer of its own: no time-out, no lost connection."""
        answers = (branch.answer for branch in self.branches)
        return any(answer and answer.status not in (408, 503) for answer in answers)

    # --- what happens ---------------------------------------------------------------------

    def respond(self, branch: Branch, response: Response) -> Response | None:
        """A response came on ``branch``: what goes upstream now, if anything.

        A 2xx to INVITE always goes on, the second as well (§16.7 step 5); other final
        answers wait in the branch until :meth:`best` is asked for.
        """
        status = response.status
        if status < 200:
            return self._provisional(branch, response)
        if status < 300:
            return self._success(branch, response)
        self._fail(branch, response)
        return None

    def give_up(self, branch: Branch, response: Response | None) -> None:
        """Nothing more will come on ``branch``: a time-out, a broken flow."""
        if branch.phase is not Phase.DONE:
            self._fail(branch, response)

    def cancel(self, reason: str | None = None) -> None:
        """The caller gave up: so does every branch."""
        self.is_cancelled = True
        self._cancel_others(None, reason)

    def _provisional(self, branch: Branch, response: Response) -> Response | None:
        if branch.phase is Phase.TRYING:
            branch.phase = Phase.RINGING
            if branch.is_cancelled and self.is_invite:  # CANCEL waits for a provisional (§9.1)
                self.to_cancel.append((branch, branch.cancel_reason))
        if response.status == 100 or self.is_answered or branch.is_cancelled:
            return None
        return response

    def _success(self, branch: Branch, response: Response) -> Response | None:
        branch.phase = Phase.DONE
        branch.answer = response
        if self.is_answered and not self.is_invite:
            return None
        self.is_answered = True
        self._cancel_others(branch, COMPLETED_ELSEWHERE)
        return response

    def _fail(self, branch: Branch, response: Response | None) -> None:
        branch.phase = Phase.DONE
        branch.answer = response
        if response is not None and response.status >= 600 and not self.is_answered:
            self._cancel_others(branch, BUSY_EVERYWHERE)
            self.is_late = False
            for other in self.branches:  # nobody further is asked (§16.7 step 5)
                if other.phase is Phase.WAITING:
                    other.phase = Phase.DONE

    def _cancel_others(self, winner: Branch | None, reason: str | None) -> None:
        for branch in self.branches:
            if branch is winner or branch.is_cancelled or branch.phase is Phase.DONE:
                continue
            if branch.phase is Phase.WAITING:
                branch.phase = Phase.DONE
                continue
            branch.is_cancelled, branch.cancel_reason = True, reason
            # Only an INVITE can be cancelled (§9.1): what else is on its way runs to its end.
            if branch.phase is Phase.RINGING and self.is_invite:
                self.to_cancel.append((branch, reason))

    def take_cancels(self) -> Iterable[tuple[Branch, str | None]]:
        """The branches to cancel, with the Reason for each; told once."""
        taken, self.to_cancel = self.to_cancel, []
        return taken

    # --- the answer -----------------------------------------------------------------------

    def best(self) -> Response | None:
        """The final answer to give when all have failed (§16.7 step 6); None where none came.

        A 6xx wins, else the lowest class, in it the most useful; 503 is not passed on as it
        would keep the caller from every other address of ours (§16.7 step 6).
        """
        answers = [b.answer for b in self.branches if b.answer is not None]
        if not answers:
            return None
        chosen = min(answers, key=_rank)
        if chosen.status in (401, 407):
            return _merge_challenges(chosen, answers)
        return chosen


def _rank(response: Response) -> tuple[int, int, int]:
    status = response.status
    if status >= 600:
        return (0, 0, status)
    if status in (408, 503):  # says nothing of the person called
        return (9, 0, status)
    useful = 0 if status in _USEFUL else 1
    return (status // 100, useful, status)


def _merge_challenges(chosen: Response, answers: list[Response]) -> Response:
    """All challenges of all branches, so that one repeat satisfies each (§16.7 step 7)."""
    merged = chosen.copy()
    for other in answers:
        if other is chosen or other.status not in (401, 407):
            continue
        for header in (names.WWW_AUTHENTICATE, names.PROXY_AUTHENTICATE):
            merged.fields[-1:-1] = [make_field(header, value) for value in other.all(header)]
    return merged
