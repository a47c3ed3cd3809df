"""Whatever the network or somebody on it does: no two ends believe in different keys."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sonnette.testing.network import Link
from sonnette.zrtp import KeyAgreement, Offer, Refused, Secured, State, Stream, Unanswered
from sonnette.zrtp.wire.packet import pack, parse
from tests.zrtp.line import Line, Phone, untouched

chances = st.floats(0, 0.4)
LIGHT = Offer(agreements=(KeyAgreement.X255,))
QUIET = 120.0


def streams(seed, passive=False):
    phones = Phone("alice", offer=LIGHT), Phone("bob", offer=LIGHT, passive=passive)
    return [Stream(phone.session(seed), ssrc) for ssrc, phone in enumerate(phones, 1)]


def assert_settled(line):
    """Both came to an end, wait for nothing, and agree wherever both are secure."""
    ends = line.alice, line.bob
    for end in ends:
        told = end.told(Secured) + end.told(Refused) + end.told(Unanswered)
        assert len(end.told(Secured)) + len(end.told(Refused)) <= 1
        assert told
        assert end.stream.state in (State.SECURE, State.OVER, State.DISCOVERY)
        assert end.stream.deadline is None
    if all(end.told(Secured) for end in ends):
        assert line.alice.keys.own_key == line.bob.keys.peer_key
        assert line.alice.keys.peer_key == line.bob.keys.own_key
        assert line.alice.security.sas == line.bob.security.sas


def run(pair, link=None, seed=0, taps=(untouched, untouched)):
    line = Line(*pair, link=link, seed=seed, taps=taps)
    for end in (line.alice, line.bob):
        end.stream.start(line.pair.now)
    line.pair.run_for(QUIET)
    assert_settled(line)
    return line


@settings(max_examples=60, deadline=None)
@given(chances, chances, chances, st.integers(0, 1 << 30), st.booleans())
def test_any_network_ends_in_equal_keys_or_a_reason(loss, jitter, duplication, seed, passive):
    link = Link(loss, 0.02, jitter, duplication)
    run(streams(seed, passive), link, seed)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 12), st.integers(0, 1 << 16), st.booleans())
def test_a_bit_changed_once_leads_to_equal_keys_or_a_reason(number, bit, of_alice):
    """With its checksum mended, as somebody would who means it."""
    count = 0

    def tap(datagram):
        nonlocal count
        count += 1
        if count - 1 != number:
            return [datagram]
        packet = parse(datagram)
        message = bytearray(packet.data)
        at = bit % (8 * len(message))
        message[at // 8] ^= 1 << at % 8
        return [pack(packet.ssrc, packet.sequence, bytes(message))]

    run(streams(1), taps=(tap, untouched) if of_alice else (untouched, tap))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_messages_held_back_and_repeated_lead_to_equal_keys_or_a_reason(data):
    """Somebody keeps every datagram and lets out any of them at any time."""
    kept = []

    def tap(datagram):
        kept.append(datagram)
        chosen = data.draw(st.lists(st.integers(0, len(kept) - 1), max_size=3))
        return [kept[index] for index in chosen]

    run(streams(2), taps=(tap, untouched))
