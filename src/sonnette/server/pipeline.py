"""The ordered steps that every request walks through."""

from collections.abc import Sequence
from typing import Protocol

from sonnette.server.context import NEXT, Answer, Context, Outcome, Wait


class Step(Protocol):
    """One step: called with the request's context, it lets it pass, answers or sends it on.

    The class's docstring is what ``sonnette server steps`` prints.
    """

    name: str

    def __call__(self, context: Context) -> Outcome:
        """Decide."""


class Pipeline:
    """The steps in their order, without those that are switched off."""

    def __init__(self, steps: Sequence[Step], without: frozenset[str] = frozenset()) -> None:
        self.all = tuple(steps)
        self.steps = tuple(step for step in steps if step.name not in without)

    def walk(self, context: Context, first: int = 0) -> Outcome:
        """Walk from step ``first`` to the first outcome that is not "next"."""
        steps = self.steps
        for index in range(first, len(steps)):
            outcome = steps[index](context)
            if outcome is not NEXT:
                if isinstance(outcome, Wait):
                    outcome.context, outcome.step = context, index
                return outcome
        return Answer(404, "Nothing Here Serves This Request")

    def describe(self) -> list[dict[str, object]]:
        """Each step in order: its name, whether it is switched on, what it does."""
        return [
            {
                "name": step.name,
                "enabled": step in self.steps,
                "meaning": " ".join((step.__doc__ or "").split("\n\n")[0].split()),
            }
            for step in self.all
        ]
