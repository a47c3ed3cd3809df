"""The tone detector that every call of this suite is judged by, judged itself."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from tests.interop.conftest import TONES
from tests.interop.tones import RATES, WIDTH, Recording, read_wav, seconds_of_tone, write_tone


def test_a_tone_is_found_for_as_long_as_it_lasts(tmp_path: Path) -> None:
    recording = Recording(write_tone(tmp_path / "440.wav", 440, seconds=2))
    assert recording.seconds_of(440) == pytest.approx(2.0)


def test_another_tone_is_not_found(tmp_path: Path) -> None:
    recording = Recording(write_tone(tmp_path / "440.wav", 440, seconds=2))
    assert recording.seconds_of(620) == 0


def test_silence_and_noise_carry_no_tone() -> None:
    noise = np.random.default_rng(7).normal(0, 0.2, 16_000)
    assert seconds_of_tone(np.zeros(16_000), 8_000, 440) == 0
    assert seconds_of_tone(noise, 8_000, 440) == 0


def test_a_recording_without_its_header_yet_is_judged_at_every_rate(tmp_path: Path) -> None:
    whole = write_tone(tmp_path / "whole.wav", 440, seconds=1, rate=8_000).read_bytes()
    growing = tmp_path / "growing.wav"
    growing.write_bytes(bytes(44) + whole[44:])
    assert read_wav(growing)[0] is None
    recording = Recording(growing)
    assert recording.seconds_of(440) == pytest.approx(1.0)
    assert recording.seconds_of(620) == 0


def test_a_recording_that_goes_on_is_read_past_the_size_in_its_header(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "twice.wav", 440, seconds=1)
    path.write_bytes(path.read_bytes() + path.read_bytes()[44:])
    assert Recording(path).seconds_of(440) == pytest.approx(2.0)


def test_the_tones_of_the_cast_are_told_apart_whatever_the_rate() -> None:
    ratios = {a / b for a in RATES for b in RATES}
    for one, other in permutations(TONES.values(), 2):
        assert all(abs(one * ratio - other) > WIDTH for ratio in ratios)


def test_what_was_heard_before_forgetting_does_not_count(tmp_path: Path) -> None:
    recording = Recording(write_tone(tmp_path / "440.wav", 440, seconds=1))
    recording.forget()
    assert recording.seconds_of(440) == 0
