"""A server that is killed: what it promised holds when it comes back (REQ D-2, D-4, D-12)."""

import sqlite3

import pytest

from sonnette.sip.message import Request, Response
from tests.wire.line import Call, Line
from tests.wire.served import Served

pytestmark = [pytest.mark.loopback, pytest.mark.xdist_group("kill"), pytest.mark.timeout(180)]


@pytest.fixture
def server(tmp_path):
    server = Served(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def line(server):
    """Makes lines to the server as it runs now, and closes them at the end."""
    lines = []

    def make(user, transport="udp", **more):
        lines.append(Line(server.ready, user, transport, **more))
        return lines[-1]

    yield make
    for each in lines:
        each.close()


def rows(server, query):
    with sqlite3.connect(server.database) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = database.execute(query).fetchall()
    database.close()
    return found


def test_every_registration_that_was_confirmed_is_there_after_a_kill(server, line):
    lines = [line("alice") for _ in range(6)]
    lines += [line("bob", "tcp") for _ in range(3)]
    for each in lines:
        assert each.register().status == 200
    assert lines[0].register(expires=0).status == 200
    server.kill()
    server.start()
    found = {binding["contact"] for binding in server.look("bindings")}
    assert found == {each.contact for each in lines[1:]}


def test_calls_in_progress_can_be_ended_by_both_sides_after_a_kill(server, line):
    alice, bob = line("alice"), line("bob")
    carol = line("carol", "tcp")
    for each in (alice, bob, carol):
        each.register()
    first, second, third = Call(alice, bob), Call(alice, bob), Call(alice, carol)
    server.kill()
    server.start()
    assert first.hang_up(alice).status == 200
    assert second.hang_up(bob).status == 200
    carol.close()
    carol = third.callee = line("carol", "tcp", instance=carol.instance)
    assert carol.register().status == 200
    assert third.hang_up(alice).status == 200


def test_a_call_that_was_open_at_the_kill_is_closed_as_end_unknown(server, line):
    alice, bob = line("alice"), line("bob")
    alice.register()
    bob.register()
    Call(alice, bob).hang_up(alice)
    Call(alice, bob)
    line("carol").register()  # its 200 comes once all that was written before is on disk
    server.kill()
    server.start()
    found = rows(server, "SELECT ending, completed FROM call_record ORDER BY started_at")
    assert found == [("known", 1), ("unknown", 1)]


def test_the_registration_log_has_a_row_a_session(server, line):
    alice = line("alice")
    alice.register()
    server.kill()
    server.start()
    assert alice.register().status == 200
    (row,) = rows(server, "SELECT username, ip, ended_at FROM registration_session")
    assert row == ("alice", "127.0.0.1", None)


def test_a_stop_lets_the_ringing_call_know_and_exits_cleanly(server, line):
    alice, bob = line("alice"), line("bob")
    alice.register()
    bob.register()
    invite = alice.request("INVITE", "sip:bob@example.test", f"Contact: <{alice.contact}>\r\n")
    alice.send(invite)
    alice.send(alice.with_credentials(invite, alice.wait_for(Response, 407)))
    bob.wait_for(Request, "INVITE")
    assert server.stop() == 0
