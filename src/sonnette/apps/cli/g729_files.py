"""The files that ``sonnette g729`` reads and writes: samples and frames, a piece at a time."""

import sys
import wave
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sonnette.base.errors import LocalError
from sonnette.codecs.g729 import read_serial, write_serial

RATE = 8000
FRAME_BYTES = 160
PIECE = 500  # frames at a time: five seconds
SPEECH_SIZE = 10
SERIAL = ".bit"
WAV = ".wav"


def read_samples(path: Path) -> bytes:
    """All samples of a WAV file, or of a raw one (16 bits, little-endian), as they are in memory.

    ``LocalError`` where the file is not 8000 Hz, mono and 16 bits.
    """
    data = _read_wav(path) if path.suffix.lower() == WAV else _read(path)
    if len(data) % 2:
        raise LocalError("g729.file.truncated", f"{path}: {len(data)} bytes are no 16-bit samples")
    return native(data)


def native(data: bytes) -> bytes:
    """Little-endian samples in this machine's byte order, or the other way about."""
    if sys.byteorder == "little":
        return data
    samples = array("h", data)
    samples.byteswap()
    return samples.tobytes()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LocalError("g729.file.unreadable", f"{path}: {error.strerror}") from error


def _read_wav(path: Path) -> bytes:
    try:
        with wave.open(str(path), "rb") as file:
            form = (file.getframerate(), file.getnchannels(), 8 * file.getsampwidth())
            if form != (RATE, 1, 16):
                raise LocalError(
                    "g729.wav.form",
                    f"{path}: expected 8000 Hz, 1 channel, 16 bits; "
                    f"it has {form[0]} Hz, {form[1]} channels, {form[2]} bits",
                )
            data = file.readframes(file.getnframes())
            if len(data) < 2 * file.getnframes():
                raise LocalError("g729.file.truncated", f"{path}: the sound ends early")
            return data
    except OSError as error:
        raise LocalError("g729.file.unreadable", f"{path}: {error.strerror}") from error
    except (wave.Error, EOFError) as error:
        raise LocalError("g729.wav.form", f"{path}: no WAV file of samples: {error}") from error


def read_frames(path: Path) -> list[bytes | None]:
    """All frames of a serial file (``.bit``), or of one with ten bytes a frame.

    ``LocalError`` where the file is cut short or is no such file.
    """
    data = _read(path)
    if path.suffix.lower() == SERIAL:
        return list(read_serial(data))
    if len(data) % SPEECH_SIZE:
        raise LocalError(
            "g729.file.truncated", f"{path}: {len(data)} bytes are not whole frames of 10 bytes"
        )
    return [data[at : at + SPEECH_SIZE] for at in range(0, len(data), SPEECH_SIZE)]


def frame_writer(path: Path) -> Callable[[Iterable[bytes]], Iterator[bytes]]:
    """How frames stand in the file; ``LocalError`` where silence cannot be told in it."""
    return write_serial if path.suffix.lower() == SERIAL else _only_speech


def _only_speech(frames: Iterable[bytes]) -> Iterator[bytes]:
    for frame in frames:
        if len(frame) != SPEECH_SIZE:
            raise LocalError(
                "g729.file.silence", "a file of 10-byte frames cannot hold silence; write .bit"
            )
        yield frame


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A file to write; ``LocalError`` where it cannot be."""
    try:
        with path.open("wb") as file:
            yield file
    except OSError as error:
        raise LocalError("g729.file.unwritable", f"{path}: {error.strerror}") from error


@contextmanager
def sample_writer(path: Path) -> Iterator[Callable[[bytes], object]]:
    """Appends samples of this machine's byte order to a WAV or a raw file, by its name."""
    with opened(path) as file:
        if path.suffix.lower() != WAV:
            yield lambda samples: file.write(native(samples))
            return
        with wave.open(file, "wb") as sound:
            sound.setparams((1, 2, RATE, 0, "NONE", ""))
            yield sound.writeframes
