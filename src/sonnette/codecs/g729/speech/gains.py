"""Gains of the two codebooks: prediction, decoding, concealment.

G.729 §3.9.1, §4.1.5 and §4.4.2.  A pitch gain is in Q14, a code gain in Q1.
"""

from sonnette.codecs.g729.speech.arithmetic import (
    log2_q15,
    mult32,
    pow2,
    product,
    round16,
    sat16,
    sat32,
    shift32,
)
from sonnette.codecs.g729.speech.codebooks import (
    GAIN_A,
    GAIN_A_RECEIVED,
    GAIN_B,
    GAIN_B_RECEIVED,
    GAIN_PREDICTOR,
)
from sonnette.codecs.g729.speech.filters import SUBFRAME
from sonnette.codecs.g729.speech.widths import Shorts, Wide

QUIETEST = -14336  # -14 dB in Q10, where the predictor starts
LOSS_STEP = 4096  # 4 dB in Q10
PITCH_DECAY = 29491  # 0.9
CODE_DECAY = 32111  # 0.98


class GainPredictor:
    """The code gain expected from the last four; the memory is in dB, Q10."""

    past: Shorts
    expected: int
    exponent: int

    def __init__(self) -> None:
        self.past = [0] * 4
        self.expected = self.exponent = 0
        for i in range(4):
            self.past[i] = QUIETEST

    def predict(self, code: Shorts) -> None:
        """Set ``expected``, with ``exponent`` fractional bits, for this code vector.

        The energy of 40 samples of a sharpened code fits 32 bits when doubled: four pulses
        of 1.0 in Q13, each repeated once at most 0.7945 as strong.
        """
        energy: Wide = 0
        for i in range(SUBFRAME):
            energy += code[i] * code[i]
        log = log2_q15(sat32(2 * energy))
        level: Wide = mult32(log << 1, -24660)
        level = shift32(sat32(level + 2 * 32588 * 32), 10)
        for i in range(4):
            level = sat32(level + 2 * GAIN_PREDICTOR[i] * self.past[i])
        level = 2 * (level >> 16) * 5439 >> 8
        self.expected = pow2(14, level >> 1 & 32767)
        self.exponent = 14 - (level >> 16)

    def code_gain(self, correction: int) -> int:
        """The code gain (Q1) that a correction (Q13) makes of the expected one."""
        scaled = product(correction >> 1, self.expected)
        return shift32(scaled, 4 - self.exponent) >> 16

    def learn(self, correction: int) -> None:
        """Remember how far the chosen gain was from the expected one (Q13)."""
        log: Wide = log2_q15(correction) - (13 << 15)
        decibel = shift32(log << 1, 13) >> 16
        self.push(decibel * 24660 >> 15)

    def learn_loss(self) -> None:
        """Remember a lost subframe: 4 dB below the mean, not below -14 dB."""
        total = 0
        for i in range(4):
            total += self.past[i]
        self.push(max((total >> 2) - LOSS_STEP, QUIETEST))

    def push(self, decibel: int) -> None:
        """Let ``decibel`` be the latest of the four."""
        for i in range(3, 0, -1):
            self.past[i] = self.past[i - 1]
        self.past[0] = decibel


class GainDecoder:
    """The two gains of each subframe."""

    predictor: GainPredictor
    pitch: int
    code: int

    def __init__(self) -> None:
        self.predictor = GainPredictor()
        self.pitch = self.code = 0

    def decode(self, word: int, code: Shorts) -> None:
        """Set both gains from a received 7-bit word."""
        a = 2 * GAIN_A_RECEIVED[word >> 4 & 7]
        b = 2 * GAIN_B_RECEIVED[word & 15]
        self.pitch = sat16(GAIN_A[a] + GAIN_B[b])
        self.predictor.predict(code)
        correction = GAIN_A[a + 1] + GAIN_B[b + 1]
        self.code = self.predictor.code_gain(correction)
        self.predictor.learn(correction)

    def conceal(self) -> None:
        """Let both gains decay over a lost subframe."""
        self.pitch = min(self.pitch * PITCH_DECAY >> 15, PITCH_DECAY)
        self.code = self.code * CODE_DECAY >> 15
        self.predictor.learn_loss()


def excite(excitation: Shorts, at: int, pitch_gain: int, code: Shorts, code_gain: int) -> None:
    """Turn 40 predicted samples into excitation: both vectors times their gains.

    The first product is below 2^30 by half and the code is within 1.8 in Q13, so the sum
    fits 32 bits before it is doubled.
    """
    for i in range(SUBFRAME):
        total: Wide = excitation[at + i] * pitch_gain
        total = sat32(2 * (total + code[i] * code_gain))
        excitation[at + i] = round16(shift32(total, 1))
