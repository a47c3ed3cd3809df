"""Voice activity detection (G.729 Annex B, B.3).

Four features of a frame (energy, energy below 1 kHz, spectrum, zero crossings) are compared
with their means over background noise; the decision is smoothed and the means follow quiet
frames.  Energies are decibels in Q11, spectra frequencies of 0 to 0.5 in Q15.
"""

from sonnette.codecs.g729.silence.tables import LOW_BAND, MEAN_FACTOR, MEAN_SHIFT
from sonnette.codecs.g729.silence.voice_decision import is_voice
from sonnette.codecs.g729.speech.arithmetic import (
    log2_q15,
    magnitude,
    mult32,
    product,
    sat16,
    sat32,
    shift32,
)
from sonnette.codecs.g729.speech.lsp import ORDER
from sonnette.codecs.g729.speech.widths import Ints, Shorts, Wide

LEARNING = 32  # frames at the start, which set the means
SETTLED = 128  # frames after which the least energy is trusted
FULL_COUNT = 32767  # of frames; counting then goes on from 256
QUIETEST_VOICE = 3072  # 15 dB
STEADY = 614  # 3 dB
LIKE_NOISE = 83  # 0.0025: spectral distance of background noise
NOISY_REFLECTION = 19661  # 0.6
CALM_REFLECTION = 24576  # 0.75
CROSSING = 410  # 1 / 80 in Q15
GREATEST = 32767

# Means keep this much of themselves, by tens of updates: energy, zero crossings, spectrum
KEPT_ENERGY = (24576, 31130, 31785, 32440, 32604, 32604)
KEPT_CROSSINGS = (26214, 30147, 30802, 31457, 32440, 32702)
KEPT_SPECTRUM = (19661, 21299, 22938, 24576, 24576, 24576)
NEW_ENERGY = (8192, 1638, 983, 328, 164, 164)
NEW_CROSSINGS = (6554, 2621, 1966, 1311, 328, 66)
NEW_SPECTRUM = (13017, 11469, 9830, 8192, 8192, 8192)


