"""One stream's life in virtual time: what it sends, when, and when it stops."""

import pytest

from sonnette.base.errors import LocalError
from sonnette.testing.playbook import playbook
from sonnette.zrtp import (
    Declined,
    ErrorCode,
    KeyAgreement,
    Keyed,
    Offer,
    Refused,
    Secured,
    State,
    Stream,
    Transmit,
    Unanswered,
)
from sonnette.zrtp.messages import FOREVER, Kind, error, frame, read_error, unframe
from sonnette.zrtp.wire.packet import pack, parse
from tests.zrtp.line import Line, Phone, altering, talk, untouched

play = playbook(Transmit)


def a_stream(name="alice", ssrc=1, **settings):
    return Stream(Phone(name, **settings).session(), ssrc)


def says(kind, code=None):
    """Expects a datagram with a message of this kind."""

    def matches(datagram):
        found, reader = unframe(parse(datagram).data)
        return found is kind and (code is None or read_error(reader) == code)

    return matches


def heard_from(ssrc, kind, body=b""):
    return pack(ssrc, 1, frame(kind, body))


def hello_of(stream):
    stream.start(0.0)
    (output,) = stream.drain()
    return output.datagram


@pytest.mark.rfc("6189", "6")
def test_hello_is_sent_twenty_times_more_and_then_nobody_answers():
    dialogue = play(a_stream).does("start").sends(says(Kind.HELLO))
    when = 0.0
    for gap in (0.05, 0.1, *[0.2] * 18):
        when += gap
        dialogue.at(when).sends(says(Kind.HELLO))
    dialogue.at(when + 0.2).tells(Unanswered()).is_over()


def test_a_hello_that_comes_late_is_still_answered():
    other = a_stream("bob", 2)
    dialogue = play(a_stream).does("start").sends(says(Kind.HELLO))
    for _ in range(20):
        dialogue.at(dialogue.machine.deadline).sends(says(Kind.HELLO))
    dialogue.at(dialogue.machine.deadline).tells(Unanswered())
    dialogue.at(30.0).hears(hello_of(other)).sends(says(Kind.HELLO_ACK), says(Kind.HELLO))
    assert dialogue.machine.deadline == pytest.approx(30.05)


def test_the_first_datagrams_may_be_hurried():
    dialogue = play(a_stream).does("start").sends(says(Kind.HELLO))
    dialogue.does("hurry").sends(says(Kind.HELLO)).stays_silent()


@pytest.mark.rfc("6189", "6")
def test_commit_is_sent_ten_times_more_and_then_the_call_is_refused():
    other = a_stream("bob", 2)
    dialogue = play(a_stream).does("start").sends(says(Kind.HELLO))
    dialogue.hears(hello_of(other)).sends(says(Kind.HELLO_ACK))
    dialogue.hears(heard_from(2, Kind.HELLO_ACK)).sends(says(Kind.COMMIT))
    when = 0.0
    for gap in (0.15, 0.3, 0.6, *[1.2] * 7):
        when += gap
        dialogue.at(when).sends(says(Kind.COMMIT))
    refused = dialogue.at(when + 1.2).tells(refusal("zrtp.timeout"))
    refused.sends(says(Kind.ERROR, ErrorCode.TIMEOUT))
    refused.hears(heard_from(2, Kind.ERROR_ACK)).is_over()


def refusal(code):
    return lambda output: isinstance(output, Refused) and output.refusal.code == code


@pytest.mark.rfc("6189", "5.9")
def test_an_error_is_sent_ten_times_more_and_then_forgotten():
    dialogue = play(a_stream, "alice", 1).does("start").sends(says(Kind.HELLO))
    twin = a_stream("alice", 2)
    dialogue.hears(hello_of(twin)).tells(refusal("zrtp.equal-zids"))
    dialogue.sends(says(Kind.ERROR, ErrorCode.EQUAL_ZIDS))
    for _ in range(10):
        dialogue.at(dialogue.machine.deadline).sends(says(Kind.ERROR))
    dialogue.at(dialogue.machine.deadline).is_over()


def test_an_error_is_acknowledged_each_time_and_told_once():
    dialogue = play(a_stream).does("start").sends(says(Kind.HELLO))
    packet = pack(2, 1, error(ErrorCode.UNAVAILABLE))
    dialogue.hears(packet).sends(says(Kind.ERROR_ACK)).tells(refusal("zrtp.peer-refused"))
    dialogue.hears(packet).sends(says(Kind.ERROR_ACK)).is_over()


def test_an_unknown_error_is_an_error():
    dialogue = play(a_stream).does("start").sends(says(Kind.HELLO))
    packet = pack(2, 1, frame(Kind.ERROR, b"\0\0\x77\x77"))
    dialogue.hears(packet).sends(says(Kind.ERROR_ACK)).tells(refusal("zrtp.peer-refused"))


def test_a_responder_that_is_left_alone_gives_up():
    lost = altering({Kind.DHPART2, Kind.ERROR}, lambda message: None)
    line = Line(a_stream(), a_stream("bob", 2, passive=True), taps=(lost, untouched)).run()
    assert line.bob.refusal.code == "zrtp.timeout"


def test_two_passive_ends_do_not_wait_for_each_other():
    line = Line(a_stream(passive=True), a_stream("bob", 2, passive=True)).run()
    assert line.alice.refusal.wire is ErrorCode.UNAVAILABLE


