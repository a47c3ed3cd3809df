"""Every official sequence, byte for byte: encoder and decoder, compiled and from source."""

import pytest

from tests import vectors
from tests.codecs.g729 import sequences
from tests.codecs.g729.sequences import DECODER, ENCODER, decode, encode

SHORT = {"algthm": 35, "erasure": 40, "overflow": 30, "tame": 20, "tstseq2": 50, "tstseq5": 46}

pytestmark = [vectors.needed, pytest.mark.req("S-7")]
names = {"ids": lambda sequence: sequence.name}
compiled_only = pytest.mark.skipif(
    sequences.compiled_kernel() is None, reason="the kernel is not compiled"
)


@compiled_only
@pytest.mark.parametrize("sequence", DECODER, **names)
def test_the_compiled_decoder_gives_every_sample(sequence):
    assert decode(sequences.compiled_kernel(), sequence.frames()) == sequence.pcm()


@compiled_only
@pytest.mark.parametrize("sequence", ENCODER, **names)
def test_the_compiled_encoder_gives_every_bit(sequence):
    frames = sequence.frames()
    got = encode(sequences.compiled_kernel(), sequence.pcm(len(frames)), sequence.annex_b)
    assert got == frames


@compiled_only
@pytest.mark.parametrize("sequence", [s for s in ENCODER if not s.annex_b], **names)
def test_analysis_for_annex_b_leaves_speech_frames_as_they_are(sequence):
    count = min(len(sequence.frames()), 300)
    plain = encode(sequences.compiled_kernel(), sequence.pcm(count), annex_b=False)
    thrifty = encode(sequences.compiled_kernel(), sequence.pcm(count), annex_b=True)
    first_silence = next((i for i, frame in enumerate(thrifty) if len(frame) != 10), count)
    assert plain[:first_silence] == thrifty[:first_silence]


@pytest.mark.parametrize("sequence", [s for s in DECODER if s.name in SHORT], **names)
def test_the_decoder_run_from_source_begins_alike(sequence):
    count = SHORT[sequence.name]
    assert decode(sequences.source_kernel(), sequence.frames(count)) == sequence.pcm(count)


@pytest.mark.parametrize("sequence", [s for s in ENCODER if s.name in SHORT], **names)
def test_the_encoder_run_from_source_begins_alike(sequence):
    frames = sequence.frames(SHORT[sequence.name])
    got = encode(sequences.source_kernel(), sequence.pcm(len(frames)), sequence.annex_b)
    assert got == frames


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("sequence", DECODER, **names)
def test_the_decoder_run_from_source_gives_every_sample(sequence):
    assert decode(sequences.source_kernel(), sequence.frames()) == sequence.pcm()


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("sequence", ENCODER, **names)
def test_the_encoder_run_from_source_gives_every_bit(sequence):
    frames = sequence.frames()
    got = encode(sequences.source_kernel(), sequence.pcm(len(frames)), sequence.annex_b)
    assert got == frames
