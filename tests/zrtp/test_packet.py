from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonnette.base.errors import PeerError
from sonnette.zrtp.wire.crc import crc32c
from sonnette.zrtp.wire.packet import (
    LONGEST_MESSAGE,
    MOST_PARTIAL,
    Reassembly,
    Slice,
    is_zrtp,
    pack,
    pack_slice,
    parse,
)
from sonnette.zrtp.wire.path import Path

words = st.integers(4, LONGEST_MESSAGE // 4).map(lambda count: 4 * count)


@pytest.mark.rfc("6189", "5.1")
def test_the_checksum_is_the_castagnoli_one():
    """RFC 3720 B.4's and the customary check value."""
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(bytes(range(32))) == 0x46DD794E
    assert crc32c(b"\xff" * 31 + b"\xff") == 0x62A8AB43


@given(st.binary(max_size=200))
def test_a_packet_is_read_as_it_was_packed(data):
    packet = pack(7, 9, data)
    assert is_zrtp(packet)
    parsed = parse(packet)
    assert (parsed.ssrc, parsed.sequence, parsed.data, parsed.slice) == (7, 9, data, None)


@given(st.binary(min_size=1, max_size=60), st.data())
def test_one_changed_bit_is_noticed(data, chosen):
    packet = bytearray(pack(7, 9, data))
    bit = chosen.draw(st.integers(0, 8 * len(packet) - 1))
    packet[bit // 8] ^= 1 << bit % 8
    with pytest.raises(PeerError):
        parse(bytes(packet))


def test_rtp_and_stun_are_told_apart():
    assert not is_zrtp(b"\x80\x00" + bytes(30))
    assert not is_zrtp(b"\x00\x01" + bytes(30))
    assert not is_zrtp(b"\x10\x00\x00\x01ZRTP")


@given(words, st.integers(600, 1452), st.integers(0))
def test_a_long_message_survives_being_cut(size, mtu, seed):
    message = bytes(n * 7 & 255 for n in range(size))
    datagrams = list(Path(1, 0, mtu).wrap(message))
    assert all(len(datagram) <= mtu for datagram in datagrams)
    datagrams = datagrams[seed % len(datagrams) :] + datagrams[: seed % len(datagrams)]
    receiver = Path(2, 0, mtu)
    whole = [receiver.unwrap(datagram)[1] for datagram in [*datagrams[1:], *datagrams]]
    assert [each for each in whole if each is not None] == [message]


def test_fragments_may_come_in_any_order():
    message = bytes(range(256)) * 4
    for order in permutations(range(0, 1024, 256)):
        reassembly = Reassembly()
        results = [
            reassembly.add(Slice(1, 1024, offset), message[offset : offset + 256])
            for offset in order
        ]
        assert results == [None, None, None, message]


def test_a_retransmission_fills_the_gaps_of_the_one_before():
    sender, receiver = Path(1, 0, 600), Path(2, 0, 600)
    message = bytes(1600)
    first, second = list(sender.wrap(message)), list(sender.wrap(message))
    assert receiver.unwrap(first[0])[1] is receiver.unwrap(first[2])[1] is None
    assert receiver.unwrap(second[1])[1] == message


def test_who_claims_a_byte_first_keeps_it():
    reassembly = Reassembly()
    reassembly.add(Slice(1, 8, 0), b"good")
    assert reassembly.add(Slice(1, 8, 0), b"evil") is None
    assert reassembly.add(Slice(1, 8, 4), b"dead") == b"gooddead"


def test_only_a_few_messages_are_in_pieces_at_a_time():
    reassembly = Reassembly()
    for number in range(MOST_PARTIAL + 1):
        assert reassembly.add(Slice(number, 8, 0), b"half") is None
    assert reassembly.add(Slice(0, 8, 4), b"rest") is None
    assert reassembly.add(Slice(MOST_PARTIAL, 8, 4), b"rest") == b"halfrest"


@pytest.mark.parametrize(
    ("place", "data"),
    [
        (Slice(1, 8, 8), b"late"),
        (Slice(1, 4 * 0xFFFF, 0), b"long"),
        (Slice(1, 8, 0), b""),
    ],
)
def test_a_fragment_out_of_its_message_is_refused(place, data):
    with pytest.raises(PeerError):
        parse(pack_slice(1, 1, place, data))


def test_only_one_source_is_heard():
    path = Path(1, 0, 1452)
    path.peer = 2
    assert path.unwrap(pack(2, 1, b"mine"))[1] == b"mine"
    with pytest.raises(PeerError):
        path.unwrap(pack(3, 1, b"not mine"))


def test_every_packet_has_its_own_number():
    path = Path(1, 0xFFFF, 1452)
    numbers = [parse(packet).sequence for _ in range(3) for packet in path.wrap(b"same")]
    assert numbers == [0, 1, 2]
