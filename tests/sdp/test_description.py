import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonnette.base.errors import LocalError, PeerError
from sonnette.sdp import Description, Limits, parse
from sonnette.sdp.catalogue import (
    BANDWIDTH,
    CANDIDATE,
    CONNECTION,
    CRYPTO,
    ICE_UFRAG,
    MEDIA,
    MID,
    PTIME,
    RTCP,
    RTCP_MUX,
    RTPMAP,
    TIMING,
)
from sonnette.sdp.direction import Direction
from sonnette.sdp.entry import attribute
from sonnette.sdp.fields import Bandwidth, Connection, Media, Origin
from sonnette.sdp.formats import Rtpmap
from sonnette.sdp.transport import Rtcp
from tests import vectors
from tests.sdp import linphone

LINES = st.text(alphabet="abc:=/ 0129é\t", max_size=12)


@pytest.mark.parametrize("data", linphone.ALL.values(), ids=linphone.ALL)
def test_what_linphone_writes_is_written_back_byte_for_byte(data):
    assert bytes(parse(data)) == data


@given(
    st.lists(
        st.tuples(st.sampled_from("osiuepcbtrzkamxy"), LINES, st.sampled_from(["\n", "\r\n"]))
    ),
    st.sampled_from(["", "\r\n", "\n\n", "a=last"]),
)
def test_any_lines_are_written_back_byte_for_byte(lines, end):
    text = "v=0\r\n" + "".join(f"{kind}={value}{eol}" for kind, value, eol in lines) + end
    assert bytes(parse(text.encode())) == text.encode()


def test_octets_that_are_no_text_survive():
    data = b"v=0\r\ns=\xff\xfe\r\na=x:\x80\r\n"
    assert bytes(parse(data)) == data


@vectors.needed
@pytest.mark.parametrize("path", vectors.files("sdp"), ids=lambda path: path.name)
def test_known_descriptions_are_kept_or_cleanly_refused(path):
    data = path.read_bytes()
    try:
        description = parse(data)
    except PeerError as refusal:
        assert refusal.status in {400, 413}
    else:
        assert bytes(description) == data


@pytest.mark.rfc("8866", "5")
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "sdp.version"),
        (b"s=-\r\n", "sdp.version"),
        (b"v=1\r\n", "sdp.version"),
        (b"v=0\r\nno line\r\n", "sdp.line"),
        (b"v=0\r\ns =-\r\n", "sdp.line"),
        (b"v=0\r\ns=a\0b\r\n", "sdp.line"),
        (b"v=0\r\ns=a\rb\r\n", "sdp.line"),
        (b"v=0\r\n" + b"a=x\r\n" * 2000, "sdp.too-large"),
        (b"v=0\r\n" + b"m=audio 0 x 0\r\n" * 129, "sdp.too-large"),
        (b"v=0\r\ns=" + b"x" * 9000, "sdp.too-large"),
        (b"v=0\r\n" + b"\n" * 70000, "sdp.too-large"),
    ],
)
def test_what_is_no_description_is_refused(data, code):
    with pytest.raises(PeerError) as refusal:
        parse(data)
    assert refusal.value.code == code
    assert refusal.value.status == (413 if code == "sdp.too-large" else 400)


def test_limits_are_the_callers():
    with pytest.raises(PeerError, match="at most 0 media"):
        parse(linphone.AUDIO, Limits(media=0))


@pytest.mark.rfc("8866", "5.7")
def test_a_stream_without_a_connection_has_the_sessions():
    description = parse(linphone.ICE)
    (audio,) = description.media
    assert description.connection(audio) == Connection("10.99.0.1")
    audio.drop(CONNECTION)
    assert description.connection(audio) == Connection("127.0.0.1")
    assert description.inherited(audio, ICE_UFRAG) == "377052a8"


@pytest.mark.rfc("8866", "6.7")
def test_a_direction_is_the_streams_or_the_sessions_or_both_ways():
    description = parse(linphone.AUDIO)
    (audio,) = description.media
    assert description.direction(audio) is Direction.SENDRECV
    description.session.direction = Direction.RECVONLY
    assert description.direction(audio) is Direction.RECVONLY
    audio.direction = Direction.INACTIVE
    assert description.direction(audio) is Direction.INACTIVE
    assert audio.direction is Direction.INACTIVE


def test_a_direction_is_changed_where_it_stands():
    description = parse(linphone.VIDEO)
    for media in description.media:
        media.direction = Direction.RECVONLY
    assert bytes(description) == linphone.VIDEO.replace(b"sendonly", b"recvonly")


def test_two_directions_become_one():
    description = parse(b"v=0\r\na=sendonly\r\na=inactive\r\n")
    description.session.direction = Direction.SENDRECV
    assert bytes(description) == b"v=0\r\na=sendrecv\r\n"


@pytest.mark.rfc("3551", "6")
def test_static_payload_types_need_no_rtpmap():
    (audio,) = parse(linphone.AUDIO).media
    assert audio.rtpmap(96) == Rtpmap(96, "opus", 48000, 2)
    assert audio.rtpmap(18) == Rtpmap(18, "G729", 8000)
    assert audio.rtpmap(127) is None


def test_one_edited_attribute_leaves_every_other_byte():
    description = parse(linphone.AUDIO)
    (audio,) = description.media
    audio.put(RTCP, Rtcp(45108))
    audio.head = Media("audio", 20000, "RTP/AVP", audio.head.formats)
    description.session.put(CONNECTION, Connection("192.0.2.1"))
    assert bytes(description) == (
        linphone.AUDIO.replace(b"rtcp:45106", b"rtcp:45108")
        .replace(b"audio 49619", b"audio 20000")
        .replace(b"c=IN IP4 127.0.0.1", b"c=IN IP4 192.0.2.1")
    )