@pytest.mark.rfc("6189", "5.15")
def test_a_ping_is_answered():
    ping = b"1.10" + b"endpoint"
    dialogue = play(a_stream).does("start").sends(says(Kind.HELLO))
    dialogue.hears(heard_from(77, Kind.PING, ping)).sends(
        lambda datagram: parse(datagram).data.endswith(b"endpoint" + (77).to_bytes(4, "big"))
    )
    dialogue.hears(heard_from(77, Kind.PING, b"0.10" + b"endpoint")).stays_silent()


@pytest.mark.rfc("6189", "4.7.2")
@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Kind.GO_CLEAR, ErrorCode.GO_CLEAR_REFUSED),
        (Kind.SAS_RELAY, ErrorCode.UNTRUSTED_RELAY),
    ],
)
def test_a_secured_stream_grants_nothing_that_weakens_it(kind, code):
    stream = talk(Phone("alice"), Phone("bob")).alice.stream.machine
    stream.feed(99.0, heard_from(2, kind, bytes(8)))
    sent, told = stream.drain()
    assert says(Kind.ERROR, code)(sent.datagram)
    assert told == Declined(kind)
    stream.feed(99.1, heard_from(2, kind, bytes(12)))
    (sent,) = stream.drain()
    assert says(Kind.ERROR, code)(sent.datagram)
    assert stream.state is State.SECURE


@pytest.mark.parametrize("kind", list(Kind))
def test_nothing_undoes_a_secured_stream(kind):
    stream = talk(Phone("alice"), Phone("bob")).alice.stream.machine
    for ssrc in (2, 3):
        for size in (0, 4, 8, 400):
            stream.feed(99.0, heard_from(ssrc, kind, bytes(size)))
            assert not any(isinstance(out, Refused | Keyed | Secured) for out in stream.drain())
            assert stream.state is State.SECURE


@pytest.mark.rfc("6189", "4.6")
def test_media_under_the_new_keys_is_as_good_as_the_last_acknowledgement():
    muted = altering({Kind.CONF2_ACK}, lambda message: None)
    line = Line(a_stream(), a_stream("bob", 2, passive=True), taps=(untouched, muted))
    for end in (line.alice, line.bob):
        end.stream.start(0.0)
    line.pair.run_until(lambda: line.bob.is_done)
    line.pair.run_for(0.01)
    assert line.alice.stream.state is State.WAIT_CONF2ACK
    line.alice.stream.hear_media(line.pair.now)
    line.pair.run_until(lambda: line.alice.is_done)
    assert line.alice.security.sas == line.bob.security.sas


@pytest.mark.rfc("6189", "4.2")
@pytest.mark.parametrize("seed", range(8))
def test_when_both_commit_one_gives_way(seed):
    phones = Phone("alice"), Phone("bob")
    sessions = [phone.session(seed) for phone in phones]
    roles = {end.security.role for end in _ends(talk(*sessions))}
    assert len(roles) == 2


def _ends(line):
    return line.alice, line.bob


def test_an_agreement_prevails_over_another_stream():
    """One side holds a session key that the other has lost: it must agree anew."""
    sessions = Phone("alice").session(), Phone("bob").session()
    talk(*sessions)
    bob = Phone("bob").session(1)
    line = Line(Stream(sessions[0], 3), Stream(bob, 4)).run()
    assert line.alice.security.suite.agreement is KeyAgreement.X1M1


@pytest.mark.rfc("6189", "4.1.1")
def test_an_older_version_is_refused_and_a_newer_one_awaited():
    def version(digits):
        return altering({Kind.HELLO}, lambda message: message[:12] + digits + message[16:])

    line = Line(a_stream(), a_stream("bob", 2), taps=(untouched, version(b"1.00"))).run()
    assert line.alice.refusal.wire is ErrorCode.VERSION
    line = Line(a_stream(), a_stream("bob", 2), taps=(untouched, version(b"2.00")))
    line.alice.stream.start(0.0)
    line.bob.stream.start(0.0)
    line.pair.run_for(1.0)
    assert line.alice.stream.state is State.DISCOVERY


def test_a_stream_starts_once_and_in_its_turn():
    session = Phone("alice").session()
    stream = Stream(session, 1)
    stream.feed(0.0, b"before the start nothing is heard")
    stream.start(0.0)
    with pytest.raises(LocalError):
        stream.start(0.0)
    with pytest.raises(LocalError):
        Stream(session, 3).start(0.0)
    for too_early in (lambda: session.export(b"", 1), lambda: session.verify(True)):
        with pytest.raises(LocalError):
            too_early()


def test_a_peer_that_wants_nothing_kept_is_not_kept():
    alice, bob = Phone("alice"), Phone("bob", lifetime=0)
    talk(alice, bob)
    assert alice.cache.recall(bob.zid) is None
    bob = Phone("bob", lifetime=60)
    talk(alice, bob)
    assert alice.cache.recall(bob.zid).lifetime == 60
    assert alice.settings.lifetime == FOREVER


def test_the_offers_settle_what_both_can():
    offers = [Offer(agreements=(k,)) for k in (KeyAgreement.X448, KeyAgreement.X255)]
    line = talk(Phone("alice", offer=offers[0]), Phone("bob", offer=offers[1]))
    assert line.alice.security.suite.agreement is KeyAgreement.DH3K
