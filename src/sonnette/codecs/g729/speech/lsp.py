"""Line spectral pairs: to and from frequencies, and back to predictor coefficients.

G.729 §3.2.3 (frequencies), §3.2.5 (interpolation), §3.2.6 (predictor).  An LSP is a cosine
in Q15; an LSF is an angle, in radians (Q13) for the quantiser and normalised to 0..0.5
(Q15) for voice activity detection.  A predictor has 11 coefficients in Q12, the first 1.0.
"""

from sonnette.codecs.g729.speech.arithmetic import (
    mult32,
    sat16,
    sat32,
    shift32,
    shift_right_rounded,
)
from sonnette.codecs.g729.speech.tables import (
    ACOS_SLOPE_64,
    ACOS_SLOPE_65,
    COSINE_64,
    COSINE_65,
    COSINE_SLOPE_64,
)
from sonnette.codecs.g729.speech.widths import Ints, Shorts, Wide

ORDER = 10
TERMS = 11  # coefficients of a predictor


def radians_to_lsp(lsf: Shorts, lsp: Shorts) -> None:
    """Cosines of ten angles in radians, Q13."""
    for i in range(ORDER):
        angle = lsf[i] * 20861 >> 15
        index = min(angle >> 8, 63)
        lsp[i] = sat16(COSINE_64[index] + (COSINE_SLOPE_64[index] * (angle & 255) >> 12))


def lsp_to_radians(lsp: Shorts, lsf: Shorts) -> None:
    """Angles in radians, Q13, of ten descending cosines."""
    index = 63
    for i in range(ORDER - 1, -1, -1):
        while index > 0 and COSINE_64[index] < lsp[i]:
            index -= 1
        offset = sat16(lsp[i] - COSINE_64[index])
        angle = sat16((index << 9) + (ACOS_SLOPE_64[index] * offset >> 11))
        lsf[i] = angle * 25736 >> 15


def lsp_to_frequency(lsp: Shorts, lsf: Shorts) -> None:
    """Frequencies of 0 to 0.5, Q15, of ten descending cosines."""
    index = 63
    for i in range(ORDER - 1, -1, -1):
        while index > 0 and COSINE_65[index] < lsp[i]:
            index -= 1
        offset = sat16(lsp[i] - COSINE_65[index])
        lsf[i] = sat16((index << 8) + ((ACOS_SLOPE_65[index] * offset + 2048) >> 12))


def expand_polynomial(lsp: Shorts, first: int, terms: Ints) -> None:
    """The product of (1 - 2 lsp z + z^2) over every second LSP from ``first``, Q24."""
    terms[0] = 1 << 24
    terms[1] = -lsp[first] << 10
    for i in range(2, 6):
        cosine = lsp[first + 2 * i - 2]
        terms[i] = terms[i - 2]
        for j in range(i, 1, -1):
            twice = shift32(mult32(terms[j - 1], cosine), 1)
            total: Wide = terms[j]
            total = sat32(total + terms[j - 2])
            terms[j] = sat32(total - twice)
        terms[1] = sat32(terms[1] - (cosine << 10))


def lsp_to_predictor(lsp: Shorts, predictor: Shorts, at: int) -> None:
    """The 11 coefficients that ten LSPs stand for, written from index ``at``."""
    symmetric: Ints = [0] * 6
    antisymmetric: Ints = [0] * 6
    expand_polynomial(lsp, 0, symmetric)
    expand_polynomial(lsp, 1, antisymmetric)
    for i in range(5, 0, -1):
        total: Wide = symmetric[i]
        symmetric[i] = sat32(total + symmetric[i - 1])
        total = antisymmetric[i]
        antisymmetric[i] = sat32(total - antisymmetric[i - 1])
    predictor[at] = 4096
    for i in range(1, 6):
        total = symmetric[i]
        predictor[at + i] = wrap16(shift_right_rounded(sat32(total + antisymmetric[i]), 13))
        predictor[at + TERMS - i] = wrap16(shift_right_rounded(sat32(total - antisymmetric[i]), 13))


def wrap16(x: Wide) -> int:
    """The lower 16 bits as a signed number: where the Recommendation drops the upper half."""
    return ((x + 32768) & 65535) - 32768


def interpolate_predictors(old: Shorts, new: Shorts, predictors: Shorts) -> None:
    """Both subframes' predictors: of the mean of old and new LSPs, and of the new ones."""
    middle: Shorts = [0] * 10
    for i in range(ORDER):
        middle[i] = (new[i] >> 1) + (old[i] >> 1)
    lsp_to_predictor(middle, predictors, 0)
    lsp_to_predictor(new, predictors, TERMS)


def weight_predictor(predictor: Shorts, at: int, factor: int, weighted: Shorts, into: int) -> None:
    """A(z/factor): coefficient i times factor (Q15) to the power i, rounded."""
    power = factor
    weighted[into] = predictor[at]
    for i in range(1, TERMS):
        weighted[into + i] = (predictor[at + i] * power + 16384) >> 15
        power = (power * factor + 16384) >> 15
