import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.server.logs.calls import CallLog
from sonnette.server.logs.models import RegistrationSession
from sonnette.server.logs.registrations import Login, RegistrationLog
from sonnette.server.recovery import Recovered, recover
from sonnette.server.registrar.rows import BindingStatements
from tests.server.registrar.test_rows import DESK, NOW


@pytest.fixture
def crashed(database):
    """A server that stopped dead: a call going on, two devices, the second one's time over."""
    writer = database.start_writer(lambda call, *args: call(*args), print)
    entropy = SeededEntropy("crash")
    logs = [
        kind(writer.statements, writer.put, entropy, NOW) for kind in (CallLog, RegistrationLog)
    ]
    logs[0].started("call", "sip:alice@example.test", "sip:bob@example.test", now=0)
    for key, expires in (("alive", NOW + 60), ("dead", NOW + 5)):
        login = Login("example.test", "alice", key, "192.0.2.1")
        session = logs[1].registered(0, login, has_moved=False, now=0)
        row = DESK._replace(key=key, expires_at=expires, session=session)
        writer.put(BindingStatements(writer.statements).save, row)
    assert writer.close() == 0
    return database


def test_a_start_closes_what_a_crash_left_open(crashed):
    with crashed.write() as session:
        assert recover(session, NOW + 10) == Recovered(
            bindings_expired=1, calls_closed=1, sessions_closed=1
        )
    with crashed.read() as session:
        ends = session.query(RegistrationSession.device, RegistrationSession.ended_at)
        assert dict(map(tuple, ends)) == {"alive": None, "dead": NOW}


def test_a_second_start_finds_nothing_to_put_right(crashed):
    with crashed.write() as session:
        recover(session, NOW + 10)
    with crashed.write() as session:
        assert recover(session, NOW + 10) == Recovered(0, 0, 0)
