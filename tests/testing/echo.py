"""The smallest machines that use each door of the contract."""

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True)
class Transmit:
    payload: str


@dataclass(frozen=True)
class Told:
    what: str


class Asker:
    """Sends its question every second until it is answered, four times at most."""

    def __init__(self, question, now):
        self._question, self._left = question, 4
        self._out = deque()
        self.deadline = None
        self._send(now)

    def feed(self, now, answer):
        self.deadline = None
        self._out.append(Told(answer))

    def tick(self, now):
        if self.deadline is not None and now >= self.deadline:
            self._send(now)

    def give_up(self, now, why="enough"):
        self.deadline = None
        self._out.append(Told(why))

    def drain(self):
        while self._out:
            yield self._out.popleft()

    def _send(self, now):
        if self._left:
            self._left -= 1
            self._out.append(Transmit(self._question))
            self.deadline = now + 1.0
        else:
            self.deadline = None
            self._out.append(Told("no answer"))


class Answerer:
    """Answers each question with itself in capitals."""

    deadline = None

    def __init__(self):
        self._out = deque()

    def feed(self, now, question):
        self._out.append(Transmit(question.upper()))

    def tick(self, now):
        pass

    def drain(self):
        while self._out:
            yield self._out.popleft()
