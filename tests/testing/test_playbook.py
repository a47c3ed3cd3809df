import pytest

from sonnette.testing import playbook
from tests.testing.echo import Answerer, Asker, Told, Transmit

play = playbook(Transmit)


def test_a_dialogue_that_goes_as_told_passes():
    (
        play(Asker, "q")
        .sends("q").stays_silent()
        .at(1).sends("q")
        .at(1.5).hears("a").tells(Told("a"))
        .is_over()
    )  # fmt: skip


def test_a_machine_can_be_let_run_to_its_end():
    play(Asker, "q").sends("q").at(1).sends("q").at(2).sends("q").at(3).sends("q").at(4).tells(
        Told("no answer")
    ).is_over()


def test_expectations_may_be_types_and_predicates():
    play(Asker, "q").sends(str).does("give_up", why="late").tells(lambda told: told.what == "late")


def test_a_transmitting_output_may_be_recognised_by_a_function():
    tuples = playbook(lambda output: getattr(output, "payload", None))
    tuples(Answerer).hears("a").sends("A").is_over()


WRONG = {
    "another payload": lambda: play(Asker, "q").sends("x"),
    "told, not sent": lambda: play(Asker, "q").tells("q"),
    "silence expected": lambda: play(Asker, "q").stays_silent(),
    "unsaid before time passes": lambda: play(Asker, "q").at(0.5),
    "unsaid before another change": lambda: play(Asker, "q").hears("a"),
    "came earlier": lambda: play(Asker, "q").sends("q").at(1.5).sends("q"),
    "came too often": lambda: play(Asker, "q").sends("q").at(3),
    "came later": lambda: play(Asker, "q").sends("q").at(0.9).sends("q"),
    "still waits": lambda: play(Asker, "q").sends("q").is_over(),
    "another type": lambda: play(Asker, "q").sends(int),
    "predicate untrue": lambda: play(Asker, "q").sends(lambda payload: payload == "x"),
}


@pytest.mark.parametrize("dialogue", WRONG.values(), ids=WRONG)
def test_a_dialogue_that_goes_another_way_fails(dialogue):
    with pytest.raises(AssertionError, match="went another way"):
        dialogue()


def test_a_failure_shows_the_whole_dialogue():
    with pytest.raises(AssertionError) as failure:
        play(Asker, "q").sends("q").at(1.5).hears("late")
    assert str(failure.value).splitlines() == [
        "the dialogue went another way:",
        "    0.000  sends 'q'",
        "    1.000  expected: nothing more",
        "    1.000       got: sends 'q'",
    ]


class Stuck(Answerer):
    deadline = 1.0


def test_a_deadline_that_does_not_move_fails_instead_of_hanging():
    with pytest.raises(AssertionError, match="a deadline that moves"):
        play(Stuck).at(2)


class Twins(Answerer):
    """Two timers for one instant, one output a tick."""

    def __init__(self):
        super().__init__()
        self._due = [0.1 + 0.2, 0.3]

    @property
    def deadline(self):
        return min(self._due, default=None)

    def tick(self, now):
        self._due.remove(self.deadline)
        self._out.append(Told("due"))


def test_two_deadlines_at_one_instant_are_one_moment():
    play(Twins).at(0.3).tells(Told("due"), Told("due")).is_over()
