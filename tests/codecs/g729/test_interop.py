"""Speech between us and libbcg729, both ways: as near as two good decoders come.

libbcg729 rounds otherwise than the reference, so that the same frames differ by noise some
30 dB below the speech; on speech of the ITU it decodes 34 dB near the reference.
"""

from array import array

import numpy
import pytest

from sonnette.codecs.g729 import Decoder, Encoder
from tests import vectors
from tests.codecs.g729 import sequences
from tests.codecs.g729.bcg729 import Bcg729, load

LIBRARY = load()
NEAR_DB = 25
NOISE_LEVEL_DB = 3

pytestmark = [
    pytest.mark.interop,
    vectors.needed,
    pytest.mark.skipif(LIBRARY is None, reason="libbcg729.so.0, of Debian's package libbcg729-0"),
]


@pytest.fixture
def speech():
    (sequence,) = (s for s in sequences.ENCODER if s.name == "speech")
    return sequence.pcm(2000)


def decibels(signal, other):
    signal, other = (numpy.asarray(x, dtype=float) for x in (signal, other))
    return 10 * numpy.log10((signal**2).sum() / ((signal - other) ** 2).sum())


def ours(frames):
    return array("h", Decoder().decode_many(frames))


def test_libbcg729_hears_what_we_hear_in_our_frames(speech):
    frames = Encoder().encode_many(speech)
    assert decibels(ours(frames), Bcg729(LIBRARY, annex_b=False).decode(frames)) > NEAR_DB


def test_we_hear_what_libbcg729_hears_in_its_frames(speech):
    peer = Bcg729(LIBRARY, annex_b=False)
    frames = peer.encode(speech)
    assert decibels(peer.decode(frames), ours(frames)) > NEAR_DB


@pytest.mark.parametrize("from_us", [True, False], ids=["our frames", "its frames"])
def test_silence_is_as_loud_on_both_sides(speech, from_us):
    quiet = array("h", (sample // 40 for sample in speech[: 80 * 300]))
    sound = speech[: 80 * 300] + quiet
    peer = Bcg729(LIBRARY, annex_b=True)
    frames = Encoder(annex_b=True).encode_many(sound) if from_us else peer.encode(sound)
    assert {len(frame) for frame in frames} == {0, 2, 10}
    levels = [
        20 * numpy.log10(numpy.std(numpy.asarray(samples[-80 * 100 :], dtype=float)) + 1)
        for samples in (ours(frames), peer.decode(frames))
    ]
    assert abs(levels[0] - levels[1]) < NOISE_LEVEL_DB
