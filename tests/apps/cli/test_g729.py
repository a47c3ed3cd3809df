"""``sonnette g729`` on files of every form, whole and damaged."""

import json
import wave
from array import array
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sonnette.apps.cli.g729 import app
from sonnette.base.errors import LocalError
from tests import vectors

SAMPLES = array("h", [(i * i * 31) % 8001 - 4000 for i in range(80 * 60)]).tobytes()


def run(*words):
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def write_wav(path, rate=8000, channels=1, data=SAMPLES):
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(data)


@pytest.mark.parametrize("encoded", ["speech.bit", "speech.g729"])
@pytest.mark.parametrize("sound", ["speech.wav", "speech.raw"])
def test_sound_goes_through_every_pair_of_formats(tmp_path, encoded, sound):
    write_wav(tmp_path / "in.wav")
    run("encode", tmp_path / "in.wav", tmp_path / encoded)
    run("decode", tmp_path / encoded, tmp_path / sound)
    if sound.endswith(".wav"):
        with wave.open(str(tmp_path / sound)) as file:
            assert (file.getframerate(), file.getnframes()) == (8000, 4800)
    else:
        assert (tmp_path / sound).stat().st_size == len(SAMPLES)


def test_both_encoded_formats_hold_the_same_speech(tmp_path):
    write_wav(tmp_path / "in.wav")
    for name in ("a.bit", "a.g729"):
        run("encode", tmp_path / "in.wav", tmp_path / name)
        run("decode", tmp_path / name, tmp_path / f"{name}.raw")
    assert (tmp_path / "a.bit.raw").read_bytes() == (tmp_path / "a.g729.raw").read_bytes()


def test_info_counts_the_frames_for_programs(tmp_path):
    (tmp_path / "silence.raw").write_bytes(bytes(160 * 50 + 30))
    run("encode", "--annex-b", tmp_path / "silence.raw", tmp_path / "silence.bit")
    told = json.loads(run("info", "--json", tmp_path / "silence.bit"))
    assert told["frames"] == 50
    assert told["speech"] + told["silence"] + told["untransmitted"] == 50
    assert told["silence"] > 0
    assert "untransmitted" in run("info", tmp_path / "silence.bit")


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: write_wav(path, rate=16000), "g729.wav.form"),
        (lambda path: write_wav(path, channels=2), "g729.wav.form"),
        (lambda path: path.write_bytes(b"not a wave"), "g729.wav.form"),
        (lambda path: None, "g729.file.unreadable"),
    ],
    ids=["rate", "channels", "rubbish", "absent"],
)
def test_sound_of_another_form_is_refused_with_its_reason(tmp_path, make, code):
    make(tmp_path / "in.wav")
    with pytest.raises(LocalError) as error:
        run("encode", tmp_path / "in.wav", tmp_path / "out.bit")
    assert error.value.code == code


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("cut.g729", bytes(15), "g729.file.truncated"),
        ("cut.bit", b"\x21\x6b\x50\x00\x7f\x00", "g729.serial.truncated"),
        ("odd.bit", b"RIFFxxxx", "g729.serial.header"),
    ],
)
def test_damaged_speech_is_refused_with_its_reason(tmp_path, name, data, code):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(LocalError) as error:
        run("decode", tmp_path / name, tmp_path / "out.wav")
    assert error.value.code == code


def test_a_cut_wav_is_refused(tmp_path):
    write_wav(tmp_path / "in.wav")
    data = (tmp_path / "in.wav").read_bytes()
    (tmp_path / "in.wav").write_bytes(data[:-400])
    with pytest.raises(LocalError) as error:
        run("encode", tmp_path / "in.wav", tmp_path / "out.bit")
    assert error.value.code == "g729.file.truncated"


def test_silence_does_not_go_into_a_file_of_ten_byte_frames(tmp_path):
    (tmp_path / "silence.raw").write_bytes(bytes(160 * 50))
    with pytest.raises(LocalError) as error:
        run("encode", "--annex-b", tmp_path / "silence.raw", tmp_path / "silence.g729")
    assert error.value.code == "g729.file.silence"


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "in.raw").write_bytes(bytes(160))
    with pytest.raises(LocalError, match="absent"):
        run("encode", tmp_path / "in.raw", tmp_path / "absent" / "out.bit")


@vectors.needed
@pytest.mark.req("S-7")
def test_the_commands_reproduce_an_official_sequence(tmp_path):
    folder = Path(vectors.ROOT) / "g729" / "annex_b"
    (tmp_path / "in.raw").write_bytes((folder / "tstseq2.bin").read_bytes())
    run("encode", "--annex-b", tmp_path / "in.raw", tmp_path / "out.bit")
    assert (tmp_path / "out.bit").read_bytes() == (folder / "tstseq2a.bit").read_bytes()
    run("decode", tmp_path / "out.bit", tmp_path / "out.raw")
    assert (tmp_path / "out.raw").read_bytes() == (folder / "tstseq2a.out").read_bytes()
