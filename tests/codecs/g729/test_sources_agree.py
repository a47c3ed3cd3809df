"""The compiled kernel and its source give the same on input that no test sequence holds."""

import random
from array import array

import pytest

from tests.codecs.g729 import sequences

FRAMES = 25
RANDOM = random.Random(729)


def square(period, peak=32767):
    return [peak if i // period % 2 else -peak - 1 for i in range(80 * FRAMES)]


SIGNALS = {
    "full-scale noise": [RANDOM.randrange(-32768, 32768) for _ in range(80 * FRAMES)],
    "slow full-scale square": square(400),
    "pitched full-scale square": square(40),
    "fast full-scale square": square(1),
    "impulses": [32767 if i % 97 == 0 else 0 for i in range(80 * FRAMES)],
    "the least number": [-32768] * (80 * FRAMES),
    "a whisper": [RANDOM.randrange(-2, 3) for _ in range(80 * FRAMES)],
    "sudden": [0] * (40 * FRAMES) + square(23)[: 40 * FRAMES],
}


def random_frames(rng, count):
    sizes = rng.choices([10, 2, 0, None], [8, 1, 1, 1], k=count)
    return [None if size is None else rng.randbytes(size) for size in sizes]


needs_compiler = pytest.mark.skipif(
    sequences.compiled_kernel() is None, reason="the kernel is not compiled"
)


@needs_compiler
@pytest.mark.parametrize("annex_b", [False, True], ids=["A", "A+B"])
@pytest.mark.parametrize("name", SIGNALS)
def test_encoders_agree(name, annex_b):
    samples = array("h", SIGNALS[name])
    compiled = sequences.encode(sequences.compiled_kernel(), samples, annex_b)
    assert sequences.encode(sequences.source_kernel(), samples, annex_b) == compiled


@needs_compiler
@pytest.mark.parametrize("seed", range(4))
def test_decoders_agree_on_random_frames(seed):
    frames = random_frames(random.Random(seed), 40)
    compiled = sequences.decode(sequences.compiled_kernel(), frames)
    assert sequences.decode(sequences.source_kernel(), frames) == compiled


@needs_compiler
@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_million_random_frames_are_survived_and_a_sample_of_them_agrees():
    rng = random.Random(1)
    for _ in range(100):
        frames = random_frames(rng, 10_000)
        compiled = sequences.decode(sequences.compiled_kernel(), frames)
        assert sequences.decode(sequences.source_kernel(), frames[:20]) == compiled[: 20 * 80]
