"""Discontinuous transmission: when to describe silence anew, and how (G.729 Annex B, B.4.1).

Correlations of recent frames are summed; a description is sent at the first silent frame,
and later where spectrum or level have moved, but at most every third frame.
"""

from sonnette.codecs.g729.silence.comfort_noise import ComfortNoise
from sonnette.codecs.g729.silence.sid import level_decibel, sid_level
from sonnette.codecs.g729.silence.sid_quantiser import SidQuantiser
from sonnette.codecs.g729.silence.tables import SID_GAIN
from sonnette.codecs.g729.speech.arithmetic import (
    GREATEST32,
    magnitude,
    norm32,
    product,
    round16,
    sat32,
    shift32,
)
from sonnette.codecs.g729.speech.frame import NOTHING, SID
from sonnette.codecs.g729.speech.lp_analysis import Levinson
from sonnette.codecs.g729.speech.lsp import TERMS
from sonnette.codecs.g729.speech.lsp_codebook import LspPredictor
from sonnette.codecs.g729.speech.lsp_roots import predictor_to_lsp
from sonnette.codecs.g729.speech.widths import Ints, Shorts, Wide

LEAST_INTERVAL = 3  # frames between two descriptions
OTHER_SPECTRUM = 4855  # Itakura distances above 1, Q15
OTHER_AVERAGE = 3161
OTHER_LEVEL = 2  # dB
EMPTY = 40  # shift of a frame not heard yet


