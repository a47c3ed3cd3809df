"""Our frames in FFmpeg's decoder, through PyAV.  FFmpeg has no G.729 encoder: one way only.

FFmpeg decodes every stream with the post-filter of G.729's main body, so that what it makes of
Annex A frames lies some 23 dB from any Annex A decoder, libbcg729's as well as ours.  It knows
no Annex B, and takes ten bytes of zero for a lost frame.
"""

from array import array

import numpy
import pytest

from sonnette.codecs.g729 import Decoder, Encoder
from tests import vectors
from tests.codecs.g729 import sequences
from tests.codecs.g729.bcg729 import Bcg729, load

av = pytest.importorskip("av", reason="PyAV, of the extra [dev], is not installed")

LIBRARY = load()
NEAR_DB = 20
NEAR_WITH_LOSSES_DB = 12
AS_NEAR_DB = 1
LOST = bytes(10)

pytestmark = [pytest.mark.interop, vectors.needed]


@pytest.fixture(scope="module")
def frames():
    (speech,) = (s for s in sequences.ENCODER if s.name == "speech")
    return Encoder().encode_many(speech.pcm(2000))


def ffmpeg(frames):
    decoder = av.CodecContext.create("g729", "r")
    decoder.sample_rate, decoder.layout = 8000, "mono"
    samples = array("h")
    for frame in frames:
        for sound in decoder.decode(av.Packet(frame or LOST)):
            samples.frombytes(sound.to_ndarray().tobytes())
    return samples


def ours(frames):
    return array("h", Decoder().decode_many(frames))


def decibels(signal, other):
    signal, other = (numpy.asarray(x, dtype=float) for x in (signal, other))
    return 10 * numpy.log10((signal**2).sum() / ((signal - other) ** 2).sum())


def with_losses(frames):
    return [None if i % 20 == 7 else frame for i, frame in enumerate(frames)]


def test_ffmpeg_hears_what_we_hear_in_our_frames(frames):
    assert decibels(ours(frames), ffmpeg(frames)) > NEAR_DB


def test_ffmpeg_conceals_losses_about_as_we_do(frames):
    lossy = with_losses(frames)
    assert decibels(ours(lossy), ffmpeg(lossy)) > NEAR_WITH_LOSSES_DB


@pytest.mark.skipif(LIBRARY is None, reason="libbcg729.so.0, of Debian's package libbcg729-0")
@pytest.mark.parametrize("losses", [False, True], ids=["nothing lost", "a twentieth lost"])
def test_we_are_as_near_to_ffmpeg_as_libbcg729_is(frames, losses):
    heard = with_losses(frames) if losses else frames
    theirs, reference = Bcg729(LIBRARY, annex_b=False).decode(heard), ffmpeg(heard)
    assert decibels(ours(heard), reference) > decibels(theirs, reference) - AS_NEAR_DB
