import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sonnette.server.logs import registrations
from sonnette.server.logs.models import RegistrationFailure, RegistrationSession
from sonnette.server.logs.registrations import FAILURES_WAIT_S, HOUR_S, Login, RegistrationLog
from tests.server.logs.conftest import EPOCH

DESK = Login("example.test", "alice", "<urn:uuid:desk>", "192.0.2.1")
ROAMING = DESK._replace(ip="198.51.100.7")
STAY = ("started_at", "refreshed_at", "ended_at", "ip")
SUMS = ("username", "ip", "hour", "failures")

pytestmark = pytest.mark.req("D-4")


@pytest.fixture
def log(kit):
    return kit.make(RegistrationLog)


def test_a_session_is_one_row_from_first_to_last_register(kit, log):
    session = log.registered(0, DESK, has_moved=False, now=1)
    assert log.registered(session, DESK, has_moved=False, now=2) == session
    log.unregistered(session, now=3)
    assert kit.rows(RegistrationSession, *STAY) == [(EPOCH + 1, EPOCH + 3, EPOCH + 3, DESK.ip)]


def test_a_session_that_lasts_has_no_end(kit, log):
    log.registered(0, DESK, has_moved=False, now=1)
    assert kit.rows(RegistrationSession, *STAY) == [(EPOCH + 1, EPOCH + 1, None, DESK.ip)]


def test_another_address_opens_another_row(kit, log):
    first = log.registered(0, DESK, has_moved=False, now=1)
    second = log.registered(first, ROAMING, has_moved=True, now=5)
    assert second != first
    assert kit.rows(RegistrationSession, *STAY) == [
        (EPOCH + 1, EPOCH + 5, EPOCH + 5, DESK.ip),
        (EPOCH + 5, EPOCH + 5, None, ROAMING.ip),
    ]


def test_failures_are_counted_by_account_source_and_hour(kit, log):
    hour = EPOCH // HOUR_S * HOUR_S
    for now in (0, 0.1, 0.2):
        log.failed("example.test", "alice", "192.0.2.9", now)
    log.failed("example.test", "", "192.0.2.9", 0.3)
    log.failed("example.test", "alice", "192.0.2.9", HOUR_S)
    log.tick(HOUR_S + 1)
    assert kit.rows(RegistrationFailure, *SUMS) == [
        ("", "192.0.2.9", hour, 1),
        ("alice", "192.0.2.9", hour, 3),
        ("alice", "192.0.2.9", hour + HOUR_S, 1),
    ]


def test_failures_of_one_hour_add_up_across_writes(kit, log):
    for now in (0, 10, 20):
        log.failed("example.test", "alice", "192.0.2.9", now)
        log.tick(now + FAILURES_WAIT_S)
    assert [failures for (failures,) in kit.rows(RegistrationFailure, "failures")] == [3]


def test_a_failure_waits_for_company_and_not_for_long(kit, log):
    assert log.deadline is None
    log.failed("example.test", "alice", "192.0.2.9", 5)
    log.failed("example.test", "alice", "192.0.2.9", 5.2)
    assert log.deadline == 5 + FAILURES_WAIT_S
    log.tick(5.3)
    assert kit.rows(RegistrationFailure, "failures") == []
    log.tick(log.deadline)
    assert log.deadline is None
    assert kit.rows(RegistrationFailure, "failures") == [(2,)]


def test_sums_in_memory_are_bounded(kit, log, monkeypatch):
    monkeypatch.setattr(registrations, "MOST_SUMS", 10)
    for number in range(25):
        log.failed("example.test", "", f"192.0.2.{number}", 0)
    assert len(kit.rows(RegistrationFailure, "ip")) == 20


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["register", "move", "leave"]), st.integers(min_value=0, max_value=50)
    ),
    max_size=30,
)


class Recorder:
    """Applies what the log queues to a dictionary, as a database would."""

    def __init__(self):
        self.rows = {}

    def put(self, statement, row):
        if statement.sql.startswith("INSERT"):
            new = dict(zip(statement.names, row, strict=True))
            old = self.rows.setdefault(row[0], new)
            self.rows[row[0]] = new | {"started_at": old["started_at"]}
        else:
            changes = dict(zip(statement.names, row, strict=True))
            self.rows[changes.pop("id")] |= changes


@given(EVENTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_at_most_one_session_is_open_and_time_runs_forward(kit, events):
    recorder = Recorder()
    log = RegistrationLog(kit.writer.statements, recorder.put, kit.entropy, EPOCH)
    session, now = 0, 0
    for event, later in events:
        now += later
        if event != "leave":
            session = log.registered(session, DESK, has_moved=event == "move", now=now)
        elif session:
            log.unregistered(session, now)
            session = 0
    open_rows = [number for number, row in recorder.rows.items() if row["ended_at"] is None]
    assert open_rows == ([session] if session else [])
    for row in recorder.rows.values():
        assert row["started_at"] <= row["refreshed_at"] <= (row["ended_at"] or row["refreshed_at"])
