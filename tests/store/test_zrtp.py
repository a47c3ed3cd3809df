"""Retained secrets in a file: kept between runs, sealed, forgotten in time and on demand."""

import sqlite3
import stat

import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.base.errors import LocalError
from sonnette.base.shield import Secret
from sonnette.store.lime import KeyringKey
from sonnette.store.zrtp import ZrtpStore
from sonnette.testing.clock import VirtualClock
from sonnette.zrtp import MemoryCache, Past, Retained, Session
from tests.zrtp.line import Phone, talk

ME, BOB, CAROL = "sip:alice@example.test", "sip:bob@example.test", "sip:carol@example.test"
KEY = KeyringKey(Secret(bytes(32)))
RS1, RS2 = Secret(b"1" * 32), Secret(b"2" * 32)
ZID, OTHER = b"z" * 12, b"o" * 12


@pytest.fixture
def clock():
    return VirtualClock(1_000_000)


@pytest.fixture
def opened(tmp_path, clock):
    made = []

    def open_it(secret=KEY):
        entropy = SeededEntropy(f"store {len(made)}")
        made.append(ZrtpStore(tmp_path / "zrtp", secret, entropy, clock))
        return made[-1]

    yield open_it
    for store in made:
        store.close()


@pytest.fixture(params=["memory", "file"])
def cache(request, clock):
    if request.param == "memory":
        return MemoryCache(clock)
    return request.getfixturevalue("opened")().cache(ME, BOB)


@pytest.mark.parametrize(
    "retained", [Retained(RS1), Retained(RS1, RS2, verified=True), Retained(RS1, lifetime=60)]
)
def test_a_cache_gives_back_what_it_was_given(cache, retained):
    cache.retain(ZID, Retained(RS2))
    cache.retain(ZID, retained)
    assert cache.recall(ZID) == retained
    assert cache.recall(OTHER) is None


def test_a_cache_forgets_in_time_and_on_demand(cache, clock):
    cache.retain(ZID, Retained(RS1, lifetime=60))
    cache.retain(OTHER, Retained(RS1))
    clock.advance(60)
    assert cache.recall(ZID)
    clock.advance(2)
    assert cache.recall(ZID) is None
    clock.advance(1e9)
    assert cache.recall(OTHER)
    cache.forget(OTHER)
    assert cache.recall(OTHER) is None
    cache.forget(OTHER)


def test_what_is_kept_outlives_the_process(opened):
    first = opened()
    first.cache(ME, BOB).retain(ZID, Retained(RS1, RS2, verified=True))
    zid = first.own_zid(ME)
    first.close()
    again = opened()
    assert again.cache(ME, BOB).recall(ZID) == Retained(RS1, RS2, verified=True)
    assert again.own_zid(ME) == zid
    assert again.own_zid(BOB) != zid


def test_a_device_vouches_for_one_address_only(opened):
    store = opened()
    store.cache(ME, BOB).retain(ZID, Retained(RS1, verified=True))
    assert store.cache(ME, CAROL).recall(ZID) is None
    assert store.cache(CAROL, BOB).recall(ZID) is None


def test_peers_and_accounts_are_forgotten_whole(opened):
    store = opened()
    for account, peer in ((ME, BOB), (ME, CAROL), (BOB, CAROL)):
        store.cache(account, peer).retain(ZID, Retained(RS1))
    store.forget_peer(ME, BOB)
    assert store.cache(ME, BOB).recall(ZID) is None
    assert store.cache(ME, CAROL).recall(ZID)
    zid = store.own_zid(ME)
    store.forget_account(ME)
    assert store.cache(ME, CAROL).recall(ZID) is None
    assert store.cache(BOB, CAROL).recall(ZID)
    assert store.own_zid(ME) != zid


def test_the_file_is_private_and_tells_nothing(opened, tmp_path):
    store = opened()
    store.cache(ME, BOB).retain(ZID, Retained(RS1, RS2))
    store.close()
    assert stat.S_IMODE((tmp_path / "zrtp").stat().st_mode) == 0o600
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for canary in (RS1.reveal(), RS2.reveal(), ZID, b"bob@", b"alice@"):
        assert canary not in kept


def test_a_wrong_secret_does_not_open_it(opened):
    opened().close()
    with pytest.raises(LocalError, match=r"zrtp\.store\.secret"):
        opened(KeyringKey(Secret(b"x" * 32)))


def test_an_altered_record_is_noticed(opened, tmp_path):
    store = opened()
    for zid in (ZID, OTHER):
        store.cache(ME, BOB).retain(zid, Retained(RS1))
    with sqlite3.connect(tmp_path / "zrtp") as connection:
        ((one,), (other,)) = connection.execute("SELECT value FROM device").fetchall()
        connection.execute("UPDATE device SET value = ? WHERE value = ?", (one, other))
    connection.close()
    with pytest.raises(LocalError, match=r"zrtp\.store\.damaged"):
        for zid in (ZID, OTHER):
            store.cache(ME, BOB).recall(zid)


def test_what_has_expired_is_gone_at_the_next_opening(opened, tmp_path, clock):
    store = opened()
    store.cache(ME, BOB).retain(ZID, Retained(RS1, lifetime=60))
    store.close()
    clock.advance(100)
    opened().close()
    with sqlite3.connect(tmp_path / "zrtp") as connection:
        assert connection.execute("SELECT count(*) FROM device").fetchone() == (0,)
    connection.close()


@pytest.mark.parametrize("name", ["", "a/b"])
def test_what_is_no_file_is_ours_to_answer_for(tmp_path, clock, name):
    with pytest.raises(LocalError, match=r"zrtp\.store\.file"):
        ZrtpStore(tmp_path / name, KEY, SeededEntropy(), clock)


def test_what_is_no_database_is_ours_to_answer_for(tmp_path, clock):
    (tmp_path / "zrtp").write_bytes(b"not a database, though long enough to be read as one" * 9)
    with pytest.raises(LocalError, match=r"zrtp\.store\.file"):
        ZrtpStore(tmp_path / "zrtp", KEY, SeededEntropy(), clock)


@pytest.mark.req("S-10")
def test_a_second_call_remembers_the_first(opened):
    bob = Phone("bob")
    for expected in (Past.UNKNOWN, Past.KNOWN):
        store = opened()
        entropy = SeededEntropy(f"call {expected}")
        session = Session(store.own_zid(ME), store.cache(ME, BOB), entropy)
        line = talk(session, bob.session(expected))
        assert line.alice.security.past is expected
        store.close()
