"""Quantiser of the two gains: unquantised optimum, preselection, search (G.729 §3.9.2).

A correlation is a 16-bit mantissa and an exponent.  The five are, by index: energy of the
filtered excitation (0), minus twice its correlation with the target (1), energy of the
filtered code (2), minus twice its correlation with the target (3), twice the correlation of
both (4).
"""

from sonnette.codecs.g729.speech.arithmetic import (
    GREATEST32,
    correlate,
    correlate_saturating,
    div16,
    energy,
    mult16,
    mult32,
    norm32,
    peak,
    product,
    round16,
    sat16,
    sat32,
    shift32,
)
from sonnette.codecs.g729.speech.codebooks import (
    GAIN_A,
    GAIN_A_SENT,
    GAIN_A_THRESHOLDS,
    GAIN_B,
    GAIN_B_SENT,
    GAIN_B_THRESHOLDS,
    GAIN_PRESELECTION,
    GAIN_PRESELECTION_WIDE,
)
from sonnette.codecs.g729.speech.filters import MEMORY, SUBFRAME
from sonnette.codecs.g729.speech.gains import GainPredictor
from sonnette.codecs.g729.speech.widths import Ints, Shorts, Wide

INVERSE = -17103  # of the preselection's determinant, Q19
TAMED_OPTIMUM = 481  # 0.94 in Q9
TAMED_LIMIT = 16383  # just below 1.0 in Q14
A_CHOICES = 4  # rows of GA that preselection leaves
B_CHOICES = 8
SAFE_PEAK_CODE = 6553  # 80 * 4096 * 6553 < 2^31


