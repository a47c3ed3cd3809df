"""What is remembered of a peer, and what is shown of a call."""

import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.base.errors import LocalError
from sonnette.base.shield import Secret
from sonnette.testing.clock import VirtualClock
from sonnette.zrtp import Hash, MemoryCache, Past, Retained, Role, Sas, Session
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


def test_an_identity_has_its_size():
    with pytest.raises(LocalError):
        Session(b"short", MemoryCache(VirtualClock()), SeededEntropy())
