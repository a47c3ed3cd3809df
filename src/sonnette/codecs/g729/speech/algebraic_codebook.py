"""The algebraic codebook: four signed pulses among forty places (G.729 §3.8, §4.1.4)."""

from sonnette.codecs.g729.speech.arithmetic import sat16
from sonnette.codecs.g729.speech.filters import SUBFRAME
from sonnette.codecs.g729.speech.widths import Shorts

PULSE = 8191  # one, in Q13
LEAST_SHARPENING = 3277  # 0.2 in Q14
GREATEST_SHARPENING = 13017  # 0.7945


def place_pulses(positions: int, signs: int, code: Shorts) -> None:
    """The code vector of a 13-bit position word and a 4-bit sign word, Q13."""
    for i in range(SUBFRAME):
        code[i] = 0
    for track in range(4):
        place = (positions >> 3 * track & 7) * 5 + track
        if track == 3:
            place = (positions >> 10 & 7) * 5 + 3 + (positions >> 9 & 1)
        code[place] = PULSE if signs >> track & 1 else -PULSE - 1


def sharpen(code: Shorts, delay: int, sharpening: int) -> None:
    """Repeat ``code`` after ``delay`` samples, times ``sharpening`` (Q14) (§3.8, eq. 48)."""
    factor = sat16(2 * sharpening)
    for i in range(delay, SUBFRAME):
        code[i] = sat16(code[i] + (code[i - delay] * factor >> 15))


def sharpening_of(pitch_gain: int) -> int:
    """How strongly the next code is to be repeated after this pitch gain, both in Q14."""
    return min(max(pitch_gain, LEAST_SHARPENING), GREATEST_SHARPENING)
