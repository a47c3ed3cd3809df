"""The adaptive codebook: past excitation at a fractional delay, and the delay's code.

G.729 §3.7.2 (code of the delay), §3.7.1 with A.3.7 (interpolation), §4.1.2 and §4.1.3.  A
delay is an integer and a third (-1, 0 or 1); excitation before the current subframe stands
before it in the same buffer.
"""

from sonnette.codecs.g729.speech.arithmetic import peak, round16, sat32
from sonnette.codecs.g729.speech.filters import SUBFRAME
from sonnette.codecs.g729.speech.tables import PITCH_INTERPOLATION
from sonnette.codecs.g729.speech.widths import Shorts, Wide

LEAST_DELAY = 20
GREATEST_DELAY = 143
PAST = 154  # samples kept before a frame: the greatest delay and interpolation's reach
FRACTIONAL_CODES = 197  # codes of the first subframe that carry a third
REACH = 10  # samples that interpolation looks at to either side

# The interpolation filter of each third as twenty taps in the order of the samples
INTERPOLATION_TAPS = tuple(
    PITCH_INTERPOLATION[phase + 3 * (9 - k) if k < 10 else 3 - phase + 3 * (k - 10)]
    for phase in range(3)
    for k in range(20)
)

# The absolute coefficients of a third add up to at most 59,398.  A delay below 40 reads what
# was just written, at most 1.82 times the peak, and again 1.82 times that: twice 59,398 times
# 3.3 times the peak is below 2^31 up to this one.
SAFE_PEAK_INTERPOLATED = 5478


def predict_excitation(excitation: Shorts, at: int, delay: int, third: int) -> None:
    """Write 40 samples at ``at``: the past excitation, ``delay`` and ``-third``/3 ago."""
    start = at - delay
    phase = -third
    if phase < 0:
        phase += 3
        start -= 1
    if peak(excitation, at - delay - 10, at) <= SAFE_PEAK_INTERPOLATED:
        interpolate(excitation, at, start, phase)
    else:
        interpolate_saturating(excitation, at, start, phase)


def interpolate(x: Shorts, at: int, start: int, phase: int) -> None:
    """Forty samples at ``at`` from those at ``start``, ``phase`` thirds later."""
    first = start - REACH + 1
    taps = 2 * REACH * phase
    for j in range(SUBFRAME):
        total = 0
        for k in range(2 * REACH):
            total += x[first + j + k] * INTERPOLATION_TAPS[taps + k]
        x[at + j] = (total + 16384) >> 15


def interpolate_saturating(x: Shorts, at: int, start: int, phase: int) -> None:
    """The same with every partial sum limited to 32 bits, from the middle outwards."""
    for j in range(SUBFRAME):
        total: Wide = 0
        for i in range(REACH):
            early = x[start + j - i] * PITCH_INTERPOLATION[phase + 3 * i]
            late = x[start + j + 1 + i] * PITCH_INTERPOLATION[3 - phase + 3 * i]
            total = sat32(total + 2 * early)
            total = sat32(total + 2 * late)
        x[at + j] = round16(total)


def search_floor(delay: int) -> int:
    """The least delay that the second subframe may take after a first of ``delay``."""
    return min(max(delay - 5, LEAST_DELAY), GREATEST_DELAY - 9)


def first_delay(code: int) -> int:
    """The integer delay of an 8-bit code."""
    return (code + 2) // 3 + 19 if code < FRACTIONAL_CODES else code - 112


def first_third(code: int) -> int:
    """The third that goes with :func:`first_delay`."""
    return code - 3 * first_delay(code) + 58 if code < FRACTIONAL_CODES else 0


def second_delay(code: int, before: int) -> int:
    """The integer delay of a 5-bit code after a first subframe of delay ``before``."""
    return (code + 2) // 3 - 1 + search_floor(before)


def second_third(code: int) -> int:
    """The third that goes with :func:`second_delay`."""
    return code - 2 - 3 * ((code + 2) // 3 - 1)


def delay_parity(code: int) -> int:
    """The bit that makes the six upper bits of a first delay and itself odd (§3.7.2)."""
    parity = 1
    for bit in range(2, 8):
        parity ^= code >> bit & 1
    return parity


def delay_code(delay: int, third: int) -> int:
    """The 8-bit code of a first subframe's delay."""
    return 3 * delay - 58 + third if delay <= 85 else delay + 112