def test_values_that_an_edit_leaves_alone_keep_their_bytes():
    data = b"v=0\nm=audio 9 RTP/AVP 0\na=rtpmap:000  PCMU/8000\na=rtpmap:8 PCMA/8000\n"
    description = parse(data)
    description.media[0].edit(RTPMAP, lambda rtpmap: None if rtpmap.payload == 8 else rtpmap)
    assert bytes(description) == data.replace(b"a=rtpmap:8 PCMA/8000\n", b"")


def test_an_edit_changes_one_of_several():
    description = parse(linphone.ICE)
    description.media[0].edit(
        RTPMAP, lambda rtpmap: Rtpmap(97, rtpmap.encoding, rtpmap.clock, rtpmap.channels)
    )
    assert bytes(description) == linphone.ICE.replace(b"a=rtpmap:96", b"a=rtpmap:97")


def test_an_answer_keeps_the_one_key_it_chose():
    description = parse(linphone.SDES)
    (audio,) = description.media
    chosen = audio.all(CRYPTO)[1]
    audio.put(CRYPTO, chosen)
    kept = [line for line in linphone.SDES.split(b"\r\n") if b"crypto" not in line]
    kept[7:7] = [b"a=" + b"crypto:" + str(chosen).encode()]
    assert bytes(description) == b"\r\n".join(kept)


@pytest.mark.rfc("8866", "9")
def test_a_new_line_stands_where_the_grammar_wants_it():
    description = parse(b"v=0\r\nt=0 0\r\na=x\r\nm=audio 9 RTP/AVP 0\r\na=y\r\n")
    description.session.add(BANDWIDTH, Bandwidth("AS", 64))
    description.session.add(CONNECTION, Connection("192.0.2.1"))
    description.media[0].add(BANDWIDTH, Bandwidth("AS", 32))
    description.media[0].add(MID, "1")
    assert bytes(description) == (
        b"v=0\r\nc=IN IP4 192.0.2.1\r\nb=AS:64\r\nt=0 0\r\na=x\r\n"
        b"m=audio 9 RTP/AVP 0\r\nb=AS:32\r\na=y\r\na=mid:1\r\n"
    )


def test_an_empty_line_at_the_end_stays_at_the_end():
    description = parse(b"v=0\nm=audio 9 RTP/AVP 0\n\n")
    description.media[0].add(PTIME, 20)
    assert bytes(description) == b"v=0\nm=audio 9 RTP/AVP 0\na=ptime:20\n\n"


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_last_line_without_an_end_gets_one_only_when_another_follows(end):
    data = f"v=0\nm=audio 9 RTP/AVP 0{end}".encode()
    description = parse(data)
    description.media[0].drop(PTIME)
    assert bytes(description) == data
    description.media[0].put(RTCP_MUX, "")
    assert bytes(description).startswith(b"v=0\nm=audio 9 RTP/AVP 0\na=rtcp-mux")
    description.add_media(Media("video", 0, "RTP/AVP", ("96",)))
    assert bytes(description).endswith(b"a=rtcp-mux\nm=video 0 RTP/AVP 96\n")


def test_flags_are_there_or_not():
    description = parse(b"v=0\r\nm=audio 9 RTP/AVP 0\r\na=rtcp-mux\r\n")
    (audio,) = description.media
    assert audio.has(RTCP_MUX)
    audio.drop(RTCP_MUX)
    assert not audio.has(RTCP_MUX)
    assert audio.get(RTCP_MUX) is None


def test_an_attribute_we_do_not_know_can_be_read_all_the_same():
    description = parse(b"v=0\r\na=record:on\r\na=recordpref:off\r\n")
    assert description.session.get(attribute("record", str)) == "on"


def test_one_malformed_value_does_not_stand_in_the_way_of_the_rest():
    description = parse(b"v=0\r\nm=audio 9 RTP/AVP 0\r\na=rtpmap:what\r\na=ptime:20\r\n")
    (audio,) = description.media
    assert audio.get(PTIME) == 20
    with pytest.raises(PeerError, match="a=rtpmap"):
        audio.all(RTPMAP)


@pytest.mark.parametrize("value", ["a\r\na=evil", "a\nb", "a\0b"])
def test_a_value_of_ours_cannot_smuggle_in_a_line(value):
    description = parse(linphone.AUDIO)
    with pytest.raises(LocalError, match="no CR, LF or NUL"):
        description.session.add(MID, value)
    assert bytes(description) == linphone.AUDIO


def test_a_description_of_our_own_follows_the_order_of_the_grammar():
    description = Description.new(Origin("-", 1, 1, "192.0.2.1"), Connection("192.0.2.1"))
    audio = description.add_media(Media("audio", 4000, "RTP/AVP", ("0",)))
    audio.direction = Direction.SENDRECV
    assert bytes(description) == (
        b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
        b"m=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n"
    )
    assert bytes(parse(bytes(description))) == bytes(description)


def test_a_missing_origin_is_the_peers_fault():
    assert parse(linphone.AUDIO).origin == Origin("alice", 2024, 3000, "127.0.0.1")
    with pytest.raises(PeerError, match="expected an o= line"):
        _ = parse(b"v=0\r\n").origin


def test_neither_addresses_nor_keys_show_in_a_traceback():
    description = parse(linphone.SDES)
    assert "inline" not in repr(description.media[0].lines)
    assert "alice" not in repr(description.session.lines)
    assert "2vW2" not in repr(description.media[0].all(CRYPTO))


def test_what_linphone_says_is_read_as_values():
    (audio,) = parse(linphone.ICE).media
    assert audio.get(MEDIA).port == 34806
    assert [candidate.component for candidate in audio.all(CANDIDATE)] == [1, 2]
    assert parse(linphone.ICE).session.get(TIMING).start == 0
