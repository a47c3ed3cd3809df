"""Fixed-point operators of G.729: saturation, rounding, normalisation, division.

ITU-T G.191 (basic operators) and G.729 §5.  A 16-bit number and a 32-bit number are plain
integers here; every operator keeps its result in range, so that the compiled and the
interpreted form give the same bits.  An operator saturates where the Recommendation's
result depends on it; where it does not, callers add and multiply directly and prove the
bound beside the loop.
"""

from sonnette.codecs.g729.speech.tables import INVERSE_SQRT, LOG2, POW2
from sonnette.codecs.g729.speech.widths import Short, Shorts, Wide

GREATEST16 = 32767
LEAST16 = -32768
GREATEST32 = 2147483647
LEAST32 = -2147483648


def sat16(x: Wide) -> int:
    """``x`` limited to 16 bits."""
    return GREATEST16 if x > GREATEST16 else LEAST16 if x < LEAST16 else x


def sat32(x: Wide) -> int:
    """``x`` limited to 32 bits."""
    return GREATEST32 if x > GREATEST32 else LEAST32 if x < LEAST32 else x


def round16(x: Wide) -> int:
    """The upper half of a 32-bit number, rounded, limited to 16 bits."""
    return sat32(x + 32768) >> 16


def magnitude(x: int) -> int:
    """The absolute value of ``x``."""
    return -x if x < 0 else x


def abs32(x: Wide) -> int:
    """The absolute value of ``x``, limited to 32 bits."""
    return sat32(-x if x < 0 else x)


def product(a: Wide, b: Wide) -> int:
    """Twice the product of two 16-bit numbers; -1 times -1 is the greatest number."""
    return sat32(2 * a * b)


def mult16(a: int, b: int) -> int:
    """Q15 product, truncated; -1 times -1 is the greatest number."""
    return sat16(a * b >> 15)


def mult16_rounded(a: int, b: int) -> int:
    """Q15 product, rounded."""
    return sat16((a * b + 16384) >> 15)


def mult32(x: Wide, a: int) -> int:
    """A 32-bit number, less its last bit, times a Q15 number (G.729 §5.2, double precision)."""
    return sat32((x >> 1) * a >> 15 << 1)


def mult32_both(x: Wide, y: Wide) -> int:
    """Product of two 32-bit numbers in double precision: upper halves and cross terms."""
    cross = ((x >> 16) * (y >> 1 & 32767) >> 15) + ((x >> 1 & 32767) * (y >> 16) >> 15)
    return sat32(((x >> 16) * (y >> 16) + cross) << 1)


def shift16(x: int, left: int) -> int:
    """``x`` shifted left, or right where ``left`` is negative, limited to 16 bits."""
    if left < 0:
        return x >> min(-left, 15)
    value: Wide = x
    return sat16(value << min(left, 31))


def shift32(x: Wide, left: int) -> int:
    """``x`` shifted left, or right where ``left`` is negative, limited to 32 bits."""
    if left < 0:
        return x >> min(-left, 31)
    return sat32(x << min(left, 31))


def shift_right_rounded(x: Wide, right: int) -> int:
    """``x`` shifted right by at least one and rounded."""
    if right > 31:
        return 0
    return (x + (1 << (right - 1))) >> right


def norm32(x: int) -> int:
    """How far left a 32-bit number may be shifted; 0 for 0, 31 for -1."""
    if x == 0:
        return 0
    rest = x if x > 0 else -1 - x
    count = 0
    if rest < 1 << 15:
        count, rest = 16, rest << 16
    if rest < 1 << 23:
        count, rest = count + 8, rest << 8
    if rest < 1 << 27:
        count, rest = count + 4, rest << 4
    if rest < 1 << 29:
        count, rest = count + 2, rest << 2
    return count + 1 if rest < 1 << 30 else count


def norm16(x: int) -> int:
    """How far left a 16-bit number may be shifted; 0 for 0, 15 for -1."""
    return 15 if x == -1 else max(0, norm32(x) - 16)


def div16(part: int, whole: int) -> int:
    """Q15 quotient of 0 <= ``part`` <= ``whole``; the greatest number where they are equal."""
    if part >= whole:
        return GREATEST16
    return (part << 15) // whole


def div32(part: int, whole: int) -> int:
    """Q31 quotient of 0 < ``part`` < ``whole``, ``whole`` normalised (G.729 §5.2).

    The inverse of ``whole`` is taken to 16 bits and refined by one Newton step.
    """
    inverse = div16(16383, whole >> 16)
    rest = sat32(GREATEST32 - mult32(whole, inverse))
    refined = mult32(rest, inverse)
    return shift32(mult32_both(part, refined), 2)


