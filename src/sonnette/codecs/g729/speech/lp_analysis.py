"""Linear prediction analysis: window, autocorrelation, lag window, Levinson-Durbin.

G.729 §3.2.1 and §3.2.2.  A correlation is a 32-bit number whose last bit is 0, the form in
which the Recommendation's double precision keeps it.
"""

from sonnette.codecs.g729.speech.arithmetic import (
    abs32,
    div32,
    magnitude,
    mult32_both,
    norm32,
    round16,
    sat32,
    shift32,
)
from sonnette.codecs.g729.speech.lsp import ORDER
from sonnette.codecs.g729.speech.tables import LAG_WINDOW_HIGH, LAG_WINDOW_LOW, WINDOW
from sonnette.codecs.g729.speech.widths import Ints, Shorts, Wide

WINDOW_LENGTH = 240
SPEECH_LAGS = 11  # 0 to 10, for prediction
ALL_LAGS = 13  # two more for voice activity detection
LEAST_STABLE = 32750  # a greater reflection coefficient (Q15) is unstable


class Autocorrelation:
    """The correlations of a window of speech, as powers of two of ``exponent``."""

    windowed: Shorts
    raw: Ints
    smoothed: Ints
    exponent: int

    def __init__(self) -> None:
        self.windowed = [0] * 240
        self.raw = [0] * 13
        self.smoothed = [0] * 13
        self.exponent = 0

    def analyse(self, speech: Shorts, lags: int) -> None:
        """Correlate 240 samples; ``smoothed`` are the correlations times the lag window."""
        for i in range(WINDOW_LENGTH):
            self.windowed[i] = (speech[i] * WINDOW[i] + 16384) >> 15
        power = self.scale()
        left = norm32(power)
        self.exponent -= left
        self.raw[0] = power << left & -2
        for lag in range(1, lags):
            self.raw[lag] = 2 * self.at_lag(lag) << left & -2
        self.smoothed[0] = self.raw[0]
        for lag in range(1, lags):
            factor = LAG_WINDOW_HIGH[lag - 1] * 65536 + LAG_WINDOW_LOW[lag - 1] * 2
            self.smoothed[lag] = mult32_both(self.raw[lag], factor) & -2

    def scale(self) -> int:
        """Twice the energy and one, after quartering the samples until it fits 32 bits."""
        self.exponent = 1
        while True:
            total: Wide = 0
            for i in range(WINDOW_LENGTH):
                total += self.windowed[i] * self.windowed[i]
            if 2 * total + 1 <= 2147483647:
                return 2 * total + 1
            for i in range(WINDOW_LENGTH):
                self.windowed[i] >>= 2
            self.exponent += 4

    def at_lag(self, lag: int) -> int:
        """Half a correlation: by Cauchy-Schwarz no partial sum exceeds half the energy."""
        total = 0
        for i in range(WINDOW_LENGTH - lag):
            total += self.windowed[i] * self.windowed[i + lag]
        return total


class Levinson:
    """Solves for the predictor; an unstable one leaves the last in place (§3.2.2)."""

    predictor: Shorts
    first_reflection: int
    second_reflection: int
    error: int

    def __init__(self) -> None:
        self.predictor = [0] * 11
        self.predictor[0] = 4096
        self.first_reflection = self.second_reflection = 0
        self.error = 0

    def solve(self, r: Ints) -> bool:
        """Set the predictor (Q12), reflections (Q15) and error from 11 correlations.

        False where a reflection came out unstable and nothing was set.
        """
        a: Ints = [0] * 11
        k = -signed(div32(abs32(r[1]), r[0]), r[1])
        first = k >> 16
        second = 0
        a[1] = k >> 4 & -2
        rest = mult32_both(r[0], rest_of(k))
        exponent = norm32(rest)
        rest = rest << exponent & -2
        for i in range(2, ORDER + 1):
            total = forward_error(r, a, i)
            k = shift32(-signed(div32(abs32(total), rest), total), exponent)
            if i == 2:
                second = k >> 16
            if magnitude(k >> 16) > LEAST_STABLE:
                return False
            step_up(a, i, k)
            rest = mult32_both(rest, rest_of(k))
            left = norm32(rest)
            rest = rest << left & -2
            exponent += left
        self.first_reflection = first
        self.second_reflection = second
        self.error = (rest >> 16) >> min(exponent, 15)
        for i in range(1, ORDER + 1):
            self.predictor[i] = round16(shift32(a[i], 1))
        return True


def signed(x: int, sign: int) -> int:
    """``x`` where ``sign`` is positive, else minus ``x``."""
    return x if sign > 0 else -x


def rest_of(k: int) -> int:
    """One less the square of a Q31 number."""
    square: Wide = abs32(mult32_both(k, k))
    return sat32(2147483647 - square)


def forward_error(r: Ints, a: Ints, i: int) -> int:
    """The correlation that the predictor of order ``i`` - 1 leaves at lag ``i``."""
    total: Wide = 0
    for j in range(1, i):
        total = sat32(total + mult32_both(r[j], a[i - j]))
    total = shift32(total, 4)
    return sat32(total + r[i])


def step_up(a: Ints, i: int, k: int) -> None:
    """Raise the predictor ``a`` (Q27) to order ``i`` with the reflection ``k``."""
    raised: Ints = [0] * 11
    for j in range(1, i):
        term: Wide = mult32_both(k, a[i - j])
        raised[j] = sat32(term + a[j]) & -2
    for j in range(1, i):
        a[j] = raised[j]
    a[i] = k >> 4 & -2
