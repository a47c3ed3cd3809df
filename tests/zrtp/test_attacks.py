"""Somebody in between: every attempt ends in a refused call with a reason, on both sides.

An attack that only stops messages ends in a time-out; the reason then is silence.
"""

import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.base.shield import Secret
from sonnette.zrtp import (
    Auxiliary,
    Hash,
    KeyAgreement,
    Keyed,
    MemoryCache,
    Offer,
    Past,
    Secured,
    Stream,
)
from sonnette.zrtp.messages import (
    MAC_SIZE,
    Commit,
    DhPart,
    Hello,
    Kind,
    seal,
    unframe,
)
from sonnette.zrtp.parties import HashChain
from sonnette.zrtp.wire.packet import parse
from tests.zrtp.line import Line, Phone, altering, talk, untouched

PASSIVE = {"passive": True}


def attacked(tap_alice=untouched, tap_bob=untouched, calls=(0, 0), **settings):
    """Alice, who commits, and Bob, who answers, with somebody in between."""
    phones = Phone("alice", **settings), Phone("bob", **settings, **PASSIVE)
    sessions = [phone.session(call) for phone, call in zip(phones, calls, strict=True)]
    streams = [Stream(session, ssrc) for session, ssrc in zip(sessions, (1, 2), strict=True)]
    return Line(*streams, taps=(tap_alice, tap_bob)).run()


def assert_refused(line, code=None):
    """On both sides, with a reason; one of them found out by ``code``."""
    for end in (line.alice, line.bob):
        assert not end.told(Secured)
        assert end.refusal.reason
    assert code in (None, line.alice.refusal.code, line.bob.refusal.code)


def flip(at):
    def change(message):
        return message[:at] + bytes([message[at] ^ 1]) + message[at + 1 :]

    return change


@pytest.mark.req("S-10")
@pytest.mark.rfc("6189", "4.4.1.1")
def test_a_value_other_than_the_one_committed_to_is_refused():
    """CVE-2016-6271: without this check a man in the middle searches for an equal string."""
    other = bytes(range(32))

    def another_value(message):
        part = DhPart.read(unframe(message)[1])
        return DhPart(part.h1, part.ids, other).encode(Kind.DHPART2, bytes(32))

    line = attacked(altering({Kind.DHPART2}, another_value))
    assert line.bob.refusal.code == "zrtp.hvi"
    assert_refused(line, "zrtp.hvi")
    assert not line.bob.told(Keyed)


@pytest.mark.parametrize("field", [12, 16, 40, 64, 76, 84])
def test_an_altered_hello_of_the_initiator_is_refused(field):
    """Version, name, image, identity, counts, algorithms."""
    line = attacked(altering({Kind.HELLO}, flip(field)))
    assert_refused(line)


@pytest.mark.parametrize("field", [16, 40, 64, 84])
def test_an_altered_hello_of_the_responder_is_refused(field):
    line = attacked(untouched, altering({Kind.HELLO}, flip(field)))
    assert_refused(line)


@pytest.mark.rfc("6189", "8.1")
def test_a_hello_other_than_the_signalled_one_is_refused_at_once():
    stream = Stream(Phone("alice").session(), 1)
    stream.expect(bytes(32))
    line = Line(stream, Stream(Phone("bob").session(), 2)).run()
    assert line.alice.refusal.code == "zrtp.hello-hash"
    assert line.bob.refusal.code == "zrtp.peer-refused"


@pytest.mark.rfc("6189", "9")
def test_stripping_the_better_algorithms_is_refused():
    """A Hello rewritten to offer DH3k only: its MAC shows it when its key is shown."""

    def weaken(message):
        hello = Hello.read(unframe(message)[1])
        poor = Offer((Hash.S256,), agreements=(KeyAgreement.DH3K,))
        return Hello(hello.h3, hello.zid, poor, hello.client).encode(bytes(32))

    tap = altering({Kind.HELLO}, weaken)
    for taps in ((tap, untouched), (untouched, tap)):
        assert_refused(attacked(*taps), "zrtp.hello-altered")


@pytest.mark.parametrize(
    "kind", [Kind.COMMIT, Kind.DHPART1, Kind.DHPART2, Kind.CONFIRM1, Kind.CONFIRM2]
)
def test_a_message_that_never_comes_ends_the_call(kind):
    stop = altering({kind}, lambda message: None)
    assert_refused(attacked(stop, stop), "zrtp.timeout")


@pytest.mark.parametrize("kind", [Kind.COMMIT, Kind.DHPART1, Kind.DHPART2, Kind.CONFIRM1])
@pytest.mark.parametrize("place", [0.2, 0.5, 0.8, 0.95])
def test_an_altered_message_is_refused(kind, place):
    def change(message):
        return flip(12 + int((len(message) - 12) * place))(message)

    tap = altering({kind}, change)
    line = attacked(tap, tap, offer=Offer(agreements=(KeyAgreement.X255,)))
    assert_refused(line)


