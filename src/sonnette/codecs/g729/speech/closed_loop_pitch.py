"""Closed-loop pitch: the delay whose excitation comes nearest to the target, and its gain.

G.729 §3.7 as simplified by A.3.7: correlation with the backward-filtered target only.
"""

from sonnette.codecs.g729.speech.adaptive_codebook import predict_excitation
from sonnette.codecs.g729.speech.arithmetic import (
    GREATEST32,
    LEAST32,
    abs32,
    are_safe,
    correlate,
    correlate_saturating,
    div16,
    energy,
    magnitude,
    norm32,
    peak,
    power,
    round16,
    sat16,
    sat32,
    shift16,
)
from sonnette.codecs.g729.speech.filters import MEMORY, SUBFRAME
from sonnette.codecs.g729.speech.widths import Ints, Shorts, Wide

LAST_REFINED = 84  # the longest first delay that is refined to a third
GREATEST_GAIN = 19661  # 1.2 in Q14
LEAST_UNSAFE = 1 << 30


def backward_filter(response: Shorts, target: Shorts, filtered: Shorts) -> None:
    """Correlation of the target with the response, scaled to 13 bits (§3.8.1, eq. 52).

    ``target`` is followed by 40 zeros.
    """
    sums: Ints = [0] * 40
    most = 0
    safe = are_safe(power(target, 0), power(response, 0))
    for i in range(SUBFRAME):
        sums[i] = correlate(target, i, response, 0, safe)
        most = max(most, abs32(sums[i]))
    right = 18 - min(norm32(most), 16)
    for i in range(SUBFRAME):
        filtered[i] = sums[i] >> right


class ClosedLoopPitch:
    """The chosen delay, third and gain, and the two correlations that gave the gain.

    ``mantissas`` and ``exponents`` are of the filtered excitation's energy and of its
    correlation with the target, as the gain quantiser wants them.
    """

    filtered: Shorts
    best: Shorts
    delay: int
    third: int
    mantissas: Shorts
    exponents: Shorts

    def __init__(self) -> None:
        self.filtered = [0] * 40
        self.best = [0] * 40
        self.delay = self.third = 0
        self.mantissas = [0] * 2
        self.exponents = [0] * 2

    def search(self, excitation: Shorts, at: int, low: int, high: int, refine: bool) -> None:
        """Find delay and third between ``low`` and ``high``; leave the excitation at ``at``.

        ``filtered`` is the backward-filtered target.  A first subframe's long delay is not
        refined: ``refine`` tells that any delay shall be.
        """
        total = 0
        for i in range(SUBFRAME):
            total += magnitude(self.filtered[i])
        safe = is_bounded(total, peak(excitation, at - high, at + SUBFRAME))
        most = LEAST32
        self.delay = low
        for delay in range(low, high + 1):
            found = correlate(self.filtered, 0, excitation, at - delay, safe)
            if found > most:
                self.delay, most = delay, found
        self.third = 0
        most = self.try_third(excitation, at, 0, total)
        if not refine and self.delay > LAST_REFINED:
            return
        copy_from(excitation, at, self.best)
        for third in range(-1, 2, 2):
            found = self.try_third(excitation, at, third, total)
            if found > most:
                self.third, most = third, found
                copy_from(excitation, at, self.best)
        for i in range(SUBFRAME):
            excitation[at + i] = self.best[i]

    def try_third(self, excitation: Shorts, at: int, third: int, total: int) -> int:
        """Predict at this third of the delay; how well that matches the target."""
        predict_excitation(excitation, at, self.delay, third)
        safe = is_bounded(total, peak(excitation, at, at + SUBFRAME))
        return correlate(self.filtered, 0, excitation, at, safe)

    def gain(self, target: Shorts, response: Shorts) -> int:
        """The gain (Q14, 0 to 1.2) of the filtered excitation that fits the target best.

        ``response`` is the filtered excitation from index 10 on (§3.7.3).
        """
        self.measure_energy(response)
        self.measure_match(target, response)
        if self.mantissas[1] <= 0:
            self.exponents[1] = 14
            self.mantissas[1] = sat16(-self.mantissas[1])
            return 0
        ratio = div16(self.mantissas[1] >> 1, self.mantissas[0])
        ratio = shift16(ratio, self.exponents[0] - self.exponents[1] - 1)
        self.mantissas[1] = -self.mantissas[1]
        return min(ratio, GREATEST_GAIN)

    def measure_energy(self, response: Shorts) -> None:
        """Energy of the filtered excitation; a sixteenth of it where it leaves 32 bits."""
        total: Wide = 2 * power(response, MEMORY) + 1
        right = 0
        if total > GREATEST32:
            quarter: Shorts = [0] * 40
            for i in range(SUBFRAME):
                quarter[i] = response[MEMORY + i] >> 2
            total = energy(quarter, 0)
            right = 4
        left = norm32(total)
        self.mantissas[0] = round16(total << left)
        self.exponents[0] = left - right - 15

    def measure_match(self, target: Shorts, response: Shorts) -> None:
        """Correlation of target and filtered excitation; a quarter of it where it overflows."""
        total = 0
        right = 0
        if are_safe(power(target, 0), power(response, MEMORY)):
            total = correlate(target, 0, response, MEMORY, True)
        elif overflows(target, response):
            quarter: Shorts = [0] * 40
            for i in range(SUBFRAME):
                quarter[i] = response[MEMORY + i] >> 2
            total = correlate_saturating(target, 0, quarter, 0, 0)
            right = 2
        else:
            total = correlate_saturating(target, 0, response, MEMORY, 0)
        left = norm32(total)
        self.mantissas[1] = round16(total << left)
        self.exponents[1] = left - right - 16


def overflows(target: Shorts, response: Shorts) -> bool:
    """Whether a partial sum of the correlation leaves 32 bits."""
    total: Wide = 0
    outside = False
    for i in range(SUBFRAME):
        term: Wide = target[i]
        term *= 2 * response[MEMORY + i]
        total += term
        outside = outside or total != sat32(total) or term > GREATEST32
    return outside


def is_bounded(total: Wide, most: int) -> bool:
    """Whether no sum of products can leave 32 bits: magnitudes that add up to ``total``
    times numbers of at most ``most``.
    """
    return total * most < LEAST_UNSAFE


def copy_from(source: Shorts, at: int, target: Shorts) -> None:
    """Copy a subframe that begins at ``at``."""
    for i in range(SUBFRAME):
        target[i] = source[at + i]