def log2_q15(x: int) -> int:
    """Logarithm to the base 2 of ``x``, in Q15; 0 where ``x`` is not positive."""
    if x <= 0:
        return 0
    left = norm32(x)
    mantissa = x << left
    index = (mantissa >> 25) - 32
    rest = mantissa >> 10 & 32767
    step = LOG2[index] - LOG2[index + 1]
    fraction = ((LOG2[index] << 16) - 2 * step * rest) >> 16
    return ((30 - left) << 15) + fraction


def pow2(exponent: int, fraction: int) -> int:
    """Two to the power ``exponent`` (0 to 30) plus ``fraction`` (Q15)."""
    index = fraction >> 10
    rest = fraction << 5 & 32767
    step = POW2[index] - POW2[index + 1]
    return shift_right_rounded((POW2[index] << 16) - 2 * step * rest, 30 - exponent)


def inverse_sqrt(x: int) -> int:
    """One over the square root of ``x``, in Q30; 0x3FFFFFFF where ``x`` is not positive."""
    if x <= 0:
        return 0x3FFFFFFF
    left = norm32(x)
    mantissa = x << left
    exponent = 30 - left
    if exponent & 1 == 0:
        mantissa >>= 1
    index = (mantissa >> 25) - 16
    rest = mantissa >> 10 & 32767
    step = INVERSE_SQRT[index] - INVERSE_SQRT[index + 1]
    return ((INVERSE_SQRT[index] << 16) - 2 * step * rest) >> ((exponent >> 1) + 1)


def next_random(seed: int) -> int:
    """The 16-bit number that follows ``seed`` (G.729 §4.4.4): modulo 65536, two's complement."""
    value: Wide = seed
    value = (value * 31821 + 13849) & 65535
    return value - 65536 if value >= 32768 else value


def copy_within(buffer: Shorts, source: int, target: int, count: int) -> None:
    """Copy ``count`` numbers of ``buffer`` to a place before where they stand."""
    for i in range(count):
        buffer[target + i] = buffer[source + i]


def copy_shorts(source: Shorts, target: Shorts, count: int) -> None:
    """Copy the first ``count`` numbers."""
    for i in range(count):
        target[i] = source[i]


def energy(x: Shorts, at: int) -> int:
    """One and twice the sum of 40 squares, limited to 32 bits.

    A sum of squares only grows, so that limiting its end is limiting every step.
    """
    return sat32(2 * power(x, at) + 1)


def peak(x: Shorts, start: int, end: int) -> int:
    """The greatest magnitude from ``start`` to before ``end``."""
    low: Short = 0
    high: Short = 0
    for i in range(start, end):
        low = min(low, x[i])
        high = max(high, x[i])
    return max(high, -1 * low)


def correlate(x: Shorts, at: int, y: Shorts, other: int, safe: bool) -> int:
    """Twice the sum of 40 products of ``x`` from ``at`` and ``y`` from ``other``.

    Every partial sum is limited to 32 bits, unless the caller has proved it ``safe``.
    """
    if not safe:
        return correlate_saturating(x, at, y, other, 0)
    total = 0
    for i in range(40):
        total += x[at + i] * y[other + i]
    return 2 * total


def correlate_saturating(x: Shorts, at: int, y: Shorts, other: int, start: int) -> int:
    """``start`` and the sum of products, with every partial sum limited to 32 bits."""
    total: Wide = start
    for i in range(40):
        total = sat32(total + product(x[at + i], y[other + i]))
    return total


def power(x: Shorts, at: int) -> Wide:
    """The sum of 40 squares, in 32 bits where numbers of at most 7327 keep it there."""
    low: Short = 0
    high: Short = 0
    for i in range(at, at + 40):
        low = min(low, x[i])
        high = max(high, x[i])
    if low < -7327 or high > 7327:
        return power_wide(x, at)
    total = 0
    for i in range(at, at + 40):
        total += x[i] * x[i]
    return total


def power_wide(x: Shorts, at: int) -> Wide:
    """The sum of 40 squares in 64 bits."""
    total: Wide = 0
    for i in range(at, at + 40):
        total += x[i] * x[i]
    return total


def are_safe(x_power: Wide, y_power: Wide) -> bool:
    """Whether no partial sum of 40 products of two vectors of these powers, doubled, leaves
    32 bits: by Cauchy-Schwarz, where the product of the powers is below 2^60.
    """
    return ((x_power >> 6) + 1) * ((y_power >> 6) + 1) >> 48 == 0