class VoiceActivity:
    """The detector's memory; ``voice`` is this frame's decision, ``past`` the one before."""

    voice: bool
    past: bool
    frame: int
    mean_spectrum: Shorts
    mean_energy: int
    mean_low: int
    mean_start: int
    mean_crossings: int
    minima: Shorts
    least: int
    least_before: int
    least_next: int
    energy: int
    last_energy: int
    low_energy: int
    crossings: int
    distance: int
    silences: int
    updates: int
    extensions: int
    quiet_frames: int
    may_extend: bool
    forced: bool

    def __init__(self) -> None:
        self.voice = self.past = True
        self.frame = 0
        self.mean_spectrum = [0] * 10
        self.mean_energy = self.mean_low = self.mean_start = self.mean_crossings = 0
        self.minima = [0] * 16
        self.least = GREATEST
        self.least_before = self.least_next = 0
        self.energy = self.last_energy = self.low_energy = 0
        self.crossings = self.distance = 0
        self.silences = self.updates = self.extensions = self.quiet_frames = 0
        self.may_extend = True
        self.forced = False

    def decide(self, reflection: int, lsf: Shorts, r: Ints, exponent: int, speech: Shorts) -> None:
        """Decide on a frame from the second reflection coefficient, the frequencies, 13
        correlations times two to the power ``exponent``, and the 240 samples of the window.
        """
        before = self.past
        self.past = self.voice
        self.frame = 256 if self.frame == FULL_COUNT else self.frame + 1
        self.measure(lsf, r, exponent, speech)
        self.track_minimum()
        self.voice = False
        if self.frame <= LEARNING:
            self.learn(lsf)
        if self.frame == LEARNING:
            self.finish_learning()
        if self.frame >= LEARNING:
            self.judge()
            self.smooth(before)
            self.follow(reflection, lsf)
        self.last_energy = self.energy

    def measure(self, lsf: Shorts, r: Ints, exponent: int, speech: Shorts) -> None:
        """Set the four features (B.3.1)."""
        self.energy = decibels(r[0], exponent)
        low: Wide = 0
        for i in range(1, 13):
            low = sat32(low + 2 * (r[i] >> 16) * LOW_BAND[i])
        low = shift32(low, 1)
        self.low_energy = decibels(sat32(low + 2 * (r[0] >> 16) * LOW_BAND[0]), exponent)
        distance: Wide = 0
        for i in range(ORDER):
            off = sat16(lsf[i] - self.mean_spectrum[i])
            distance = sat32(distance + product(off, off))
        self.distance = distance >> 16
        self.crossings = 0
        for i in range(121, 201):
            if speech[i - 1] * speech[i] < 0:
                self.crossings = sat16(self.crossings + CROSSING)

    def track_minimum(self) -> None:
        """Keep the least energy of the last 128 frames, in sixteen groups of eight."""
        last_of_group = self.frame & 7 == 0
        if self.frame <= SETTLED:
            if self.energy < self.least:
                self.least = self.least_before = self.energy
            if last_of_group:
                self.minima[(self.frame >> 3) - 1] = self.least
                self.least = GREATEST
                self.find_minimum()
            return
        if self.frame & 7 == 1:
            self.least = self.least_before
            self.least_next = GREATEST
        self.least = min(self.least, self.energy)
        self.least_next = min(self.least_next, self.energy)
        if last_of_group:
            for i in range(15):
                self.minima[i] = self.minima[i + 1]
            self.minima[15] = self.least_next
            self.find_minimum()

    def find_minimum(self) -> None:
        """The least of the sixteen groups."""
        self.least_before = self.minima[0]
        for i in range(1, 16):
            self.least_before = min(self.least_before, self.minima[i])

    def learn(self, lsf: Shorts) -> None:
        """At the start: sum 1/32 of each loud frame, count the quiet ones (B.3.2)."""
        if self.energy < QUIETEST_VOICE:
            self.quiet_frames += 1
            return
        self.voice = True
        self.mean_start = added(self.mean_start, self.energy, 1024)
        self.mean_crossings = added(self.mean_crossings, self.crossings, 1024)
        for i in range(ORDER):
            self.mean_spectrum[i] = added(self.mean_spectrum[i], lsf[i], 1024)

    def finish_learning(self) -> None:
        """Turn the sums into means over the loud frames."""
        factor = MEAN_FACTOR[self.quiet_frames]
        left = MEAN_SHIFT[self.quiet_frames]
        self.mean_start = shift32(2 * self.mean_start * factor, left) >> 16
        self.mean_crossings = shift32(2 * self.mean_crossings * factor, left) >> 16
        for i in range(ORDER):
            self.mean_spectrum[i] = shift32(2 * self.mean_spectrum[i] * factor, left) >> 16
        self.mean_energy = sat16(self.mean_start - 2048)
        self.mean_low = sat16(self.mean_start - 2458)

    def judge(self) -> None:
        """Decide by the four differences from the means; quiet frames are never voice."""
        self.voice = self.energy >= QUIETEST_VOICE and is_voice(
            sat16(self.mean_low - self.low_energy),
            sat16(self.mean_energy - self.energy),
            self.distance,
            sat16(self.mean_crossings - self.crossings),
        )

    def smooth(self, before: bool) -> None:
        """Prolong voice, and end it where the energy stays low (B.3.6)."""
        self.forced = False
        fall = sat16(self.mean_energy - self.energy)
        if self.past and not self.voice and fall < -410 and self.energy > QUIETEST_VOICE:
            self.voice = self.forced = True
        if self.may_extend:
            steady = magnitude(sat16(self.last_energy - self.energy)) <= STEADY
            if before and self.past and not self.voice and steady:
                self.voice = self.forced = True
                self.extensions += 1
                if self.extensions > 4:
                    self.extensions = 0
                    self.may_extend = False
        else:
            self.may_extend = True
        if not self.voice:
            self.silences = sat16(self.silences + 1)
        elif self.silences > 10 and sat16(self.energy - self.last_energy) <= STEADY:
            self.voice = False
            self.silences = 0
        if self.voice:
            self.silences = 0

    def follow(self, reflection: int, lsf: Shorts) -> None:
        """Take silence for granted near the mean energy, and let the means follow (B.3.7)."""
        near = sat16(self.energy - STEADY) < self.mean_energy
        settled = self.frame > SETTLED
        if near and settled and not self.forced and reflection < NOISY_REFLECTION:
            self.voice = False
        if near and reflection < CALM_REFLECTION and self.distance < LIKE_NOISE:
            self.update_means(lsf)
        rise = sat16(self.mean_energy - self.least)
        if settled and (rise > 2048 or (rise < 0 and self.distance < LIKE_NOISE)):
            self.mean_energy = self.least
            self.updates = 0

    def update_means(self, lsf: Shorts) -> None:
        """Move the means towards this frame, the slower the longer that has gone on."""
        self.updates = sat16(self.updates + 1)
        pace = 0 if self.updates < 20 else min(self.updates // 10 - 1, 5)
        kept, new = KEPT_ENERGY[pace], NEW_ENERGY[pace]
        self.mean_energy = mixed(self.mean_energy, kept, self.energy, new)
        self.mean_low = mixed(self.mean_low, kept, self.low_energy, new)
        kept, new = KEPT_CROSSINGS[pace], NEW_CROSSINGS[pace]
        self.mean_crossings = mixed(self.mean_crossings, kept, self.crossings, new)
        kept, new = KEPT_SPECTRUM[pace], NEW_SPECTRUM[pace]
        for i in range(ORDER):
            self.mean_spectrum[i] = mixed(self.mean_spectrum[i], kept, lsf[i], new)


def decibels(power: int, exponent: int) -> int:
    """Ten times the logarithm of a power per sample of the window."""
    total: Wide = mult32(log2_q15(power) << 1, 9864)
    return sat16((shift32(sat32(total + 2 * 9864 * (exponent - 2)), 11) >> 16) - 4875)


def added(mean: int, value: int, weight: int) -> int:
    """A mean and ``value`` times ``weight`` (Q15)."""
    total: Wide = mean * 65536
    return sat32(total + 2 * value * weight) >> 16


def mixed(mean: int, kept: int, value: int, new: int) -> int:
    """A mean and a value, each times its share (Q15)."""
    total: Wide = 2 * kept * mean
    return sat32(sat32(total) + 2 * new * value) >> 16