class Transmission:
    """Sums of correlations, the description last sent, and what may have changed since."""

    noise: ComfortNoise
    quantiser: SidQuantiser
    recent: Shorts
    recent_shifts: Shorts
    sums: Shorts
    sum_shifts: Shorts
    current: Shorts
    current_shift: int
    predictor: Shorts
    past: Shorts
    described: Shorts
    described_shift: int
    energies: Shorts
    shifts: Shorts
    energy_count: int
    lsp: Shorts
    level: int
    since: int
    changed: bool
    odd_frame: bool

    def __init__(self) -> None:
        self.noise = ComfortNoise()
        self.quantiser = SidQuantiser()
        self.recent = [0] * 22
        self.recent_shifts = [0] * 2
        self.sums = [0] * 33
        self.sum_shifts = [0] * 3
        self.current = [0] * 11
        self.current_shift = 0
        self.predictor = [0] * 11
        self.past = [0] * 11
        self.described = [0] * 11
        self.described_shift = 0
        self.energies = [0] * 2
        self.shifts = [0] * 2
        self.energy_count = 0
        self.lsp = [0] * 10
        self.level = self.since = 0
        self.changed = self.odd_frame = False
        for i in range(3):
            self.sum_shifts[i] = EMPTY
        for i in range(2):
            self.recent_shifts[i] = self.shifts[i] = EMPTY

    def hear(self, r: Ints, exponent: int, voice: bool) -> None:
        """Take in the correlations of any frame, voice or not."""
        push(self.recent, self.recent_shifts, 2)
        for i in range(TERMS):
            self.recent[i] = r[i] >> 16
        self.recent_shifts[0] = -(16 + exponent)
        self.odd_frame = not self.odd_frame
        if voice and not self.odd_frame:
            self.keep_sum()

    def keep_sum(self) -> None:
        """Put the sum of the last two frames before the other two such sums."""
        push(self.sums, self.sum_shifts, 3)
        self.current_shift = add_up(self.recent, self.recent_shifts, 2, self.current)
        for i in range(TERMS):
            self.sums[i] = self.current[i]
        self.sum_shifts[0] = self.current_shift

    def encode(
        self,
        after_voice: bool,
        levinson: Levinson,
        predictor: LspPredictor,
        old: Shorts,
        words: Shorts,
    ) -> int:
        """Treat a silent frame: the kind to send, SID with four ``words`` or nothing.

        ``old`` are the LSPs of the frame before.
        """
        self.analyse(levinson)
        self.energy_count = 1 if after_voice else min(self.energy_count + 1, 2)
        index = sid_level(self.energies, self.shifts, self.energy_count)
        kind = SID if after_voice or self.is_due(level_decibel(index)) else NOTHING
        if kind == SID:
            self.since = 0
            self.changed = False
            self.describe(levinson, predictor, old, words)
            words[3] = index
            self.level = level_decibel(index)
            self.noise.target = SID_GAIN[index]
        self.noise.follow(after_voice)
        if not self.odd_frame:
            self.keep_sum()
        return kind

    def analyse(self, levinson: Levinson) -> None:
        """Predictor and energy of the last two frames; an unstable one keeps the energy."""
        self.energies[1] = self.energies[0]
        self.shifts[1] = self.shifts[0]
        self.shifts[0] = add_up(self.recent, self.recent_shifts, 2, self.current)
        if self.current[0] == 0:
            self.energies[0] = 0
        else:
            if solve(levinson, self.current):
                self.energies[0] = levinson.error
            for i in range(TERMS):
                self.predictor[i] = levinson.predictor[i]

    def is_due(self, level: int) -> bool:
        """Whether the noise has changed since the last description, and long enough ago."""
        if self.is_unlike(OTHER_SPECTRUM) or magnitude(self.level - level) > OTHER_LEVEL:
            self.changed = True
        self.since = min(self.since + 1, LEAST_INTERVAL)
        return self.since == LEAST_INTERVAL and self.changed

    def describe(
        self, levinson: Levinson, predictor: LspPredictor, old: Shorts, words: Shorts
    ) -> None:
        """Describe the average spectrum, or the present one where they differ."""
        lsp: Shorts = [0] * 10
        self.average(levinson)
        self.compare_with(self.past)
        if self.is_unlike(OTHER_AVERAGE):
            self.compare_with(self.predictor)
            predictor_to_lsp(self.predictor, old, lsp)
        else:
            predictor_to_lsp(self.past, old, lsp)
        self.quantiser.quantise(predictor, lsp, self.lsp, words)

    def average(self, levinson: Levinson) -> None:
        """The predictor of the three last sums."""
        total: Shorts = [0] * 11
        add_up(self.sums, self.sum_shifts, 3, total)
        if total[0] == 0:
            self.past[0] = 4096
            for i in range(1, TERMS):
                self.past[i] = 0
        else:
            solve(levinson, total)
            for i in range(TERMS):
                self.past[i] = levinson.predictor[i]

    def compare_with(self, predictor: Shorts) -> None:
        """Let ``described`` be the correlations of this predictor's coefficients."""
        for lag in range(TERMS):
            total: Wide = 0
            for j in range(TERMS - lag):
                total = sat32(total + product(predictor[j], predictor[j + lag]))
            if lag == 0:
                self.described_shift = norm32(total)
            self.described[lag] = round16(shift32(total, self.described_shift))

    def is_unlike(self, threshold: int) -> bool:
        """Whether the described predictor leaves more of the present signal than its own
        does, by one and ``threshold`` (Itakura's distance).
        """
        right = 0
        total: Wide = 0
        fits = False
        while not fits:
            fits = True
            total = 0
            for i in range(TERMS):
                term: Wide = self.described[i] >> (right >> 1)
                term *= self.current[i] >> ((right + 1) >> 1)
                term *= 1 if i == 0 else 2
                exact: Wide = total + term
                total = sat32(exact)
                fits = fits and exact == total and term <= GREATEST32
            right += 0 if fits else 1
        own: Wide = (self.energies[0] * threshold + 16384) >> 15
        return total > shift32(own + self.energies[0], self.described_shift + 9 - right)


def push(rows: Shorts, shifts: Shorts, count: int) -> None:
    """Move ``count`` rows of correlations and their shifts back by one."""
    for i in range(count * TERMS - 1, TERMS - 1, -1):
        rows[i] = rows[i - TERMS]
    for i in range(count - 1, 0, -1):
        shifts[i] = shifts[i - 1]


def add_up(rows: Shorts, shifts: Shorts, count: int, total: Shorts) -> int:
    """Add rows of different shifts; the shift of the normalised ``total``."""
    least = shifts[0]
    for k in range(1, count):
        least = min(least, shifts[k])
    least += 14
    left = 0
    for i in range(TERMS):
        added: Wide = 0
        for k in range(count):
            added = sat32(added + shift32(rows[k * TERMS + i], least - shifts[k]))
        if i == 0:
            left = norm32(added)
        total[i] = shift32(added, left) >> 16
    return least + left - 16


def solve(levinson: Levinson, correlations: Shorts) -> bool:
    """Solve for 16-bit correlations; False where the predictor came out unstable."""
    r: Ints = [0] * 11
    for i in range(TERMS):
        r[i] = correlations[i] * 65536
    return levinson.solve(r)
