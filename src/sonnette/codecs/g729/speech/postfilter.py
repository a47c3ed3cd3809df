"""The adaptive post-filter of the decoder: pitch, tilt, formants, gain control.

G.729 Annex A, A.4.2.  Subframe by subframe, decoded speech becomes a residual through
A(z/0.55), loses what lies between pitch harmonics and its tilt, and becomes speech again
through 1/A(z/0.70), at the level that it had.
"""

from sonnette.codecs.g729.speech.adaptive_codebook import GREATEST_DELAY
from sonnette.codecs.g729.speech.arithmetic import (
    LEAST32,
    copy_within,
    correlate,
    div16,
    energy,
    inverse_sqrt,
    norm32,
    peak,
    power,
    product,
    round16,
    sat16,
    sat32,
    shift32,
)
from sonnette.codecs.g729.speech.filters import (
    MEMORY,
    SUBFRAME,
    residual,
    respond,
    synthesise,
)
from sonnette.codecs.g729.speech.lsp import weight_predictor
from sonnette.codecs.g729.speech.widths import Shorts, Wide

NUMERATOR = 18022  # 0.55
DENOMINATOR = 22938  # 0.70
TILT = 26214  # 0.8
STRONGEST_NOW = 21845  # 1 / (1 + 0.5)
STRONGEST_PAST = 10923  # 0.5 / (1 + 0.5)
RESPONSE = 22  # samples of the impulse response that tell the tilt
GAIN_MEMORY = 29491  # 0.9
GAIN_NEWS = 3276  # 0.1
UNITY = 4096  # in Q12
SAFE_PEAK = 5181  # 80 * 5181^2 < 2^31: no sum of forty products can leave 32 bits


class PostFilter:
    """The filters' memories: 143 past residual samples, 10 past outputs, a gain."""

    residual: Shorts
    quarter: Shorts
    shaped: Shorts
    output: Shorts
    numerator: Shorts
    denominator: Shorts
    before: int
    gain: int

    def __init__(self) -> None:
        self.residual = [0] * 183
        self.quarter = [0] * 183
        self.shaped = [0] * 40
        self.output = [0] * 50
        self.numerator = [0] * 11
        self.denominator = [0] * 11
        self.before = 0
        self.gain = UNITY

    def run(self, speech: Shorts, at: int, predictors: Shorts, row: int, delay: int) -> None:
        """Filter 40 samples of ``speech`` into ``output[10:50]``, not yet levelled.

        ``speech`` holds ten samples before ``at``; ``delay`` is the subframe's pitch delay,
        or 0 in comfort noise, which has no harmonics to stress.
        """
        weight_predictor(predictors, row, NUMERATOR, self.numerator, 0)
        weight_predictor(predictors, row, DENOMINATOR, self.denominator, 0)
        residual(self.numerator, 0, speech, at, self.residual, GREATEST_DELAY)
        for i in range(SUBFRAME):
            self.shaped[i] = self.residual[GREATEST_DELAY + i]
            self.quarter[GREATEST_DELAY + i] = self.shaped[i] >> 2
        if delay > 0:
            self.stress_harmonics(min(delay - 3, GREATEST_DELAY - 6))
        copy_within(self.residual, SUBFRAME, 0, GREATEST_DELAY)
        copy_within(self.quarter, SUBFRAME, 0, GREATEST_DELAY)
        self.remove_tilt()
        copy_within(self.output, SUBFRAME, 0, MEMORY)
        synthesise(self.denominator, 0, self.shaped, 0, self.output, MEMORY)

    def stress_harmonics(self, least: int) -> None:
        """Add the residual of the best of seven delays from ``least`` (A.4.2.1)."""
        safe = peak(self.quarter, 0, GREATEST_DELAY + SUBFRAME) <= SAFE_PEAK
        best = 0
        most = LEAST32
        for delay in range(least, least + 7):
            now_at = GREATEST_DELAY
            found = correlate(self.quarter, now_at, self.quarter, now_at - delay, safe)
            if best == 0 or found > most:
                best, most = delay, found
        most = max(most, 0)
        past = energy(self.quarter, GREATEST_DELAY - best)
        now = energy(self.quarter, GREATEST_DELAY)
        left = norm32(max(most, past, now))
        self.mix(best, round16(most << left), round16(past << left), round16(now << left))

    def mix(self, delay: int, most: int, past: int, now: int) -> None:
        """Mix present and past as strongly as their correlation, unless it is below 3 dB."""
        if 2 * most * most - past * now < 0:
            return
        present_share, past_share = STRONGEST_NOW, STRONGEST_PAST
        if most <= past:
            quarter = most >> 2
            total = quarter + (past >> 1)
            past_share = div16(quarter, total) if total > 0 else 0
            present_share = 32767 - past_share
        for i in range(GREATEST_DELAY, GREATEST_DELAY + SUBFRAME):
            present = self.residual[i] * present_share >> 15
            self.shaped[i - GREATEST_DELAY] = sat16(
                present + (self.residual[i - delay] * past_share >> 15)
            )

    def remove_tilt(self) -> None:
        """Take the first correlation of the formant filters' response out (A.4.2.3)."""
        response: Shorts = [0] * 50
        respond(self.denominator, 0, self.numerator, response)
        level: Wide = 0
        slope: Wide = 0
        for i in range(MEMORY, MEMORY + RESPONSE):
            level += product(response[i], response[i])
            slope = sat32(slope + product(response[i], response[i - 1]))
        tilt = 0
        if slope >> 16 > 0:
            tilt = div16((slope >> 16) * TILT >> 15, sat32(level) >> 16)
        last = self.shaped[SUBFRAME - 1]
        for i in range(SUBFRAME - 1, 0, -1):
            self.shaped[i] = sat16(self.shaped[i] - (self.shaped[i - 1] * tilt >> 15))
        self.shaped[0] = sat16(self.shaped[0] - (self.before * tilt >> 15))
        self.before = last

    def level(self, speech: Shorts, at: int, levelled: Shorts, into: int) -> None:
        """Write the output at the level of the 40 samples of ``speech`` (A.4.2.4).

        The gain stays a 16-bit number: nine tenths of one and at most 3275.
        """
        quarters: Shorts = [0] * 80
        for i in range(SUBFRAME):
            quarters[i] = self.output[MEMORY + i] >> 2
            quarters[SUBFRAME + i] = speech[at + i] >> 2
        after: Wide = power(quarters, 0)
        before: Wide = power(quarters, SUBFRAME)
        if after == 0:
            self.gain = 0
            for i in range(SUBFRAME):
                levelled[into + i] = self.output[MEMORY + i]
            return
        target = level_ratio(sat32(2 * after), sat32(2 * before)) if before > 0 else 0
        gain = self.gain
        for i in range(SUBFRAME):
            gain = (gain * GAIN_MEMORY >> 15) + target
            levelled[into + i] = sat16(self.output[MEMORY + i] * gain >> 12)
        self.gain = gain


def level_ratio(after: int, before: int) -> int:
    """A tenth of the square root of ``before`` over ``after``, in Q12."""
    left = norm32(after) - 1
    louder = round16(shift32(after, left))
    shift = norm32(before)
    quieter = round16(shift32(before, shift))
    ratio = shift32(shift32(div16(louder, quieter), 7), shift - left)
    return (round16(shift32(inverse_sqrt(ratio), 9)) * GAIN_NEWS) >> 15
