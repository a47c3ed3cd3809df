"""Encoder and decoder as callers use them: any buffer in, checked, frames and samples out."""

import pickle
import sys
import threading
from array import array

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonnette.base.errors import LocalError
from sonnette.base.kernels import is_compiled
from sonnette.codecs.g729 import Decoder, Encoder, kernel

NOISE = array("h", [(7919 * i * i) % 20011 - 10000 for i in range(800)])


def test_eighty_samples_become_ten_bytes_and_come_back_as_eighty():
    frame = Encoder().encode(NOISE[:80])
    assert len(frame) == 10
    assert len(Decoder().decode(frame)) == 160


@pytest.mark.parametrize(
    "form",
    [bytes, bytearray, memoryview, numpy.array, lambda a: numpy.array(a).reshape(10, 80)],
    ids=["bytes", "bytearray", "memoryview", "numpy", "numpy rows"],
)
def test_any_buffer_of_the_same_samples_encodes_alike(form):
    assert Encoder().encode_many(form(NOISE)) == Encoder().encode_many(NOISE)


def test_a_batch_is_the_frames_one_by_one():
    one = Encoder(annex_b=True)
    frames = [one.encode(NOISE[at : at + 80]) for at in range(0, 800, 80)]
    assert Encoder(annex_b=True).encode_many(NOISE) == frames
    decoder = Decoder()
    assert Decoder().decode_many(frames) == b"".join(decoder.decode(f) for f in frames)


def test_silence_costs_next_to_nothing_with_annex_b():
    frames = Encoder(annex_b=True).encode_many(bytes(160 * 50))
    assert {len(frame) for frame in frames} <= {0, 2, 10}
    assert sum(len(frame) for frame in frames[40:]) <= 6
    assert {len(f) for f in Encoder().encode_many(bytes(160 * 50))} == {10}


def test_a_lost_frame_is_concealed_and_an_absent_one_is_comfort_noise():
    frames = Encoder().encode_many(NOISE)
    decoder = Decoder()
    decoder.decode_many(frames)
    assert any(decoder.decode(None))
    assert len(decoder.decode(b"")) == 160


@pytest.mark.parametrize(
    ("pcm", "code"),
    [
        (bytes(158), "g729.samples.count"),
        (bytes(161), "g729.samples.type"),
        (numpy.zeros(80, dtype="float32"), "g729.samples.type"),
        (numpy.zeros(80, dtype=">i2"), "g729.samples.type"),
        ([0] * 80, "g729.samples.type"),
        (None, "g729.samples.type"),
    ],
)
def test_samples_that_are_none_are_refused(pcm, code):
    with pytest.raises(LocalError) as error:
        Encoder().encode(pcm)
    assert error.value.code == code


@pytest.mark.parametrize("size", [1, 3, 9, 11, 20])
def test_a_frame_of_another_size_is_refused_by_name(size):
    with pytest.raises(LocalError, match=f"not {size}"):
        Decoder().decode(bytes(size))


def test_a_frame_that_is_no_bytes_is_refused():
    with pytest.raises(LocalError) as error:
        Decoder().decode(7)
    assert error.value.code == "g729.frame.type"


def test_a_pickled_codec_goes_on_where_it_was():
    encoder, decoder = Encoder(annex_b=True), Decoder()
    decoder.decode_many(encoder.encode_many(NOISE))
    twin_encoder, twin_decoder = pickle.loads(pickle.dumps((encoder, decoder)))
    frames = encoder.encode_many(NOISE)
    assert twin_encoder.encode_many(NOISE) == frames
    assert twin_decoder.decode_many(frames) == decoder.decode_many(frames)


def test_streams_do_not_disturb_each_other_across_threads():
    wanted = Encoder().encode_many(NOISE * 20)
    got = {}

    def work(name):
        got[name] = Encoder().encode_many(NOISE * 20)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(got.values()) == [wanted] * 4


@pytest.mark.skipif(not is_compiled(kernel), reason="the kernel is not compiled")
def test_other_threads_run_while_frames_are_coded():
    go, ran = threading.Event(), []
    other = threading.Thread(target=lambda: (go.wait(), ran.append(True)))
    other.start()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)  # nobody else runs unless the lock is given up
    try:
        go.set()
        for _ in range(100):
            Encoder().encode_many(NOISE * 20)
            if ran:
                break
        assert ran
    finally:
        sys.setswitchinterval(interval)
        other.join()


FRAME = st.one_of(st.none(), st.just(b""), st.binary(min_size=2, max_size=2),
                  st.binary(min_size=10, max_size=10))  # fmt: skip


@settings(deadline=None)
@given(st.lists(FRAME, max_size=30))
def test_any_frames_in_any_order_decode_to_samples(frames):
    assert len(Decoder().decode_many(frames)) == 160 * len(frames)
