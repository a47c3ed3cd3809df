"""Taming: keep the pitch gain where a decoder that has lost a frame could run away (§3.10).

Four zones of past excitation each have a worst-case error, in Q14, that a pitch gain
multiplies and every subframe adds one to.
"""

from sonnette.codecs.g729.speech.arithmetic import mult32, sat32, shift32
from sonnette.codecs.g729.speech.filters import SUBFRAME
from sonnette.codecs.g729.speech.tables import TAMING_ZONE
from sonnette.codecs.g729.speech.widths import Ints, Wide

ONE = 16384
TOO_MUCH = 983040000  # 60,000
INTERPOLATED = 10  # samples that interpolation reaches to either side


class Taming:
    """The four zones' errors, the latest zone first."""

    errors: Ints

    def __init__(self) -> None:
        self.errors = [0] * 4
        for i in range(4):
            self.errors[i] = ONE

    def is_needed(self, delay: int, third: int) -> bool:
        """Whether some excitation that this delay reads may be wrong by too much.

        A delay is 19 to 143, so that the last index is at most 152, the table's last.
        """
        start = delay + 1 if third > 0 else delay
        first = TAMING_ZONE[max(start - SUBFRAME - INTERPOLATED, 0)]
        last = TAMING_ZONE[start + INTERPOLATED - 2]
        worst = -1
        for zone in range(first, last + 1):
            worst = max(worst, self.errors[zone])
        return worst > TOO_MUCH

    def update(self, gain: int, delay: int) -> None:
        """Account for a subframe of this pitch gain (Q14) and integer delay."""
        worst = -1
        if delay < SUBFRAME:
            once = grown(self.errors[0], gain)
            worst = max(once, grown(once, gain))
        else:
            for zone in range(TAMING_ZONE[delay - SUBFRAME], TAMING_ZONE[delay - 1] + 1):
                worst = max(worst, grown(self.errors[zone], gain))
        for zone in range(3, 0, -1):
            self.errors[zone] = self.errors[zone - 1]
        self.errors[0] = worst


def grown(error: int, gain: int) -> int:
    """One and the error times the gain."""
    product: Wide = shift32(mult32(error, gain), 1)
    return sat32(product + ONE)
