import pytest

from sonnette.testing import checked
from tests.testing.echo import Asker, Told


def test_a_change_then_a_drain_passes():
    asker = checked(Asker("q", 0))
    asker.tick(1)
    assert len(list(asker.drain())) == 2
    asker.feed(2, "a")
    assert list(asker.drain()) == [Told("a")]


def test_a_second_change_without_a_drain_fails():
    asker = checked(Asker("q", 0))
    asker.tick(1)
    with pytest.raises(AssertionError, match=r"give_up\(\) at 2 after tick\(\) without a drain"):
        asker.give_up(2)


def test_time_that_runs_backwards_fails():
    asker = checked(Asker("q", 0))
    asker.tick(2)
    asker.drain()
    with pytest.raises(AssertionError, match="after a change at 2"):
        asker.tick(1)


def test_reading_is_no_change():
    asker = checked(Asker("q", 0))
    asker.tick(1)
    assert asker.deadline == 2
