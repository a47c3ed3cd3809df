"""Any frames, of any size and in any order: samples in range or a LocalError for the size."""

from array import array
from contextlib import suppress

from sonnette.base.errors import LocalError, PeerError
from sonnette.codecs.g729 import Decoder, read_serial, split, write_serial

MOST_FRAMES = 200


def decode(data):
    """The first byte of each piece is its length, 255 a lost frame."""
    decoder, at = Decoder(), 0
    for _ in range(MOST_FRAMES):
        if at >= len(data):
            return
        size = data[at] % 16
        piece = None if data[at] == 255 else data[at + 1 : at + 1 + size]
        at += 1 + size
        with suppress(LocalError):
            samples = array("h", decoder.decode(piece))
            assert len(samples) == 80


def take_apart(data):
    with suppress(PeerError):
        assert b"".join(split(data)) == data


def read(data):
    with suppress(LocalError):
        frames = list(read_serial(data))
        assert list(read_serial(b"".join(write_serial(frames)))) == frames


TARGETS = {"g729-decoder": decode, "g729-payload": take_apart, "g729-serial": read}
SEEDS = {"g729-serial": "g729/annex_b"}
