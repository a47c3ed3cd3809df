"""The key store's contract, on both adapters, and what the one on disk adds."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from sonnette.base.entropy import SystemEntropy
from sonnette.base.errors import LocalError
from sonnette.base.shield import Secret
from sonnette.lime import MemoryStore, Policy
from sonnette.lime.header import Header
from sonnette.lime.keeping.store import Kind
from sonnette.store.lime import KeyringKey, LimeStore, Passphrase
from tests.lime.world import Directory, Member

SECRET = KeyringKey(Secret(bytes(range(32))))


def open_store(path: Path, secret=SECRET) -> LimeStore:
    return LimeStore(path / "lime.sqlite", secret, SystemEntropy())


@pytest.fixture(params=["memory", "file"])
def store(request, tmp_path):
    if request.param == "memory":
        yield MemoryStore()
        return
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def test_what_is_written_is_read(store):
    with store.transaction():
        store.write(Kind.PEER, b"owner", b"name", b"value")
        assert store.read(Kind.PEER, b"owner", b"name") == b"value"
    assert store.read(Kind.PEER, b"owner", b"name") == b"value"
    assert store.read(Kind.SESSION, b"owner", b"name") is None
    assert store.read(Kind.PEER, b"other", b"name") is None


def test_a_scan_gives_the_records_of_one_owner(store):
    with store.transaction():
        for name in (b"1", b"2"):
            store.write(Kind.PEER, b"owner", name, b"of " + name)
        store.write(Kind.PEER, b"other", b"3", b"of 3")
    assert sorted(store.scan(Kind.PEER, b"owner")) == [b"of 1", b"of 2"]


def test_records_are_replaced_deleted_and_cleared(store):
    with store.transaction():
        store.write(Kind.PEER, b"owner", b"1", b"old")
        store.write(Kind.PEER, b"owner", b"1", b"new")
        store.write(Kind.PEER, b"owner", b"2", b"x")
    with store.transaction():
        store.delete(Kind.PEER, b"owner", b"2")
        store.delete(Kind.PEER, b"owner", b"absent")
    assert store.scan(Kind.PEER, b"owner") == [b"new"]
    with store.transaction():
        store.clear(Kind.PEER, b"owner")
    assert store.scan(Kind.PEER, b"owner") == []


def test_a_transaction_that_fails_leaves_nothing(store):
    with store.transaction():
        store.write(Kind.PEER, b"owner", b"1", b"before")
        store.write(Kind.PEER, b"owner", b"2", b"before")
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.write(Kind.PEER, b"owner", b"1", b"after")
        store.delete(Kind.PEER, b"owner", b"2")
        store.clear(Kind.PEER, b"owner")
        store.write(Kind.PEER, b"owner", b"3", b"after")
        raise ZeroDivisionError
    assert store.scan(Kind.PEER, b"owner") == [b"before"] * 2


def test_a_write_outside_a_transaction_is_a_wrong_call(store):
    with pytest.raises(LocalError) as refused:
        store.write(Kind.PEER, b"owner", b"1", b"x")
    assert refused.value.code == "lime.store.transaction"


def test_records_outlive_the_process(tmp_path):
    store = open_store(tmp_path)
    with store.transaction():
        store.write(Kind.PEER, b"owner", b"name", b"value")
    store.close()
    store = open_store(tmp_path)
    assert store.read(Kind.PEER, b"owner", b"name") == b"value"
    assert not store.was_restored
    store.close()


def test_two_processes_cannot_have_the_file(tmp_path):
    store = open_store(tmp_path)
    with pytest.raises(LocalError) as refused:
        open_store(tmp_path)
    assert refused.value.code == "lime.store.busy"
    store.close()


@pytest.mark.parametrize("wrong", [KeyringKey(Secret(bytes(32))), Passphrase(Secret("guess"))])
def test_a_wrong_secret_is_refused(tmp_path, wrong):
    open_store(tmp_path, Passphrase(Secret("right"))).close()
    with pytest.raises(LocalError) as refused:
        open_store(tmp_path, wrong)
    assert refused.value.code == "lime.store.secret"
    open_store(tmp_path, Passphrase(Secret("right"))).close()


def test_the_file_tells_neither_names_nor_values(tmp_path):
    store = open_store(tmp_path)
    with store.transaction():
        store.write(Kind.PEER, b"alice@example.test", b"bob@example.test", b"identity key")
    store.close()
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for text in (b"alice", b"bob@", b"identity key"):
        assert text not in held
    assert (tmp_path / "lime.sqlite").stat().st_mode & 0o077 == 0


def test_a_record_moved_to_another_place_does_not_read(tmp_path):
    store = open_store(tmp_path)
    with store.transaction():
        store.write(Kind.PEER, b"owner", b"1", b"one")
        store.write(Kind.PEER, b"owner", b"2", b"two")
    store.close()
    raw = sqlite3.connect(tmp_path / "lime.sqlite")
    (value,) = raw.execute("SELECT value FROM record").fetchone()
    raw.execute("UPDATE record SET value=?", (value,))
    raw.commit()
    raw.close()
    store = open_store(tmp_path)
    with pytest.raises(LocalError) as refused:
        store.scan(Kind.PEER, b"owner")
    assert refused.value.code == "lime.store.damaged"
    store.close()


@pytest.mark.parametrize("beside", [True, False], ids=["over the file", "as a new file"])
def test_a_copy_put_back_is_noticed(tmp_path, beside):
    path = tmp_path / "lime.sqlite"
    open_store(tmp_path).close()
    shutil.copy(path, tmp_path / "backup")
    open_store(tmp_path).close()
    if not beside:
        path.unlink()
    path.write_bytes((tmp_path / "backup").read_bytes())
    store = open_store(tmp_path)
    assert store.was_restored
    store.close()
    store = open_store(tmp_path)
    assert not store.was_restored
    store.close()


def test_what_is_no_database_is_refused(tmp_path):
    (tmp_path / "lime.sqlite").write_bytes(b"not a database" * 1000)
    with pytest.raises(LocalError) as refused:
        open_store(tmp_path)
    assert refused.value.code == "lime.store.file"


def test_a_conversation_on_disk_survives_restarts(tmp_path):
    directory = Directory()
    alice, bob = Member(directory, "alice"), Member(directory, "bob")
    for turn in range(3):
        store = open_store(tmp_path)
        alice.store = store
        alice.start()
        alice.device.register(0.0)
        alice.settle(0.0)
        sent = [alice.send(b"%d" % turn, bob, policy=policy) for policy in Policy]
        assert {bob.receive(alice, one) for one in sent} == {b"%d" % turn}
        assert alice.receive(bob, bob.send(b"back", alice)) == b"back"
        store.close()


KILLED = """
import sys
from pathlib import Path
from sonnette.base.entropy import SystemEntropy
from tests.lime.world import Directory, Member
from tests.store.test_lime import open_store

directory = Directory()
bob = Member(directory, "bob")
alice = Member(directory, "alice")
alice.store, alice.entropy = open_store(Path(sys.argv[1])), SystemEntropy()
directory.rows.pop((alice.address, 1))
alice.start()
alice.device.register(0.0)
alice.settle(0.0)
while True:
    print(alice.send(b"x", bob).messages[0].message.hex(), flush=True)
"""


def test_a_killed_process_never_uses_a_key_again(tmp_path):
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        seen = [process.stdout.readline() for _ in range(20)]
        process.send_signal(signal.SIGKILL)
        seen += process.stdout.readlines()
    used = {
        (header.key.public, header.place)
        for line in seen
        if line.endswith("\n")
        for header in [Header.parse(bytes.fromhex(line))]
    }
    assert len(used) >= 20
    directory = Directory()
    bob, alice = Member(directory, "bob"), Member(directory, "alice")
    alice.store = open_store(tmp_path)
    alice.start()
    for _ in range(5):
        header = Header.parse(alice.send(b"y", bob).messages[0].message)
        assert (header.key.public, header.place) not in used
        used.add((header.key.public, header.place))
    assert header.place > 5, "the session went on from where it was"
    alice.store.close()
