"""Sine tones into WAV files, and the search for them in what the other side recorded.

A recording is judged in short windows: a window carries a tone when it is not silent and at
least half of its energy lies within a few hertz of the tone's frequency.
"""

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.interop.waiting import PATIENCE, until

WINDOW = 0.1
WIDTH = 30.0
HEADER = 44
SILENCE = 10 ** (-50 / 20)
FULL_SCALE = 32_767

#: What Linphone records at, after the codec. Tones to be told apart must not stand in the ratio
#: of two of these, as long as the recording is not finished.
RATES = (8_000, 16_000, 48_000)

Samples = NDArray[np.float64]


def write_tone(path: Path, frequency: float, *, seconds: float = 60.0, rate: int = 16_000) -> Path:
    """A mono 16-bit WAV file with one sine tone at two fifths of full scale."""
    phase = 2 * np.pi * frequency / rate * np.arange(int(seconds * rate))
    samples = (0.4 * FULL_SCALE * np.sin(phase)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return path


def read_wav(path: Path) -> tuple[int | None, Samples]:
    """Sampling rate and samples (-1 to 1) of a mono 16-bit WAV file, finished or not.

    The data runs to the end of the file, since the size in the header is that of an earlier
    part where a recorder goes on. Linphone writes its header last: until then the rate is None.
    """
    octets = path.read_bytes() if path.exists() else b""
    data = octets[HEADER:]
    samples = np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2") / FULL_SCALE
    finished = octets.startswith(b"RIFF")
    return int.from_bytes(octets[24:28], "little") if finished else None, samples


def seconds_of_tone(samples: Samples, rate: int, frequency: float) -> float:
    """For how long ``samples`` carry a tone of ``frequency`` hertz."""
    length = int(rate * WINDOW)
    count = len(samples) // length
    if count == 0:
        return 0.0
    windows = samples[: count * length].reshape(count, length)
    loud = np.sqrt((windows**2).mean(axis=1)) > SILENCE
    power = np.abs(np.fft.rfft(windows * np.hanning(length), axis=1)) ** 2
    near = np.abs(np.fft.rfftfreq(length, 1 / rate) - frequency) <= WIDTH
    share = power[:, near].sum(axis=1) / np.maximum(power.sum(axis=1), 1e-12)
    return float((loud & (share >= 0.5)).sum() * WINDOW)


@dataclass(slots=True)
class Recording:
    """What a peer hears, written to a WAV file while it hears it."""

    path: Path
    start: int = 0

    def forget(self) -> None:
        """From now on only what is heard later counts."""
        self.start = len(read_wav(self.path)[1])

    def seconds_of(self, frequency: float) -> float:
        """For how long the tone has been heard so far."""
        rate, samples = read_wav(self.path)
        rates = (rate,) if rate else RATES
        return max(seconds_of_tone(samples[self.start :], rate, frequency) for rate in rates)

    def wait_for(self, frequency: float, seconds: float = 1.0, timeout: float = PATIENCE) -> None:
        """Listen until the tone has been heard for so many seconds.

        Raises:
            PeerError: it was not heard for that long within ``timeout`` seconds.
        """
        what = f"{seconds:g} s of {frequency:g} Hz in {self.path.name}"
        until(lambda: self.seconds_of(frequency) >= seconds, what, timeout)
