"""Waiting for the outside world: always for something, never for a while.

A peer's events come from a reader thread into its `Journal`; a test asks for the next one
that it expects and gets it at once if it is already there.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

PATIENCE = 20.0
GLANCE = 0.05

Event = dict[str, Any]
Answer = TypeVar("Answer")


class PeerError(AssertionError):
    """A real peer did not do what the scenario expects; the message quotes what it did."""


def until(look: Callable[[], Answer | None], what: str, timeout: float = PATIENCE) -> Answer:
    """The first true answer of ``look``, asked again and again.

    Raises:
        PeerError: there was none within ``timeout`` seconds.
    """
    end = time.monotonic() + timeout
    while True:
        answer = look()
        if answer:
            return answer
        if time.monotonic() > end:
            raise PeerError(f"within {timeout:g} s: no {what}")
        time.sleep(GLANCE)


class Journal:
    """The events of one peer in the order in which they came."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self._events: list[Event] = []
        self._changed = threading.Condition()
        self._closed: str | None = None

    def append(self, event: Event) -> None:
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()

    def close(self, reason: str) -> None:
        """No event will come any more: whoever waits is told ``reason``."""
        with self._changed:
            self._closed = reason
            self._changed.notify_all()

    def recorded(self, **wanted: Any) -> list[Event]:
        """The events so far whose fields have these values."""
        with self._changed:
            return [event for event in self._events if matches(event, wanted)]

    def next(self, start: int, wanted: Event, timeout: float) -> tuple[int, Event]:
        """The first match from position ``start`` on, and the position after it."""
        end = time.monotonic() + timeout
        with self._changed:
            while True:
                for position in range(start, len(self._events)):
                    if matches(self._events[position], wanted):
                        return position + 1, self._events[position]
                left = end - time.monotonic()
                if self._closed is not None or left <= 0:
                    raise PeerError(self._disappointment(wanted, timeout))
                self._changed.wait(left)

    def _disappointment(self, wanted: Event, timeout: float) -> str:
        why = self._closed or f"within {timeout:g} s"
        return f"{self.owner} ({why}): no {wanted}; its last events: {self._events[-6:]}"


@dataclass(slots=True)
class Follower:
    """A reading position in a journal for the events that have some fixed fields.

    Each match moves the position, so that waiting twice for the same state means two of them.
    """

    journal: Journal
    fixed: Event
    position: int = field(default=0)

    def next(self, timeout: float = PATIENCE, **wanted: Any) -> Event:
        """The next event with these values; a tuple means one of its values.

        Raises:
            PeerError: there was none within ``timeout`` seconds, or the peer is gone.
        """
        self.position, event = self.journal.next(self.position, {**self.fixed, **wanted}, timeout)
        return event


def matches(event: Event, wanted: Event) -> bool:
    """Whether every wanted field has the value, or one of the values of a tuple."""
    for name, value in wanted.items():
        choices = value if isinstance(value, tuple) else (value,)
        if event.get(name) not in choices:
            return False
    return True
