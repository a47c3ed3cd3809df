"""Linear prediction filters: residual, synthesis, and the codec's two high-pass filters.

G.729 §3.1 (pre-processing), §3.2.6, §4.1.6 (synthesis), §4.2.5 (post-processing).  Samples
are 16 bits wide and saturate; predictors are 11 coefficients in Q12.
"""

from sonnette.codecs.g729.speech.arithmetic import (
    GREATEST32,
    magnitude,
    mult32,
    product,
    round16,
    sat16,
    sat32,
    shift32,
)
from sonnette.codecs.g729.speech.tables import (
    INPUT_HIGHPASS_A,
    INPUT_HIGHPASS_B,
    OUTPUT_HIGHPASS_A,
    OUTPUT_HIGHPASS_B,
)
from sonnette.codecs.g729.speech.widths import Shorts, Table, Wide

FRAME = 80
SUBFRAME = 40
MEMORY = 10  # samples that a filter of order 10 looks back
TAME_SUM = 32768  # of a predictor's absolute coefficients, in Q12


def is_tame(predictor: Shorts, at: int) -> bool:
    """Whether no sum of this filter can leave 32 bits, whatever the samples.

    Eleven products of 16-bit samples are at most 32768 times the sum of the coefficients,
    and the Recommendation's sums hold twice that: below 2^31 while the sum is below 32768.
    """
    total = 0
    for i in range(11):
        total += magnitude(predictor[at + i])
    return total < TAME_SUM


def residual(predictor: Shorts, at: int, x: Shorts, x_at: int, y: Shorts, y_at: int) -> None:
    """Forty samples of A(z) x; ``x`` holds ten samples before ``x_at``."""
    if not is_tame(predictor, at):
        residual_saturating(predictor, at, x, x_at, y, y_at)
        return
    for n in range(SUBFRAME):
        total = 0
        for j in range(11):
            total += predictor[at + j] * x[x_at + n - j]
        y[y_at + n] = sat16((total + 2048) >> 12)


def residual_saturating(
    predictor: Shorts, at: int, x: Shorts, x_at: int, y: Shorts, y_at: int
) -> None:
    """The same with every partial sum limited to 32 bits."""
    for n in range(SUBFRAME):
        total: Wide = 0
        for j in range(11):
            total = sat32(total + product(predictor[at + j], x[x_at + n - j]))
        y[y_at + n] = round16(shift32(total, 3))


def synthesise(predictor: Shorts, at: int, x: Shorts, x_at: int, y: Shorts, y_at: int) -> bool:
    """Forty samples of x / A(z); ``y`` holds ten samples before ``y_at``.

    True where a sum left 32 bits, which tells the decoder to start again (§4.1.6).
    """
    if not is_tame(predictor, at):
        return synthesise_saturating(predictor, at, x, x_at, y, y_at)
    overflow = False
    for n in range(SUBFRAME):
        total = x[x_at + n] * predictor[at]
        for j in range(10, 0, -1):
            total -= predictor[at + j] * y[y_at + n - j]
        sample = (total + 2048) >> 12
        if sample > 32767 or total < -(1 << 27):
            overflow = True
        y[y_at + n] = sat16(sample)
    return overflow


def synthesise_saturating(
    predictor: Shorts, at: int, x: Shorts, x_at: int, y: Shorts, y_at: int
) -> bool:
    """The same with every partial sum limited to 32 bits."""
    overflow = False
    for n in range(SUBFRAME):
        total: Wide = 2 * x[x_at + n] * predictor[at]
        for j in range(1, 11):
            term: Wide = predictor[at + j]
            term *= -2 * y[y_at + n - j]
            exact: Wide = total + max(term, -GREATEST32)
            total = sat32(exact)
            overflow = overflow or total != exact or term < -GREATEST32
        exact = (total << 3) + 32768
        total = sat32(exact)
        overflow = overflow or total != exact
        y[y_at + n] = total >> 16
    return overflow


def respond(
    predictor: Shorts, at: int, numerator: Shorts | Table, response: Shorts, count: int
) -> None:
    """The first ``count`` samples of numerator(z) / A(z), written behind ten zeros.

    The numerator has 11 coefficients, the response room for 50 samples.
    """
    if not is_tame(predictor, at):
        impulse: Shorts = [0] * 40
        for i in range(11):
            impulse[i] = numerator[i]
        synthesise_saturating(predictor, at, impulse, 0, response, MEMORY)
        return
    for n in range(MEMORY, MEMORY + count):
        total = numerator[n - MEMORY] * predictor[at] if n < MEMORY + 11 else 0
        for j in range(1, 11):
            total -= predictor[at + j] * response[n - j]
        response[n] = sat16((total + 2048) >> 12)


class InputHighPass:
    """Pre-processing: 140 Hz high-pass and division by two (§3.1)."""

    x0: int
    x1: int
    y1: int
    y2: int

    def __init__(self) -> None:
        self.x0 = self.x1 = self.y1 = self.y2 = 0

    def run(self, samples: Shorts, at: int) -> None:
        """Filter 80 samples in place.

        The numerator is at most 32768 * (1899 + 3798 + 1899) and the denominator's gain is
        bounded by a stable filter, so only the final shift can saturate.
        """
        for i in range(at, at + FRAME):
            x2 = self.x1
            self.x1 = self.x0
            self.x0 = samples[i]
            total: Wide = mult32(self.y1, INPUT_HIGHPASS_A[1])
            total = sat32(total + mult32(self.y2, INPUT_HIGHPASS_A[2]))
            for_input: Wide = self.x0 + x2
            total += 2 * (for_input * INPUT_HIGHPASS_B[0] + self.x1 * INPUT_HIGHPASS_B[1])
            self.y2 = self.y1
            self.y1 = shift32(sat32(total), 3)
            samples[i] = round16(self.y1)


class OutputHighPass:
    """Post-processing: 100 Hz high-pass and multiplication by two (§4.2.5)."""

    x0: int
    x1: int
    y1: int
    y2: int

    def __init__(self) -> None:
        self.x0 = self.x1 = self.y1 = self.y2 = 0

    def run(self, samples: Shorts) -> None:
        """Filter 80 samples in place."""
        for i in range(FRAME):
            x2 = self.x1
            self.x1 = self.x0
            self.x0 = samples[i]
            total: Wide = mult32(self.y1, OUTPUT_HIGHPASS_A[1])
            total = sat32(total + mult32(self.y2, OUTPUT_HIGHPASS_A[2]))
            total = sat32(total + 2 * self.x0 * OUTPUT_HIGHPASS_B[0])
            total = sat32(total + 2 * self.x1 * OUTPUT_HIGHPASS_B[1])
            total = sat32(total + 2 * x2 * OUTPUT_HIGHPASS_B[2])
            self.y2 = self.y1
            self.y1 = shift32(total, 2)
            samples[i] = round16(shift32(self.y1, 1))
