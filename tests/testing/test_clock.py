import pytest

from sonnette.base.errors import LocalError
from sonnette.testing import VirtualClock


def test_time_passes_when_told():
    clock = VirtualClock(5)
    clock.advance(1.5)
    clock.jump_to(10)
    assert clock() == 10


def test_time_never_runs_backwards():
    clock = VirtualClock(5)
    with pytest.raises(LocalError, match="expected 5 or later, got 4"):
        clock.jump_to(4)
