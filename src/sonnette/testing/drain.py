"""Fails a test whose driver breaks the contract of ``sonnette.base.machine``.

The contract: one change, then drain, and time never runs backwards.  A change is any
public method whose first parameter is ``now``.
"""

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, TypeVar, cast

M = TypeVar("M")


def checked(machine: M) -> M:
    """``machine`` itself to the eye, and watched: a breach raises AssertionError."""
    return cast(M, _Checked(machine))


def _is_change(method: Callable[..., Any]) -> bool:
    return next(iter(signature(method).parameters), None) == "now"


class _Checked:
    def __init__(self, machine: Any) -> None:
        self._machine = machine
        self._undrained: str | None = None
        self._now = float("-inf")

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._machine, name)
        if name.startswith("_") or not callable(value):
            return value
        if name == "drain":
            return self._drain
        return self._watch(name, value) if _is_change(value) else value

    def _watch(self, name: str, change: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(change)
        def watched(now: float, *arguments: Any, **named: Any) -> Any:
            assert self._undrained is None, (
                f"{name}() at {now} after {self._undrained}() without a drain between"
            )
            assert now >= self._now, f"{name}() at {now}, after a change at {self._now}"
            self._undrained, self._now = name, now
            return change(now, *arguments, **named)

        return watched

    def _drain(self) -> list[Any]:
        outputs = list(self._machine.drain())
        self._undrained = None
        return outputs
