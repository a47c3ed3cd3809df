"""Open-loop pitch: where weighted speech resembles itself (G.729 Annex A, A.3.4).

Only every second sample is looked at, so the signal is kept as its even and its odd
samples; a correlation is then a sum over neighbours.
"""

from sonnette.codecs.g729.speech.adaptive_codebook import GREATEST_DELAY
from sonnette.codecs.g729.speech.arithmetic import (
    correlate,
    energy,
    inverse_sqrt,
    magnitude,
    mult32_both,
    sat16,
)
from sonnette.codecs.g729.speech.lsp import wrap16
from sonnette.codecs.g729.speech.widths import Shorts, Wide

LENGTH = 223  # 143 past samples and a frame
QUIET = 1 << 20  # an energy below which the signal is scaled up
FIFTH = 6554  # 0.2
SAFE = 1 << 30  # half of what 32 bits hold


class OpenLoopPitch:
    """The weighted speech of a frame and before, split into even and odd samples."""

    even: Shorts
    odd: Shorts
    safe: bool
    correlation: int

    def __init__(self) -> None:
        self.even = [0] * 112
        self.odd = [0] * 112
        self.safe = False
        self.correlation = 0

    def search(self, weighted: Shorts) -> int:
        """The delay, 20 to 143, of the best of three ranges, short delays preferred."""
        self.load(weighted)
        short = self.best(20, 40, 1)
        short_score = self.score(short)
        middle = self.best(40, 80, 1)
        middle_score = self.score(middle)
        long = self.best_long()
        long_score = self.score(long)
        middle_score = prefer(middle_score, middle, long, long_score >> 2)
        short_score = prefer(short_score, short, middle, middle_score * FIFTH >> 15)
        if short_score < middle_score:
            short, short_score = middle, middle_score
        return long if short_score < long_score else short

    def load(self, weighted: Shorts) -> None:
        """Take 223 samples, an eighth of them where loud, eight times them where quiet.

        The Recommendation looks at the energy of the even samples only.  Where that and the
        odd samples' fit half of 32 bits, Cauchy-Schwarz keeps every partial sum of every
        correlation inside 32 bits.
        """
        even_power: Wide = 0
        odd_power: Wide = 0
        for i in range(111):
            even_power += weighted[2 * i] * weighted[2 * i]
            odd_power += weighted[2 * i + 1] * weighted[2 * i + 1]
        even_power += weighted[LENGTH - 1] * weighted[LENGTH - 1]
        right = 0
        if 2 * even_power > 2147483647:
            right = 3
        elif 2 * even_power < QUIET:
            right = -3
        for i in range(112):
            self.even[i] = shifted_sample(weighted[2 * i], right)
        for i in range(111):
            self.odd[i] = shifted_sample(weighted[2 * i + 1], right)
        if right < 0:
            odd_power *= 64
        self.safe = right > 0 or (even_power < SAFE and odd_power < SAFE)

    def at_delay(self, delay: int) -> int:
        """Twice the sum of 40 products of the frame and the signal ``delay`` before."""
        past = (GREATEST_DELAY - delay) >> 1
        if delay & 1:
            return correlate(self.odd, 71, self.even, past, self.safe)
        return correlate(self.odd, 71, self.odd, past, self.safe)

    def best(self, start: int, stop: int, step: int) -> int:
        """The delay of the greatest correlation in a range, kept in ``correlation``."""
        found = start
        self.correlation = self.at_delay(start)
        for k in range(1, (stop - start + step - 1) // step):
            correlation = self.at_delay(start + step * k)
            if correlation > self.correlation:
                found, self.correlation = start + step * k, correlation
        return found

    def best_long(self) -> int:
        """The same from 80 on: every second delay, then the neighbours of the best."""
        found = self.best(80, 143, 2)
        later = self.at_delay(found + 1)
        earlier = self.at_delay(found - 1)
        shift = 0
        if later > self.correlation:
            shift, self.correlation = 1, later
        if earlier > self.correlation:
            shift, self.correlation = -1, earlier
        return found + shift

    def score(self, delay: int) -> int:
        """The correlation just found at ``delay``, normalised by the past's energy."""
        past = (GREATEST_DELAY - delay) >> 1
        power = energy(self.even, past) if delay & 1 else energy(self.odd, past)
        return wrap16(mult32_both(self.correlation, inverse_sqrt(power)))


def shifted_sample(sample: int, right: int) -> int:
    """``sample`` shifted, limited to 16 bits."""
    return sat16(sample << -right) if right < 0 else sample >> right


def prefer(score: int, delay: int, longer: int, bonus: int) -> int:
    """A delay's score, raised where ``longer`` is about twice or three times it."""
    off = 2 * delay - longer
    if magnitude(off) < 5:
        score = sat16(score + bonus)
    if magnitude(off + delay) < 7:
        score = sat16(score + bonus)
    return score
