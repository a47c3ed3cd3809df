"""One machine's life told as a dialogue.

::

    play = playbook(Transmit)

    def test_a_final_answer_stops_retransmission():
        play(ClientTransaction, request=OPTIONS, reliable=False) \\
            .sends(OPTIONS) \\
            .at(0.5).sends(OPTIONS) \\
            .at(0.7).hears(200).tells(Delivered(200)) \\
            .at(4.0).hears(200).stays_silent() \\
            .at(5.7).is_over()

Nothing may go unsaid: an output that no line claims fails the play, and so does one at
another time.  What is expected may be a value, a type, or a predicate.  The last line is
``stays_silent`` or ``is_over``: what comes after the last line is not looked at.
"""

from collections import deque
from collections.abc import Callable
from inspect import signature
from typing import Any, NoReturn, Protocol

from sonnette.testing.drain import checked

SAME_INSTANT = 1e-6  # sums of deadlines carry rounding errors, never microseconds
MOST_TICKS_AT_ONE_INSTANT = 1000

Sent = Callable[[Any], Any]


class Start(Protocol):
    """Makes a machine and starts its play at time 0."""

    def __call__(self, machine: Callable[..., Any], /, *values: Any, **named: Any) -> "Play":
        """``now=0.0`` is added where the constructor has such a parameter."""


def playbook(transmit: type | Sent) -> Start:
    """Plays of machines whose outputs that transmit are recognised by ``transmit``.

    It is their type (the first field is then what was sent), or a function that returns
    what an output sends, and None for every other output.
    """
    sent = _first_field(transmit) if isinstance(transmit, type) else transmit

    def play(machine: Callable[..., Any], /, *values: Any, **named: Any) -> Play:
        if "now" in signature(machine).parameters:
            named.setdefault("now", 0.0)
        return Play(machine(*values, **named), sent)

    return play


def _first_field(transmit: type) -> Sent:
    (field, *_) = transmit.__match_args__  # type: ignore[attr-defined]  # dataclasses have it

    def sent(output: Any) -> Any:
        return getattr(output, field) if isinstance(output, transmit) else None

    return sent


class Play:
    """The dialogue so far; each line returns the play, and raises AssertionError if untrue."""

    def __init__(self, machine: Any, sent: Sent, now: float = 0.0) -> None:
        self.machine = checked(machine)
        self.now = now
        self._sent = sent
        self._waiting: deque[tuple[str, Any]] = deque()
        self._lines: list[str] = []
        self._drain()

    def at(self, when: float) -> "Play":
        """Let time pass until ``when``, in seconds since the start."""
        ticks = 0
        while (deadline := self.machine.deadline) is not None and deadline <= when + SAME_INSTANT:
            ticks = 0 if deadline > self.now else ticks + 1
            if ticks > MOST_TICKS_AT_ONE_INSTANT:
                self._fail("a deadline that moves", f"always {deadline}")
            self._pass_to(deadline)
            self.machine.tick(self.now)
            self._drain()
        self._pass_to(when)
        return self

    def hears(self, *values: Any, **named: Any) -> "Play":
        """Feed the machine: ``feed(now, ...)``."""
        return self.does("feed", *values, **named)

    def does(self, verb: str, *values: Any, **named: Any) -> "Play":
        """Call the machine's command ``verb`` with ``now`` and these arguments."""
        self._nothing_unsaid()
        said = [*map(repr, values), *(f"{name}={value!r}" for name, value in named.items())]
        self._say(f"{'hears' if verb == 'feed' else verb} {', '.join(said)}")
        getattr(self.machine, verb)(self.now, *values, **named)
        self._drain()
        return self

    def sends(self, *expected: Any) -> "Play":
        """The next outputs transmit these, in this order."""
        return self._claim("sends", expected)

    def tells(self, *expected: Any) -> "Play":
        """The next outputs are these, and transmit nothing."""
        return self._claim("tells", expected)

    def stays_silent(self) -> "Play":
        """Nothing (more) comes out at this instant."""
        if self._waiting:
            self._fail("silence", self._got())
        self._say("stays silent")
        return self

    def is_over(self) -> "Play":
        """Nothing comes out and nothing is awaited any more."""
        self.stays_silent()
        if self.machine.deadline is not None:
            self._fail("the end", f"a deadline at {self.machine.deadline:.3f}")
        return self

    def _claim(self, way: str, expected: tuple[Any, ...]) -> "Play":
        for each in expected:
            if not self._waiting or not _matches(each, way, *self._waiting[0]):
                self._fail(f"{way} {_shown(each)}", self._got())
            self._say("{} {!r}".format(*self._waiting.popleft()))
        return self

    def _drain(self) -> None:
        for output in self.machine.drain():
            payload = self._sent(output)
            self._waiting.append(("tells", output) if payload is None else ("sends", payload))

    def _pass_to(self, when: float) -> None:
        if when > self.now + SAME_INSTANT:
            self._nothing_unsaid()
        self.now = max(when, self.now)

    def _nothing_unsaid(self) -> None:
        if self._waiting:
            self._fail("nothing more", self._got())

    def _say(self, line: str) -> None:
        self._lines.append(f"{self.now:9.3f}  {line}")

    def _got(self) -> str:
        return "; ".join(f"{way} {what!r}" for way, what in self._waiting) or "silence"

    def _fail(self, expected: str, got: str) -> NoReturn:
        self._say(f"expected: {expected}")
        self._say(f"     got: {got}")
        raise AssertionError("\n".join(["the dialogue went another way:", *self._lines]))


def _matches(expected: Any, way: str, real_way: str, output: Any) -> bool:
    if way != real_way:
        return False
    if isinstance(expected, type):
        return isinstance(output, expected)
    return bool(expected == output or (callable(expected) and expected(output)))


def _shown(expected: Any) -> str:
    return expected.__name__ if callable(expected) else repr(expected)
