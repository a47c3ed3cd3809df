"""Linear prediction filters: residual, synthesis, and the codec's two high-pass filters.

G.729 §3.1 (pre-processing), §3.2.6, §4.1.6 (synthesis), §4.2.5 (post-processing).  Samples
are 16 bits wide and saturate; predictors are 11 coefficients in Q12.
"""

from sonnette.codecs.g729.speech.arithmetic import (
    GREATEST32,
    magnitude,
    peak,
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
from sonnette.codecs.g729.speech.widths import Ints, Short, Shorts, Table, Wide

FRAME = 80
SUBFRAME = 40
MEMORY = 10  # samples that a filter of order 10 looks back
HALF_FULL = (1 << 30) - 1
LOUDEST = 32768
TOP = (1 << 27) - 1  # of a sum that rounds to a 16-bit sample


def loudest(predictor: Shorts, at: int) -> int:
    """The greatest magnitude of samples for which no sum of this filter leaves 32 bits.

    Eleven products are at most that magnitude times the sum of the coefficients, and the
    Recommendation's sums hold twice that.  Most filters bear any 16-bit sample.
    """
    total = 1
    for i in range(11):
        total += magnitude(predictor[at + i])
    return HALF_FULL // total


def residual(predictor: Shorts, at: int, x: Shorts, x_at: int, y: Shorts, y_at: int) -> None:
    """Forty samples of A(z) x; ``x`` holds ten samples before ``x_at``."""
    limit = loudest(predictor, at)
    if limit < LOUDEST and peak(x, x_at - MEMORY, x_at + SUBFRAME) > limit:
        residual_saturating(predictor, at, x, x_at, y, y_at)
        return
    totals: Ints = [0] * 40
    for j in range(11):
        factor: Short = predictor[at + j]
        for n in range(SUBFRAME):
            totals[n] += factor * x[x_at + n - j]
    for n in range(SUBFRAME):
        y[y_at + n] = sat16((totals[n] + 2048) >> 12)


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
    limit = loudest(predictor, at)
    overflow = synthesise_freely(predictor, at, x, x_at, y, y_at)
    if limit < LOUDEST:
        heard = peak(y, y_at - MEMORY, y_at + SUBFRAME)
        if max(heard, peak(x, x_at, x_at + SUBFRAME)) > limit:
            return synthesise_saturating(predictor, at, x, x_at, y, y_at)
    return overflow


def synthesise_freely(
    predictor: Shorts, at: int, x: Shorts, x_at: int, y: Shorts, y_at: int
) -> bool:
    """The same with sums of 64 bits: right as long as no sample was too loud before.

    Written out, so that all but the last product is ready before the sample it waits for.
    """
    a1, a2, a3 = predictor[at + 1], predictor[at + 2], predictor[at + 3]
    a4, a5, a6 = predictor[at + 4], predictor[at + 5], predictor[at + 6]
    a7, a8, a9, a10 = predictor[at + 7], predictor[at + 8], predictor[at + 9], predictor[at + 10]
    overflow = False
    last = y[y_at - 1]
    for n in range(SUBFRAME):
        i = y_at + n
        total: Wide = x[x_at + n] * predictor[at]
        total -= a10 * y[i - 10]
        total -= a9 * y[i - 9]
        total -= a8 * y[i - 8]
        total -= a7 * y[i - 7]
        total -= a6 * y[i - 6]
        total -= a5 * y[i - 5]
        total -= a4 * y[i - 4]
        total -= a3 * y[i - 3]
        total -= a2 * y[i - 2]
        total -= a1 * last
        if total + 2048 > TOP or total < -TOP - 1:
            overflow = True
        last = sat16((total + 2048) >> 12)
        y[i] = last
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


def respond(predictor: Shorts, at: int, numerator: Shorts | Table, response: Shorts) -> None:
    """Forty samples of numerator(z) / A(z), written behind ten zeros.

    The numerator has 11 coefficients.
    """
    impulse: Shorts = [0] * 40
    for i in range(11):
        impulse[i] = numerator[i]
    synthesise(predictor, at, impulse, 0, response, MEMORY)


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

        Feedback is at most (7807 + 3733) / 2^15 times 2^31 and input at most 2 * 32768 *
        7596: together below 2^31, so that only the final shift can leave 32 bits.
        """
        y1, y2 = self.y1, self.y2
        for i in range(at, at + FRAME):
            x2 = self.x1
            self.x1 = self.x0
            self.x0 = samples[i]
            total: Wide = (self.x0 + x2) * INPUT_HIGHPASS_B[0] + self.x1 * INPUT_HIGHPASS_B[1]
            total += times(y2, INPUT_HIGHPASS_A[2]) + times(y1, INPUT_HIGHPASS_A[1])
            y2 = y1
            y1 = sat32(total << 4)
            samples[i] = round16(y1)
        self.y1, self.y2 = y1, y2


class OutputHighPass:
    """Post-processing: 100 Hz high-pass and multiplication by two (§4.2.5)."""

    x0: int
    x1: int
    y1: int
    y2: int

    def __init__(self) -> None:
        self.x0 = self.x1 = self.y1 = self.y2 = 0

    def run(self, samples: Shorts) -> None:
        """Filter 80 samples in place.

        Only the last two partial sums can leave 32 bits, and only when the whole is above a
        quarter of that, where the final shift is limited all the same.
        """
        y1, y2 = self.y1, self.y2
        for i in range(FRAME):
            x2 = self.x1
            self.x1 = self.x0
            self.x0 = samples[i]
            total: Wide = (self.x0 + x2) * OUTPUT_HIGHPASS_B[0] + self.x1 * OUTPUT_HIGHPASS_B[1]
            total += times(y2, OUTPUT_HIGHPASS_A[2]) + times(y1, OUTPUT_HIGHPASS_A[1])
            y2 = y1
            y1 = sat32(total << 3)
            samples[i] = round16(shift32(y1, 1))
        self.y1, self.y2 = y1, y2


def times(x: Wide, a: int) -> Wide:
    """Half of :func:`mult32`, for factors that keep it inside 32 bits."""
    return (x >> 1) * a >> 15
