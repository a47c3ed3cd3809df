"""One search for a server, as a machine: asks the DNS, and ends with targets in order."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from sonnette.base.entropy import Entropy
from sonnette.sip.locate.dns import Answer, Kind, Question
from sonnette.sip.locate.names import Names
from sonnette.sip.locate.order import by_preference
from sonnette.sip.locate.plan import Known, plan
from sonnette.sip.locate.wanted import Target, Wanted

PATIENCE = 3.0
# How long the second IP version may lag behind the first.  Longer than the 50 ms of RFC 8305
# section 3, for addresses that come later are not added to a finished search.
RESOLUTION_DELAY = 0.3
_NO_ANSWER = Answer(failed=True)
_OTHER_FAMILY = {Kind.A: Kind.AAAA, Kind.AAAA: Kind.A}


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the DNS, and feed the answer."""

    question: Question


@dataclass(frozen=True, slots=True)
class Located:
    """Where to send, in order of trying; never empty."""

    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class NotLocated:
    """There is nowhere to send to; ``is_temporary`` if the DNS failed to say."""

    is_temporary: bool


Output = Ask | Located | NotLocated


class Lookup:
    """Finds the targets of ``wanted``; over once it told Located or NotLocated.

    A question without an answer after ``patience`` seconds counts as failed: home routers
    that drop NAPTR or SRV questions do not keep a call from being made.
    """

    def __init__(
        self, wanted: Wanted, now: float, entropy: Entropy, names: Names, patience: float = PATIENCE
    ) -> None:
        self._wanted = wanted
        self._entropy = entropy
        self._names = names
        self._patience = patience
        self._answers: dict[Question, Answer] = {}
        self._due: dict[Question, float] = {}
        self._out: deque[Output] = deque()
        self._advance(now)

    @property
    def deadline(self) -> float | None:
        """When the longest-waiting question is given up."""
        return min(self._due.values(), default=None)

    def feed(self, now: float, question: Question, answer: Answer) -> None:
        """The DNS answered; what comes too late for this search may serve the next."""
        if question not in self._due and question not in self._answers:
            return
        self._names.put(now, question, answer)
        if self._due.pop(question, None) is not None:
            self._answers[question] = answer
            self._hurry(now, question, answer)
            self._advance(now)

    def tick(self, now: float) -> None:
        """Give up the questions whose time has come."""
        late = [question for question, due in self._due.items() if due <= now]
        for question in late:
            del self._due[question]
            self._answers[question] = _NO_ANSWER
        if late:
            self._advance(now)

    def drain(self) -> Iterable[Output]:
        """Questions, then the end."""
        while self._out:
            yield self._out.popleft()

    def _hurry(self, now: float, question: Question, answer: Answer) -> None:
        other = _OTHER_FAMILY.get(question.kind)
        if other is not None and answer.records:
            sibling = Question(question.name, other)
            if sibling in self._due:
                self._due[sibling] = min(self._due[sibling], now + RESOLUTION_DELAY)

    def _advance(self, now: float) -> None:
        known = Known(lambda question: self._known(now, question))
        found = dict(plan(self._wanted, known))
        if not known.missing:
            ordered = by_preference(found, self._entropy)
            targets = tuple(target for server in ordered for target in found[server])
            self._out.append(Located(targets) if targets else NotLocated(known.has_failed))
        for question in known.missing:
            if question not in self._due:
                self._due[question] = now + self._patience
                self._out.append(Ask(question))

    def _known(self, now: float, question: Question) -> Answer | None:
        answer = self._answers.get(question)
        if answer is None:
            answer = self._names.get(now, question)
            if answer is not None:
                self._answers[question] = answer  # it must not expire in the middle of a search
        return answer
