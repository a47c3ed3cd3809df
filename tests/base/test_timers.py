from hypothesis import given
from hypothesis import strategies as st

from sonnette.base.timers import Buckets, Deadlines


def test_a_deadline_set_again_moves():
    deadlines: Deadlines[str] = Deadlines()
    deadlines.set("a", 5)
    deadlines.set("b", 3)
    deadlines.set("a", 1)
    assert deadlines.next == 1
    assert list(deadlines.pop(4)) == ["a", "b"]
    assert deadlines.next is None


def test_a_cancelled_deadline_never_comes():
    deadlines: Deadlines[str] = Deadlines()
    deadlines.set("a", 1)
    deadlines.cancel("a")
    deadlines.cancel("never set")
    assert list(deadlines.pop(9)) == []
    assert deadlines.next is None


@given(st.lists(st.tuples(st.integers(0, 20), st.one_of(st.none(), st.integers(0, 50)))))
def test_deadlines_agree_with_a_dictionary(changes):
    deadlines: Deadlines[int] = Deadlines()
    model: dict[int, int] = {}
    for key, when in changes:
        if when is None:
            deadlines.cancel(key)
            model.pop(key, None)
        else:
            deadlines.set(key, when)
            model[key] = when
    assert deadlines.next == min(model.values(), default=None)
    due = list(deadlines.pop(25))
    assert sorted(due) == sorted(key for key, when in model.items() if when <= 25)
    assert [model[key] for key in due] == sorted(model[key] for key in due)


def test_keys_that_cannot_be_compared_share_an_instant():
    deadlines: Deadlines[object] = Deadlines()
    first, second = object(), object()
    deadlines.set(first, 1)
    deadlines.set(second, 1)
    assert list(deadlines.pop(1)) == [first, second]


def test_moving_one_deadline_for_ever_keeps_the_heap_small():
    deadlines: Deadlines[str] = Deadlines()
    for when in range(10_000):
        deadlines.set("a", when)
    assert len(deadlines._heap) < 100
    assert list(deadlines.pop(10_000)) == ["a"]


def test_a_bucket_opens_when_its_second_has_passed():
    buckets: Buckets[str] = Buckets()
    buckets.add("early", 1.2)
    buckets.add("late", 7.0)
    assert list(buckets.pop(1.9)) == []
    assert list(buckets.pop(2.0)) == ["early"]
    assert list(buckets.pop(100)) == ["late"]
    assert buckets.next is None


def test_a_bucket_added_in_the_past_still_opens():
    buckets: Buckets[str] = Buckets()
    buckets.add("b", 50)
    assert list(buckets.pop(10)) == []
    buckets.add("a", 3)
    assert list(buckets.pop(11)) == ["a"]
    assert list(buckets.pop(50)) == ["b"]
