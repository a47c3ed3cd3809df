from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonnette.sip import limits
from sonnette.sip.framer import Framer
from sonnette.sip.outbound import PING, PONG
from tests.sip.messages import request_text


def message(body=b"", **more):
    text = request_text(Content_Length=str(len(body)), **more)
    return text.encode() + body


def fed(*pieces, most=limits.STREAM_MESSAGE):
    framer = Framer(most)
    return [out for piece in pieces for out in framer.feed(piece)], framer


ONE = message(b"v=0\r\n\r\nOPTIONS")
TWO = message()


@pytest.mark.rfc("3261", "18.3")
def test_messages_are_cut_at_their_content_length():
    out, framer = fed(ONE + TWO + ONE)
    assert out == [ONE, TWO, ONE]
    assert framer.is_idle


def test_a_message_waits_for_its_last_octet():
    out, framer = fed(ONE[:-1])
    assert out == []
    assert not framer.is_idle
    assert framer.feed(ONE[-1:]) == [ONE]


@pytest.mark.rfc("3261", "7.5")
def test_line_ends_before_a_message_do_not_count():
    out, _ = fed(b"\r\n" + ONE + b"\r\n\r\n\r\n" + TWO + b"\n" + ONE)
    assert [each for each in out if each not in (PING, PONG)] == [ONE, TWO, ONE]


@pytest.mark.rfc("5626", "4.4.1")
def test_two_line_ends_are_a_ping_and_one_is_a_pong():
    assert fed(PING)[0] == [PING]
    assert fed(PONG)[0] == [PONG]
    assert fed(PING + PONG)[0] == [PING, PONG]


@pytest.mark.rfc("5626", "4.4.1")
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_ping_cut_in_two_is_still_a_ping(at):
    out, framer = fed(PING[:at], PING[at:])
    assert out.count(PING) == 1
    assert framer.is_idle


@pytest.mark.parametrize("line", ["l: 3", "CONTENT-LENGTH : 3", "Content-Length:\r\n 3"])
def test_the_length_is_found_in_every_spelling(line):
    text = request_text(Content_Length=None).removesuffix("\r\n").encode()
    whole = text + line.encode() + b"\r\n\r\nabc"
    assert fed(whole + ONE)[0] == [whole, ONE]


def test_a_continuation_line_is_no_length():
    whole = message(b"abc", Subject="x\r\n l: 1")
    assert fed(whole + ONE)[0] == [whole, ONE]


@pytest.mark.rfc("3261", "20.14")
@pytest.mark.parametrize(
    ("length", "code"),
    [
        (None, "sip.framer.no-length"),
        (["0", "5"], "sip.framer.two-length"),
        ("-1", "sip.grammar.bad-number"),
        ("0, 5", "sip.grammar.bad-number"),
        (str(limits.STREAM_MESSAGE), "sip.grammar.number-too-large"),
    ],
)
def test_without_a_length_the_message_ends_the_stream(length, code):
    broken = request_text(Content_Length=length).encode()
    out, framer = fed(ONE + broken + TWO, TWO)
    assert out == [ONE, broken]
    assert framer.error.code == code


def test_a_header_section_without_end_is_given_up():
    out, framer = fed(b"x" * limits.HEADER_SECTION)
    assert framer.error is None
    assert framer.feed(b"x") == out == []
    assert framer.error.status == 513
    assert framer.is_idle


def test_the_longest_message_passes():
    rest = request_text(Content_Length="1000").encode()
    whole = rest + b"x" * 1000
    assert fed(whole, most=len(whole))[0] == [whole]
    out, framer = fed(whole, most=len(whole) - 1)
    assert out == [rest]
    assert framer.error is not None


parts = st.lists(
    st.sampled_from([ONE, TWO, message(b"\r\n\r\n"), b"\r\n", b"\r\n\r\n", b"\n"]), max_size=6
)


def essence(out):
    """What comes out without pongs: half a ping is told as one where the stream stops there."""
    return [each for each in out if each != PONG]


@given(parts, st.data())
def test_any_cut_of_a_stream_gives_the_same(parts, data):
    stream = b"".join(parts)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8).map(sorted))
    edges = [0, *cuts, len(stream)]
    pieces = [stream[a:b] for a, b in pairwise(edges)]
    assert essence(fed(*pieces)[0]) == essence(fed(stream)[0])


@given(parts)
def test_octet_by_octet_gives_the_same(parts):
    stream = b"".join(parts)
    octets = [stream[n : n + 1] for n in range(len(stream))]
    assert essence(fed(*octets)[0]) == essence(fed(stream)[0])