@pytest.mark.parametrize("later", [Kind.DHPART2, Kind.CONFIRM2])
def test_messages_before_their_turn_are_not_taken(later):
    """The order changed for good: what should come first never does."""
    held = []

    def tap(datagram):
        kind = unframe(parse(datagram).data)[0]
        if kind in (Kind.HELLO, Kind.HELLO_ACK, Kind.ERROR, Kind.ERROR_ACK):
            return [datagram]
        held.append(datagram)
        return [datagram] if kind is later else []

    assert_refused(attacked(tap), "zrtp.timeout")
    assert held


def recorded_call():
    """The datagrams of an earlier call's initiator, by kind."""
    record = {}

    def tap(datagram):
        record.setdefault(unframe(parse(datagram).data)[0], datagram)
        return [datagram]

    attacked(tap)
    return record


@pytest.mark.parametrize(
    ("kinds", "code"),
    [
        ({Kind.COMMIT}, "zrtp.hash-chain"),
        ({Kind.DHPART2}, "zrtp.hvi"),
        ({Kind.CONFIRM2}, "zrtp.confirm"),
        ({Kind.HELLO}, "zrtp.hash-chain"),
        ({Kind.HELLO, Kind.COMMIT}, "zrtp.hvi"),
        ({Kind.HELLO, Kind.COMMIT, Kind.DHPART2}, "zrtp.hvi"),
        ({Kind.HELLO, Kind.COMMIT, Kind.DHPART2, Kind.CONFIRM2}, "zrtp.hvi"),
    ],
)
def test_messages_of_an_earlier_call_are_refused(kinds, code):
    record = recorded_call()

    def replay(datagram):
        kind = unframe(parse(datagram).data)[0]
        return [record[kind] if kind in kinds else datagram]

    line = attacked(replay, calls=(1, 1))
    assert line.bob.refusal.code == code
    assert_refused(line, code)


@pytest.mark.rfc("6189", "4.4.1.2")
@pytest.mark.parametrize("agreement", [KeyAgreement.X255, KeyAgreement.X448, KeyAgreement.DH3K])
@pytest.mark.parametrize("value", [0, 1])
def test_a_weak_public_value_is_refused(agreement, value):
    """The responder's: nothing has bound it beforehand, so that only its value betrays it."""
    chain = HashChain(SeededEntropy("bob, call 0").draw(32))

    def weaken(message):
        part = DhPart.read(unframe(message)[1])
        order = "big" if agreement is KeyAgreement.DH3K else "little"
        weak = value.to_bytes(len(part.value), order)
        return DhPart(part.h1, part.ids, weak).encode(Kind.DHPART1, chain.h0)

    tap = altering({Kind.DHPART1}, weaken)
    line = attacked(untouched, tap, offer=Offer(agreements=(agreement,)))
    assert line.alice.refusal.code == "zrtp.public-value"
    assert_refused(line, "zrtp.public-value")


def test_a_commit_to_what_was_not_offered_is_refused():
    chain = HashChain(SeededEntropy("alice, call 0").draw(32))

    def commit_to(**what):
        def change(message):
            old = Commit.read(unframe(message)[1])
            names = {name: getattr(old.suite, name) for name in old.suite.__slots__} | what
            suite = type(old.suite)(**names)
            return Commit(old.h2, old.zid, suite, old.binding).encode(chain.h1)

        return altering({Kind.COMMIT}, change)

    offer = Offer((Hash.S256,), agreements=(KeyAgreement.X255,))
    line = attacked(commit_to(hash=Hash.S512), offer=offer)
    assert (line.bob.refusal.code, line.bob.refusal.wire) == ("zrtp.algorithm", 0x51)
    line = attacked(commit_to(agreement=KeyAgreement.X448), offer=offer)
    assert (line.bob.refusal.code, line.bob.refusal.wire) == ("zrtp.algorithm", 0x53)


def test_an_algorithm_that_nobody_knows_is_refused():
    def unknown(message):
        return seal(message[:56] + b"ROT0" + message[60:-MAC_SIZE], bytes(32))

    line = attacked(altering({Kind.COMMIT}, unknown))
    assert line.bob.refusal.wire in (0x51, 0x52)


def test_our_own_messages_sent_back_are_refused():
    stream = Stream(Phone("alice").session(), 1)
    stream.start(0.0)
    (hello,) = stream.drain()
    stream.feed(0.0, hello.datagram)
    told, _ = stream.drain()
    assert told.refusal.code == "zrtp.equal-zids"


def test_a_peer_on_our_own_ssrc_is_refused():
    line = Line(Stream(Phone("alice").session(), 1), Stream(Phone("bob").session(), 1)).run()
    assert line.alice.refusal.code == "zrtp.equal-ssrcs"


