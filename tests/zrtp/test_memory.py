"""What is remembered of a peer, what is shown of a call, what is said in the signalling."""

import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.base.errors import LocalError, PeerError
from sonnette.base.shield import Secret
from sonnette.testing.clock import VirtualClock
from sonnette.zrtp import Hash, MemoryCache, Past, Retained, Role, Sas, Session
from sonnette.zrtp.hello_hash import attribute_value, hash_of, parse_value
from sonnette.zrtp.matching import Holdings
from sonnette.zrtp.sas import render
from sonnette.zrtp.words import EVEN, ODD

OLD, OLDER, OLDEST = (Secret(bytes([n]) * 32) for n in (1, 2, 3))


def test_a_cache_forgets_in_time():
    clock = VirtualClock()
    cache = MemoryCache(clock)
    cache.retain(b"zid", Retained(OLD, lifetime=60))
    clock.advance(60)
    assert cache.recall(b"zid") == Retained(OLD, lifetime=60)
    clock.advance(1)
    assert cache.recall(b"zid") is None


def test_a_cache_keeps_for_ever_what_has_no_end():
    clock = VirtualClock()
    cache = MemoryCache(clock)
    cache.retain(b"zid", Retained(OLD))
    clock.advance(1e9)
    assert cache.recall(b"zid") == Retained(OLD)
    cache.forget(b"zid")
    assert cache.recall(b"zid") is None
    cache.forget(b"zid")


def holdings(role, retained):
    h3 = (b"a", b"b") if role is Role.INITIATOR else (b"b", b"a")
    return Holdings(Hash.S256, role, retained, None, *h3)


@pytest.mark.rfc("6189", "4.3.1")
@pytest.mark.parametrize(
    ("initiator", "responder", "shared"),
    [
        ((OLD, OLDER), (OLD, OLDER), OLD),
        ((OLDER, OLDEST), (OLD, OLDER), OLDER),
        ((OLD, OLDER), (OLDER, OLDEST), OLDER),
        ((OLD, OLDER), (OLDER, OLD), OLD),
        ((OLDER, OLD), (OLD, OLDER), OLDER),
        ((OLD, None), (OLD, OLDER), OLD),
    ],
)
def test_both_sides_take_the_same_of_two_secrets(initiator, responder, shared):
    one = holdings(Role.INITIATOR, Retained(*initiator))
    other = holdings(Role.RESPONDER, Retained(*responder))
    entropy = SeededEntropy(1)
    here, there = one.match(other.ids(entropy)), other.match(one.ids(entropy))
    assert here.retained == there.retained == shared.reveal()
    assert here.past is there.past is Past.KNOWN


def test_no_secret_in_common_is_a_mismatch_for_who_has_one():
    one = holdings(Role.INITIATOR, Retained(OLD))
    other = holdings(Role.RESPONDER, None)
    entropy = SeededEntropy(1)
    here, there = one.match(other.ids(entropy)), other.match(one.ids(entropy))
    assert (here.past, there.past) == (Past.MISMATCH, Past.UNKNOWN)
    assert here.retained == there.retained == b""


@pytest.mark.rfc("6189", "5.1.6")
def test_the_string_shows_the_leftmost_bits():
    assert render(Sas.B32, bytes(4)) == "yyyy"
    assert render(Sas.B32, b"\xff" * 4) == "9999"
    assert render(Sas.B32, b"\x00\x00\x0f\xff") == "yyyy"
    assert render(Sas.B32, b"\x00\x44\x30") == "ybnd"
    assert render(Sas.B256, b"\x00\xff\x00\x00") == "aardvark:Yucatan"


def test_the_words_are_256_of_each():
    for words in (EVEN, ODD):
        assert len(set(words)) == 256
    assert sorted(EVEN, key=str.lower) == EVEN
    assert not set(EVEN) & set(ODD)


@pytest.mark.rfc("6189", "8")
def test_the_attribute_is_read_as_it_is_written():
    digest = hash_of(b"a Hello")
    assert parse_value(attribute_value(digest)) == digest
    assert parse_value(f"1.10  {digest.hex().upper()} ") == digest


@pytest.mark.parametrize(
    "value", ["", "1.10", "1.10 " + "ab" * 31, "1.10 " + "xy" * 32, "2.00 " + "ab" * 32]
)
def test_an_attribute_without_a_hash_is_the_peers_fault(value):
    with pytest.raises(PeerError):
        parse_value(value)


def test_an_identity_has_its_size():
    with pytest.raises(LocalError):
        Session(b"short", MemoryCache(VirtualClock()), SeededEntropy())
