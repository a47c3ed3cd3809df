import pytest

from sonnette.server.logs import calls
from sonnette.server.logs.calls import CallLog, close_open_calls
from sonnette.server.logs.models import CallRecord
from tests.server.logs.conftest import EPOCH

ALICE, BOB = "sip:alice@example.test", "sip:bob@example.test"
WHOLE = ("caller", "callee", "started_at", "completed", "duration_s", "ending")
STATE = ("started_at", "completed", "duration_s", "ending")

pytestmark = pytest.mark.req("D-2")


@pytest.fixture
def log(kit):
    return kit.make(CallLog)


def test_a_call_is_a_row_from_its_answer_to_its_end(kit, log):
    log.started("call", ALICE, BOB, now=10.0)
    log.answered("call", now=14.0)
    log.ended("call", now=74.5)
    assert kit.rows(CallRecord, *WHOLE) == [(ALICE, BOB, EPOCH + 10, True, 60.5, "known")]
    assert len(log) == 0


def test_a_call_is_a_row_while_it_lasts(kit, log):
    log.started("call", ALICE, BOB, now=1)
    assert kit.rows(CallRecord, *STATE) == [(EPOCH + 1, False, None, "open")]
    log.answered("call", now=2)
    assert kit.rows(CallRecord, *STATE) == [(EPOCH + 1, True, None, "open")]


def test_a_call_that_nobody_took_has_no_duration(kit, log):
    log.started("call", ALICE, BOB, now=1)
    log.ended("call", now=31)
    assert kit.rows(CallRecord, *STATE) == [(EPOCH + 1, False, 0.0, "known")]


def test_only_the_first_start_and_the_first_answer_count(kit, log):
    log.started("call", ALICE, BOB, now=1)
    log.started("call", BOB, ALICE, now=2)
    log.answered("call", now=3)
    log.answered("call", now=4)
    log.ended("call", now=13)
    log.ended("call", now=99)
    assert kit.rows(CallRecord, *WHOLE) == [(ALICE, BOB, EPOCH + 1, True, 10.0, "known")]


def test_events_of_a_call_we_do_not_know_leave_no_trace(kit, log):
    log.answered("call", now=1)
    log.ended("call", now=2)
    assert kit.rows(CallRecord, *STATE) == []


def test_a_call_open_at_a_crash_has_an_unknown_ending_after_the_restart(kit, log):
    log.started("lost", ALICE, BOB, now=1)
    log.answered("lost", now=2)
    log.started("over", ALICE, BOB, now=3)
    log.ended("over", now=4)
    assert len(kit.rows(CallRecord, *STATE)) == 2
    with kit.database.write() as session:
        assert close_open_calls(session) == 1
    assert kit.rows(CallRecord, *STATE) == [
        (EPOCH + 1, True, None, "unknown"),
        (EPOCH + 3, False, 0.0, "known"),
    ]


def test_memory_is_bounded_and_the_oldest_call_gives_way(kit, log, monkeypatch):
    monkeypatch.setattr(calls, "MOST_OPEN", 2)
    for number in range(3):
        log.started(number, ALICE, BOB, now=number)
    assert len(log) == 2
    endings = [ending for _, ending in kit.rows(CallRecord, "started_at", "ending")]
    assert endings == ["unknown", "open", "open"]


def test_a_corrected_wall_clock_dates_the_calls_that_follow(kit, log):
    log.started("before", ALICE, BOB, now=1)
    log.epoch += 3600
    log.started("after", ALICE, BOB, now=2)
    dates = [date for (date,) in kit.rows(CallRecord, "started_at")]
    assert dates == [EPOCH + 1, EPOCH + 3602]
