"""Comfort noise: an excitation of the wanted level, half pitch and pulses, half Gaussian.

G.729 Annex B, B.4.4.  Encoder and decoder make the same noise from the same seed, so that
their filters stay in step.
"""

from sonnette.codecs.g729.speech.adaptive_codebook import predict_excitation
from sonnette.codecs.g729.speech.arithmetic import (
    inverse_sqrt,
    magnitude,
    mult16_rounded,
    mult32,
    next_random,
    norm16,
    norm32,
    product,
    sat16,
    sat32,
    shift16,
)
from sonnette.codecs.g729.speech.filters import SUBFRAME
from sonnette.codecs.g729.speech.widths import Shorts, Wide

FIRST_SEED = 11111
NOISE_NORM = 19043  # sqrt(40) * 0.5 / 2 - 1
NOISE_SHARE = 24576  # 1 - 0.5^2
GREATEST_PULSE = 5000
OLD_LEVEL = 28672  # 0.875
NEW_LEVEL = 4096  # 0.125


class ComfortNoise:
    """Level and seed of the noise, and the last two subframes' pitch delays and gains."""

    seed: int
    target: int
    gain: int
    delays: Shorts
    pitch_gains: Shorts
    places: Shorts
    signs: Shorts
    gaussian: Shorts

    def __init__(self) -> None:
        self.seed = FIRST_SEED
        self.target = self.gain = 0
        self.delays = [0] * 2
        self.pitch_gains = [0] * 2
        self.places = [0] * 4
        self.signs = [0] * 4
        self.gaussian = [0] * 40

    def draw(self) -> int:
        """The next random number."""
        self.seed = next_random(self.seed)
        return self.seed

    def follow(self, after_speech: bool) -> None:
        """Let the gain follow its target: at once after speech, else by an eighth."""
        if after_speech:
            self.gain = self.target
        else:
            old = mult16_rounded(self.gain, OLD_LEVEL)
            self.gain = sat16(old + mult16_rounded(self.target, NEW_LEVEL))

    def fill(self, excitation: Shorts, at: int) -> None:
        """Write 80 samples of excitation at the present gain."""
        for half in range(2):
            if self.gain == 0:
                for i in range(SUBFRAME):
                    excitation[at + half * SUBFRAME + i] = 0
                self.delays[half] = SUBFRAME + 1
                self.pitch_gains[half] = 0
            else:
                self.subframe(excitation, at + half * SUBFRAME, half)

    def subframe(self, excitation: Shorts, at: int, half: int) -> None:
        """Write 40 samples: pitch and noise first, then four pulses that fit the level."""
        word = self.draw()
        third = (word & 3) - 1
        delay = (word >> 2 & 63) + SUBFRAME
        self.place_pulses(word >> 8, self.draw())
        pitch_gain = self.draw() & 8191
        self.make_gaussian()
        predict_excitation(excitation, at, delay, 0 if third == 2 else third)
        for i in range(SUBFRAME):
            pitch = mult16_rounded(excitation[at + i], 2 * pitch_gain)
            excitation[at + i] = sat16(pitch + self.gaussian[i])
        self.delays[half] = delay
        self.pitch_gains[half] = pitch_gain
        self.add_pulses(excitation, at, half)

    def place_pulses(self, word: int, other: int) -> None:
        """Choose a place and a sign on each track."""
        self.places[0] = (word & 7) * 5
        self.signs[0] = word >> 3 & 1
        self.places[1] = (word >> 4 & 7) * 5 + 1
        self.signs[1] = word >> 7 & 1
        self.places[2] = (other & 7) * 5 + 2
        self.signs[2] = other >> 3 & 1
        self.places[3] = (other >> 5 & 7) * 5 + 3 + (other >> 4 & 1)
        self.signs[3] = other >> 8 & 1

    def make_gaussian(self) -> None:
        """Forty near-normal samples of half the wanted level."""
        power: Wide = 0
        for i in range(SUBFRAME):
            total = 0
            for _ in range(12):
                total += self.draw()
            self.gaussian[i] = total >> 7
            power += self.gaussian[i] * self.gaussian[i]
        wanted = sat16(self.gain + mult16_rounded(self.gain, NOISE_NORM))
        scale = mult32(inverse_sqrt(sat32(2 * power) >> 1), wanted)
        left = norm32(scale)
        factor = scale << left >> 16
        for i in range(SUBFRAME):
            scaled = mult16_rounded(self.gaussian[i], factor)
            self.gaussian[i] = shift_rounded16(scaled, left - 14)

    def at_places(self, samples: Shorts, at: int, right: int) -> int:
        """Sum of the samples at the pulses' places, signed like the pulses."""
        total = 0
        for k in range(4):
            sample = samples[at + self.places[k]] >> right
            total = sat16(total + sample if self.signs[k] else total - sample)
        return total

    def add_pulses(self, excitation: Shorts, at: int, half: int) -> None:
        """Add pulses of the height that brings the subframe to its level.

        The height solves a quadratic; where it has no solution the pitch is left out.
        """
        peak = 0
        for i in range(SUBFRAME):
            peak = max(peak, min(magnitude(excitation[at + i]), 32767))
        right = max(3 - norm16(peak), 0) if peak > 0 else 0
        present: Wide = 0
        for i in range(SUBFRAME):
            present += (excitation[at + i] >> right) * (excitation[at + i] >> right)
        inner = self.at_places(excitation, at, right) >> 1
        wanted = sat32(2 * self.gain * (2 * self.gain * SUBFRAME >> 6))
        rest: Wide = (wanted >> (1 + 2 * right)) - sat32(2 * present)
        rest = sat32(sat32(rest) + product(inner, inner))
        right += 1
        if rest < 0:
            self.pitch_gains[half] = 0
            bits = 0
            for i in range(SUBFRAME):
                excitation[at + i] = self.gaussian[i]
            for k in range(4):
                bits |= min(magnitude(self.gaussian[self.places[k]]), 32767)
            right = 2 if bits & 16384 else 1
            inner = self.at_places(self.gaussian, 0, right)
            rest = mult32(wanted, NOISE_SHARE) >> (2 * right - 1)
            rest = sat32(rest + product(inner, inner))
        height = shift_rounded16(smaller_root(rest, inner), 2 - right)
        self.pulse(excitation, at, min(max(height, -GREATEST_PULSE), GREATEST_PULSE))

    def pulse(self, excitation: Shorts, at: int, height: int) -> None:
        """Add the four pulses."""
        for k in range(4):
            place = at + self.places[k]
            step = height if self.signs[k] else -height
            excitation[place] = sat16(excitation[place] + step)


def smaller_root(square: int, inner: int) -> int:
    """Of the roots -inner + s and -inner - s the one nearer to zero, s^2 half ``square``."""
    root = half_square_root(square)
    first = sat16(root - inner)
    second = sat16(-sat16(inner + root))
    return second if min(magnitude(second), 32767) < min(magnitude(first), 32767) else first


def half_square_root(x: int) -> int:
    """The 14 bits of the square root of half ``x``, the lowest left out."""
    root = 0
    step = 16384
    for _ in range(14):
        trial: Wide = root + step
        if x >= 2 * trial * trial:
            root += step
        step >>= 1
    return root


def shift_rounded16(x: int, right: int) -> int:
    """``x`` shifted right and rounded, or left where ``right`` is negative."""
    if right <= 0:
        return shift16(x, -right)
    if right > 15:
        return 0
    return (x + (1 << (right - 1))) >> right
