"""From predictor to line spectral pairs: the roots of two polynomials on the unit circle.

G.729 §3.2.3 with A.3.2.3: fifty steps, two bisections and an interpolation.  The roots of
the sum and the difference polynomial alternate.
"""

from sonnette.codecs.g729.speech.arithmetic import (
    copy_shorts,
    div16,
    magnitude,
    mult32,
    norm16,
    sat16,
    sat32,
    shift32,
)
from sonnette.codecs.g729.speech.lsp import ORDER, wrap16
from sonnette.codecs.g729.speech.tables import ROOT_GRID
from sonnette.codecs.g729.speech.widths import Shorts, Wide

GRID_STEPS = 50
HALF_FULL_SUM = 1 << 30
PARITY = 6  # coefficients of each polynomial; the difference's stand behind the sum's


def predictor_to_lsp(predictor: Shorts, old: Shorts, lsp: Shorts) -> None:
    """Ten descending LSPs of a predictor, or ``old`` ones where not all roots are found."""
    terms: Shorts = [0] * 12
    found: Shorts = [0] * 10
    coarse = 0 if split(predictor, terms, 0) else 1
    if coarse:
        split(predictor, terms, 1)
    count = 0
    high = ROOT_GRID[0]
    at_high = chebyshev(high, terms, 0, coarse)
    step = 1
    while count < ORDER and step <= GRID_STEPS:
        low = ROOT_GRID[step]
        at_low = chebyshev(low, terms, PARITY * (count & 1), coarse)
        if at_low * at_high <= 0:
            found[count] = refine(low, high, terms, 2 * PARITY * (count & 1) + coarse)
            low = found[count]
            count += 1
            at_low = chebyshev(low, terms, PARITY * (count & 1), coarse)
        high, at_high = low, at_low
        step += 1
    copy_shorts(old, lsp, ORDER)
    if count == ORDER:
        copy_shorts(found, lsp, ORDER)


def split(predictor: Shorts, terms: Shorts, coarse: int) -> bool:
    """Write sum and difference polynomials in Q11, or Q10 where ``coarse``.

    False where a coefficient saturated, so that the coarse form is wanted.
    """
    fits = True
    terms[0] = terms[PARITY] = 2048 >> coarse
    for i in range(5):
        front = predictor[i + 1]
        back = predictor[ORDER - i]
        exact = ((front + back) >> (1 + coarse)) - terms[i]
        terms[i + 1] = sat16(exact)
        fits = fits and exact == terms[i + 1]
        exact = ((front - back) >> (1 + coarse)) + terms[PARITY + i]
        terms[PARITY + i + 1] = sat16(exact)
        fits = fits and exact == terms[PARITY + i + 1]
    return fits


def refine(low: int, high: int, terms: Shorts, which: int) -> int:
    """The root between two points: two bisections, then a straight line.

    ``which`` is the polynomial's place times two, plus one where it is coarse.
    """
    coarse = which & 1
    at = which >> 1
    at_low = chebyshev(low, terms, at, coarse)
    at_high = chebyshev(high, terms, at, coarse)
    for _ in range(2):
        middle = (low >> 1) + (high >> 1)
        at_middle = chebyshev(middle, terms, at, coarse)
        if at_low * at_middle <= 0:
            high, at_high = middle, at_middle
        else:
            low, at_low = middle, at_middle
    rise = sat16(at_high - at_low)
    if rise == 0:
        return low
    steep = min(magnitude(rise), 32767)
    left = norm16(steep)
    slope: Wide = 2 * sat16(high - low) * div16(16383, steep << left)
    slope = wrap16(slope >> (20 - left))
    if rise < 0:
        slope = -slope
    return sat16(low - wrap16(2 * at_low * slope >> 11))


def chebyshev(x: int, terms: Shorts, at: int, coarse: int) -> int:
    """The polynomial whose coefficients begin at ``at``, evaluated at a cosine (Q15).

    Sums are taken in 64 bits; where one has left half of 32 bits, all are taken again with
    every partial sum limited.
    """
    outside: Wide = 0
    before: Wide = 256 << 16 >> coarse
    last: Wide = (2 * x * (512 >> coarse) + 2 * terms[at + 1] * 4096) & -2
    for i in range(2, 5):
        twice: Wide = (last >> 1) * x >> 15 << 2
        total: Wide = twice - before
        outside |= (twice + HALF_FULL_SUM) | (total + HALF_FULL_SUM)
        before = last
        last = (total + 2 * terms[at + i] * 4096) & -2
        outside |= last + HALF_FULL_SUM
    total = ((last >> 1) * x >> 15 << 1) - before
    outside |= total + HALF_FULL_SUM
    if outside >> 31 != 0:
        return chebyshev_saturating(x, terms, at, coarse)
    return shift32(total + 2 * terms[at + 5] * 2048, 6 + coarse) >> 16


def chebyshev_saturating(x: int, terms: Shorts, at: int, coarse: int) -> int:
    """The same with every partial sum limited to 32 bits."""
    before = 256 << 16 >> coarse
    last = sat32(2 * x * (512 >> coarse) + 2 * terms[at + 1] * 4096) & -2
    for i in range(2, 5):
        total: Wide = less(shift32(mult32(last, x), 1), before)
        before = last
        last = sat32(total + 2 * terms[at + i] * 4096) & -2
    total = less(mult32(last, x), before)
    return shift32(sat32(total + 2 * terms[at + 5] * 2048), 6 + coarse) >> 16


def less(x: Wide, y: int) -> int:
    """``x`` less ``y``, the halves of ``y`` one after the other."""
    upper: Wide = y >> 16
    return sat32(sat32(x + sat32(-65536 * upper)) - (y & 65534))