def test_a_hello_that_changes_is_refused():
    stream = Stream(Phone("alice").session(), 1)
    stream.start(0.0)
    list(stream.drain())
    for call in (0, 1):
        other = Stream(Phone("bob").session(call), 2)
        other.start(0.0)
        (hello,) = other.drain()
        stream.feed(0.0, hello.datagram)
    *_, told, _ = stream.drain()
    assert told.refusal.code == "zrtp.hello-changed"


def test_a_nonce_used_before_is_refused():
    sessions = Phone("alice").session(), Phone("bob", **PASSIVE).session()
    talk(*sessions)
    sessions[0].entropy = Stuck()
    for number, outcome in ((3, Secured), (5, None)):
        line = Line(Stream(sessions[0], number), Stream(sessions[1], number + 1)).run()
        if outcome:
            line.bob.only(outcome)
    assert line.bob.refusal.code == "zrtp.nonce"


class Stuck:
    """A generator that repeats itself, as a restored machine image would."""

    def draw(self, size):
        return bytes(size)


def test_another_device_on_a_further_stream_is_refused():
    alice = Phone("alice").session()
    talk(alice, Phone("bob").session())
    mallory = Phone("mallory").session()
    line = Line(Stream(alice, 3), Stream(mallory, 4)).run()
    assert line.alice.refusal.code == "zrtp.other-peer"


def test_a_further_stream_of_no_session_is_refused():
    chain = HashChain(SeededEntropy("alice, call 0").draw(32))

    def multistream(message):
        old = Commit.read(unframe(message)[1])
        names = {name: getattr(old.suite, name) for name in old.suite.__slots__}
        suite = type(old.suite)(**names | {"agreement": KeyAgreement.MULT})
        return Commit(old.h2, old.zid, suite, bytes(16)).encode(chain.h1)

    line = attacked(altering({Kind.COMMIT}, multistream))
    assert (line.bob.refusal.code, line.bob.refusal.wire) == ("zrtp.no-session", 0x56)


def test_two_sessions_with_one_in_the_middle_show_two_strings():
    """Nothing on the wire tells: only the people's comparison does, or the earlier calls."""
    alice, bob, mallory = Phone("alice"), Phone("bob"), Phone("mallory")
    strings = [
        (talk(alice.session(n), mallory.session(2 * n)).alice.security.sas,
         talk(mallory.session(2 * n + 1), bob.session(n)).bob.security.sas)
        for n in range(1, 25)
    ]  # fmt: skip
    assert all(one != other for one, other in strings)


@pytest.mark.rfc("6189", "4.6.1.1")
def test_a_device_without_the_earlier_secret_is_pointed_out_and_not_remembered():
    alice, bob = Phone("alice"), Phone("bob")
    first = alice.session(), bob.session()
    talk(*first)
    for session in first:
        session.verify(True)
    kept = alice.cache.recall(bob.zid)
    second = talk(alice.session(1), bob.session(1))
    assert second.alice.security.past is Past.KNOWN
    assert second.alice.security.verified
    kept = alice.cache.recall(bob.zid)

    bob.cache = MemoryCache(lambda: 0.0)
    session = alice.session(2)
    third = talk(session, bob.session(2))
    assert third.alice.security.past is Past.MISMATCH
    assert not third.alice.security.verified
    assert alice.cache.recall(bob.zid) == kept
    session.verify(True)
    replaced = alice.cache.recall(bob.zid)
    assert replaced.verified
    assert replaced.rs1 != kept.rs1

    fourth = talk(alice.session(3), bob.session(3))
    assert fourth.alice.security.past is Past.KNOWN
    assert not fourth.alice.security.verified, "bob has not compared anew"


def test_a_string_that_differs_takes_the_trust_away():
    alice, bob = Phone("alice"), Phone("bob")
    sessions = alice.session(), bob.session()
    talk(*sessions)
    sessions[0].verify(True)
    assert alice.cache.recall(bob.zid).verified
    sessions[0].verify(False)
    assert not alice.cache.recall(bob.zid).verified


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ((b"one", b"one"), Auxiliary.MATCH),
        ((b"one", b"other"), Auxiliary.MISMATCH),
        ((b"one", None), Auxiliary.MISMATCH),
    ],
)
def test_a_missing_auxiliary_secret_takes_the_trust_away(given, state):
    alice, bob = Phone("alice"), Phone("bob")
    before = alice.session(), bob.session()
    talk(*before)
    for session in before:
        session.verify(True)
    sessions = alice.session(1), bob.session(1)
    for session, secret in zip(sessions, given, strict=True):
        session.auxiliary = None if secret is None else Secret(secret)
    line = talk(*sessions)
    assert line.alice.security.auxiliary is state
    assert line.alice.security.verified == (state is Auxiliary.MATCH)
