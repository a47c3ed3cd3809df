"""RTP payloads and the ITU's serial format."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonnette.base.errors import LocalError, PeerError
from sonnette.codecs.g729 import join, read_serial, split, write_serial

SPEECH = st.binary(min_size=10, max_size=10)
SID = st.binary(min_size=2, max_size=2)


@pytest.mark.rfc("3551", "4.5.6")
@given(st.lists(SPEECH, max_size=8), st.lists(SID, max_size=1))
def test_what_is_joined_is_split_again(speech, sid):
    frames = speech + sid
    payload = join([*frames, b""])
    assert (split(payload) if payload else []) == frames


@pytest.mark.parametrize("size", [0, 1, 3, 9, 11, 13, 102, 110, 65535])
def test_a_payload_of_no_whole_frames_is_the_peers_mistake(size):
    with pytest.raises(PeerError):
        split(bytes(size))


@pytest.mark.parametrize(
    "frames",
    [[bytes(2), bytes(10)], [b"", bytes(10)], [b"", bytes(2)], [bytes(2), bytes(2)]],
)
def test_a_frame_after_silence_needs_a_payload_of_its_own(frames):
    with pytest.raises(LocalError) as error:
        join(frames)
    assert error.value.code == "g729.payload.order"


def test_more_than_a_tenth_of_a_second_does_not_fit():
    with pytest.raises(LocalError, match="at most 10"):
        join([bytes(10)] * 11)


@given(st.lists(st.one_of(st.none(), st.just(b""), SPEECH)))
def test_what_is_written_as_serial_is_read_again(frames):
    assert list(read_serial(b"".join(write_serial(frames)))) == frames


def test_a_silence_description_keeps_its_fifteen_bits():
    assert list(read_serial(b"".join(write_serial([b"\x12\x34"])))) == [b"\x12\x34"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x21", "g729.serial.truncated"),
        (b"\x21\x6b\x50\x00\x7f", "g729.serial.truncated"),
        (b"RIFF", "g729.serial.header"),
        (b"\x21\x6b\x51\x00", "g729.serial.header"),
    ],
)
def test_a_damaged_serial_stream_says_where(data, code):
    with pytest.raises(LocalError, match=r"byte [04]:") as error:
        list(read_serial(data))
    assert error.value.code == code