class GainQuantiser:
    """The gains of each subframe, quantised; ``tamed`` keeps the pitch gain below one."""

    predictor: GainPredictor
    mantissas: Shorts
    exponents: Shorts
    coefficients: Ints
    tamed: bool
    normal: int
    normal_exponent: int
    inverse: int
    inverse_exponent: int
    first_a: int
    first_b: int
    pitch: int
    code: int

    def __init__(self) -> None:
        self.predictor = GainPredictor()
        self.mantissas = [0] * 5
        self.exponents = [0] * 5
        self.coefficients = [0] * 5
        self.tamed = False
        self.normal = self.normal_exponent = self.inverse = self.inverse_exponent = 0
        self.first_a = self.first_b = self.pitch = self.code = 0

    def correlate(self, target: Shorts, pitch: Shorts, code: Shorts) -> None:
        """Set correlations 2 to 4; both filtered vectors begin at index 10.

        The code is taken an eighth as large, so that its energy fits.
        """
        eighth: Shorts = [0] * 40
        for i in range(SUBFRAME):
            eighth[i] = code[MEMORY + i] >> 3
        self.keep(2, energy(eighth, 0), 3)
        self.keep(3, correlate_from_one(target, 0, eighth), -7)
        self.mantissas[3] = sat16(-self.mantissas[3])
        self.keep(4, correlate_from_one(pitch, MEMORY, eighth), -7)

    def keep(self, index: int, value: int, exponent: int) -> None:
        """Keep a correlation as mantissa and exponent."""
        left = norm32(value)
        self.mantissas[index] = round16(value << left)
        self.exponents[index] = left + exponent

    def quantise(self, code: Shorts) -> int:
        """Choose ``pitch`` and ``code`` gain; the 7-bit word to send."""
        self.predictor.predict(code)
        self.invert()
        pitch = self.optimum(2, 1, 3, 24)
        if self.tamed:
            pitch = min(pitch, TAMED_OPTIMUM)
        self.preselect(pitch, self.optimum(0, 3, 1, 17))
        self.weigh()
        return self.choose()

    def subtract(self, one: int, one_exponent: int, other: int, other_exponent: int) -> None:
        """The normalised difference of two numbers, each with an exponent."""
        low = min(one_exponent, other_exponent)
        total: Wide = shift32(one, low - one_exponent)
        value = sat32(total - shift32(other, low - other_exponent))
        left = norm32(value)
        self.normal = value << left >> 16
        self.normal_exponent = low + left - 16

    def invert(self) -> None:
        """Minus the inverse of the determinant of the two vectors' correlations."""
        one = product(self.mantissas[0], self.mantissas[2])
        other = product(self.mantissas[4], self.mantissas[4])
        exponent = self.exponents[0] + self.exponents[2] - 1
        self.subtract(one, exponent, other, 2 * self.exponents[4] + 1)
        self.inverse = -div16(16384, self.normal)
        self.inverse_exponent = 29 - self.normal_exponent

    def optimum(self, own: int, wanted: int, other: int, right: int) -> int:
        """The unquantised gain of one vector; the other's correlations enter through 4."""
        one = product(self.mantissas[own], self.mantissas[wanted])
        exponent = self.exponents[own] + self.exponents[wanted]
        cross = product(self.mantissas[other], self.mantissas[4])
        cross_exponent = self.exponents[other] + self.exponents[4] + 1
        low = min(exponent, cross_exponent)
        total: Wide = shift32(one, low - exponent - 1)
        value = sat32(total - shift32(cross, low - cross_exponent - 1))
        left = norm32(value)
        gain = product(value << left >> 16, self.inverse)
        scale = low - 1 + left - 16 + self.inverse_exponent - right
        return shift32(gain, -scale) >> 16

    def preselect(self, pitch: int, code: int) -> None:
        """Find where the four rows of GA and eight of GB near the optimum begin (eq. 70ff)."""
        expected = shift32(self.predictor.expected, 20 - self.predictor.exponent) >> 16
        if self.predictor.exponent >= 4:
            expected = self.predictor.expected >> min(self.predictor.exponent - 4, 15)
        own: Wide = 2 * GAIN_PRESELECTION[0] * pitch
        mixed: Wide = 2 * (sat32(own + (GAIN_PRESELECTION_WIDE[3] >> 15)) >> 16) * expected
        x = shift32(sat32(shift32(code, 7) - mixed), 2) >> 16
        rest: Wide = mult16(sat32(own - (GAIN_PRESELECTION_WIDE[1] >> 10)) >> 16, expected)
        code_part: Wide = 2 * GAIN_PRESELECTION[0] * code
        y = shift32(sat32(2 * rest * GAIN_PRESELECTION[2] - (code_part >> 3)), 2) >> 16
        self.first_a = self.first_b = 0
        sign = 1 if expected > 0 else -1
        while self.first_a < A_CHOICES:
            threshold = 2 * GAIN_A_THRESHOLDS[self.first_a] * expected >> 3
            if (2 * y * INVERSE - threshold) * sign <= 0:
                break
            self.first_a += 1
        while self.first_b < B_CHOICES:
            threshold = 2 * GAIN_B_THRESHOLDS[self.first_b] * expected >> 5
            if (2 * x * INVERSE - threshold) * sign <= 0:
                break
            self.first_b += 1

    def weigh(self) -> None:
        """Bring the correlations to one exponent, each for its product of gains."""
        exponent = self.predictor.exponent
        self.exponents[0] += 13
        self.exponents[1] += 14
        self.exponents[2] += 2 * exponent - 21
        self.exponents[3] += exponent - 3
        self.exponents[4] += exponent - 4
        least = self.exponents[0]
        for i in range(1, 5):
            least = min(least, self.exponents[i])
        for i in range(5):
            wide: Wide = self.mantissas[i]
            self.coefficients[i] = shift32(wide * 65536, least - self.exponents[i])

    def choose(self) -> int:
        """Search the preselected rows; set both gains and return their word."""
        least = GREATEST32
        best_a, best_b = self.first_a, self.first_b
        for a in range(self.first_a, self.first_a + A_CHOICES):
            for b in range(self.first_b, self.first_b + B_CHOICES):
                pitch = GAIN_A[2 * a] + GAIN_B[2 * b]
                if self.tamed and pitch >= TAMED_LIMIT:
                    continue
                correction = GAIN_A[2 * a + 1] + GAIN_B[2 * b + 1]
                error = self.error(pitch, self.predictor.expected * (correction >> 1) >> 15)
                if error < least:
                    best_a, best_b, least = a, b, error
        self.pitch = GAIN_A[2 * best_a] + GAIN_B[2 * best_b]
        correction = GAIN_A[2 * best_a + 1] + GAIN_B[2 * best_b + 1]
        self.code = self.predictor.code_gain(correction)
        self.predictor.learn(correction)
        return GAIN_A_SENT[best_a] << 4 | GAIN_B_SENT[best_b]

    def error(self, pitch: int, code: int) -> int:
        """The squared error of a pair of gains, less the target's energy."""
        total: Wide = mult32(self.coefficients[0], pitch * pitch >> 15)
        total = sat32(total + mult32(self.coefficients[1], pitch))
        total = sat32(total + mult32(self.coefficients[2], code * code >> 15))
        total = sat32(total + mult32(self.coefficients[3], code))
        return sat32(total + mult32(self.coefficients[4], code * pitch >> 15))


def correlate_from_one(x: Shorts, at: int, eighth: Shorts) -> int:
    """One and twice the sum of 40 products with a code vector of at most 4096."""
    if peak(x, at, at + SUBFRAME) <= SAFE_PEAK_CODE:
        return correlate(x, at, eighth, 0, True) + 1
    return correlate_saturating(x, at, eighth, 0, 1)
