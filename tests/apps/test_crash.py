"""The server is killed (SIGKILL), or its database locked, at work: what it promised holds."""

import json
import socket
import sqlite3
import subprocess
import time

import pytest
from sqlalchemy import make_url, text

from sonnette.accounts.directory import Directory
from sonnette.accounts.service import Accounts
from sonnette.sip import names
from sonnette.store.database import Database
from tests.apps.phone import DOMAIN, Phone
from tests.apps.test_serve import PROGRAM, environment

pytestmark = [pytest.mark.loopback, pytest.mark.timeout(120)]

MEMBERS = [f"member{number}" for number in range(30)]
PASSWORD = "correct horse"


class Fragile:
    """A server on one UDP port that stays the same, whatever happens to the process."""

    def __init__(self, folder, url):
        self.folder, self.url = folder, url
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self.address = free.getsockname()
        (folder / "sonnette.toml").write_text(
            f'[sip]\nlisten = ["udp://127.0.0.1:{self.address[1]}"]\n'
            '[http]\nlisten = "http://127.0.0.1:0"\n'
            f'[store]\nurl = "{url}"\n'
        )
        database = Database(self.url)
        accounts = Accounts(database, [DOMAIN], Directory([DOMAIN]), time.time)
        for member in MEMBERS:
            accounts.add(f"{member}@{DOMAIN}", PASSWORD)
        database.close()
        self.start()

    def start(self):
        self.log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            [*PROGRAM, "serve", "--json"],
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=self.log,
        )
        assert self.process.stdout.readline(), (self.folder / "log").read_text()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def rows(self, query):
        database = Database(self.url)  # anew each time, as another program would
        with database.read() as session:
            rows = [tuple(row) for row in session.execute(text(query))]
        database.close()
        return rows

    def row_that_comes(self, query):
        """The one row of ``query``, which the server is about to write."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if rows := self.rows(query):
                return rows[0]
        raise AssertionError(f"no row came: {query}")

    def bindings(self):
        """Who is registered, as the running server says."""
        said = subprocess.run(
            [*PROGRAM, "server", "bindings", "--json"],
            cwd=self.folder,
            env=environment(),
            capture_output=True,
            check=True,
            text=True,
        )
        return {binding["address"] for binding in json.loads(said.stdout)}


@pytest.fixture
def server(tmp_path, database_url):
    server = Fragile(tmp_path, database_url)
    yield server
    server.kill()


@pytest.fixture
def phone(server):
    phones = []

    def phone(member):
        phones.append(Phone(server.address, member, PASSWORD))
        return phones[-1]

    yield phone
    for each in phones:
        each.close()


@pytest.mark.req("D-12")
@pytest.mark.req("D-4")
def test_every_registration_that_was_answered_is_there_after_a_kill(server, phone):
    phones = [phone(member) for member in MEMBERS]
    for each in phones:
        assert each.register().status == 200
    for each in phones[:10]:
        assert each.register(expires=0).status == 200
    server.kill()
    kept = {each.address for each in phones[10:]}
    if server.url.startswith("sqlite"):
        assert server.rows("PRAGMA integrity_check") == [("ok",)]
    stored = server.rows("SELECT username, session FROM binding")
    assert {f"sip:{username}@{DOMAIN}" for username, _ in stored} == kept
    server.start()
    assert server.bindings() == kept
    going_on = server.rows("SELECT username, id FROM registration_session WHERE ended_at IS NULL")
    assert set(going_on) == set(stored)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.req("D-2")
def test_a_call_survives_a_kill_and_its_record_says_that_the_end_is_unknown(server, phone):
    alice, bob = phone(MEMBERS[0]), phone(MEMBERS[1])
    alice.register()
    bob.register()
    answer = call(alice, bob)
    record = "SELECT caller, callee, ending FROM call_record WHERE completed"
    assert server.row_that_comes(record) == (alice.address, bob.address, "open")
    server.kill()
    server.start()
    assert server.rows(record) == [(alice.address, bob.address, "unknown")]
    alice.hang_up(answer)
    bob.answers(bob.hears("BYE"), 200)
    assert alice.final().status == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_locked_database_refuses_registrations_for_now_and_stops_no_call(server, phone):
    alice, bob, late = (phone(member) for member in MEMBERS[:3])
    alice.register()
    bob.register()
    lock = sqlite3.connect(make_url(server.url).database, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    refused = late.register()
    assert refused.status == 503
    assert refused.first(names.RETRY_AFTER)
    answer = call(alice, bob)
    lock.execute("ROLLBACK")
    lock.close()
    assert late.register().status == 200
    record = "SELECT caller, callee, ending FROM call_record WHERE completed"
    assert server.row_that_comes(record) == (alice.address, bob.address, "open")
    alice.hang_up(answer)
    bob.answers(bob.hears("BYE"), 200)
    assert alice.final().status == 200


def call(caller, callee):
    """``caller`` calls ``callee``, who takes the call; the answer, acknowledged."""
    caller.invite(callee.address)
    callee.answers(callee.hears("INVITE"), 200)
    answer = caller.final()
    assert answer.status == 200
    caller.acknowledge(answer)
    callee.hears("ACK")
    return answer
