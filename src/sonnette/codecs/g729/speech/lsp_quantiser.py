"""Search of the LSP codebooks (G.729 §3.2.4).

For each of two predictors: the best row of L1 unweighted, then the best rows of L2 and L3
weighted, kept apart; the predictor with the lesser weighted error wins.
"""

from sonnette.codecs.g729.speech.arithmetic import norm16, peak, sat16, sat32
from sonnette.codecs.g729.speech.codebooks import (
    LSP_FIRST_STAGE,
    LSP_PREDICTOR,
    LSP_REMAINDER,
    LSP_REMAINDER_INVERSE,
    LSP_SECOND_STAGE,
)
from sonnette.codecs.g729.speech.lsp import ORDER, lsp_to_radians, radians_to_lsp
from sonnette.codecs.g729.speech.lsp_codebook import (
    FIRST_GAP,
    SECOND_GAP,
    LspPredictor,
    compose_speech,
    spread,
    sum_stages,
)
from sonnette.codecs.g729.speech.widths import Ints, Short, Shorts, Wide

FIRST_ROWS = 128
SECOND_ROWS = 32
FULL = 1 << 30  # half a distance that has left 32 bits
FLAT = 2048  # 1.0 in Q11
LOWEST_EDGE = 9221  # 1029 + 8192: 0.04 pi + 1 in Q13
HIGHEST_EDGE = 15485  # 23677 - 8192: 0.92 pi - 1 in Q13

# L1 with the first coefficient of every row first
FIRST_BY_COEFFICIENT = tuple(LSP_FIRST_STAGE[10 * i + j] for j in range(10) for i in range(128))
FIRST_LOWEST = tuple(min(LSP_FIRST_STAGE[j::10]) for j in range(10))
FIRST_HIGHEST = tuple(max(LSP_FIRST_STAGE[j::10]) for j in range(10))
NEAR = 10361  # 10 * 10361^2 < 2^30
NEAR_REST = 10000


def weigh(lsf: Shorts, weights: Shorts) -> None:
    """Weights of the error of each frequency: greater where its neighbours are near."""
    greatest = 0
    for i in range(ORDER):
        if i == 0:
            room = lsf[1] - LOWEST_EDGE
        elif i == ORDER - 1:
            room = HIGHEST_EDGE - lsf[ORDER - 2]
        else:
            room = sat16(sat16(lsf[i + 1] - lsf[i - 1]) - 8192)
        weights[i] = FLAT
        if sat16(room) <= 0:
            square: Wide = sat16(room) * sat16(room)
            square = sat32(8 * square) >> 16
            weights[i] = sat16((sat32(8 * square * 20480) >> 16) + FLAT)
        if i in (4, 5):
            stressed: Wide = weights[i]
            weights[i] = sat32(4 * stressed * 19661) >> 16
        greatest = max(greatest, weights[i])
    left = norm16(greatest)
    for i in range(ORDER):
        weights[i] = weights[i] << left


def nearest_first(element: Shorts) -> int:
    """The row of L1 nearest to ``element``.

    Half distances are kept less 2^30: at 0 the Recommendation's 32 bits are full and the
    row can no longer be chosen.  Where no coefficient is farther than 10,361 from any row,
    ten squares stay below 2^30 and need no limit.
    """
    distances: Ints = [0] * 128
    near = True
    for j in range(ORDER):
        near = near and FIRST_HIGHEST[j] - NEAR <= element[j] <= FIRST_LOWEST[j] + NEAR
    for i in range(FIRST_ROWS):
        distances[i] = -FULL
    for j in range(ORDER):
        if near:
            add_squares(distances, element[j], FIRST_ROWS * j)
        else:
            add_squares_limited(distances, element[j], FIRST_ROWS * j)
    best = 0
    least = 0
    for i in range(FIRST_ROWS):
        if distances[i] < least:
            best, least = i, distances[i]
    return best


def add_squares(distances: Ints, own: int, column: int) -> None:
    """Add the squared distance of one coefficient to every row of L1."""
    for i in range(FIRST_ROWS):
        off: Short = own - FIRST_BY_COEFFICIENT[column + i]
        distances[i] += off * off


def add_squares_limited(distances: Ints, own: int, column: int) -> None:
    """The same with every sum limited."""
    for i in range(FIRST_ROWS):
        off = sat16(own - FIRST_BY_COEFFICIENT[column + i])
        distances[i] = min(distances[i] + off * off, 0)


def nearest_second(element: Shorts, first: int, weights: Shorts, half: int) -> int:
    """The row of the second stage nearest to what the first leaves of one half.

    Its numbers are at most 2337: with a rest of at most 10,000 five weighted squares stay
    below 2^30.
    """
    rest: Shorts = [0] * 10
    for j in range(half, half + 5):
        rest[j] = sat16(element[j] - LSP_FIRST_STAGE[first * ORDER + j])
    if peak(rest, half, half + 5) > NEAR_REST:
        return nearest_second_limited(rest, weights, half)
    best = 0
    least = FULL
    for row in range(SECOND_ROWS):
        distance = 0
        for j in range(half, half + 5):
            off = rest[j] - LSP_SECOND_STAGE[row * ORDER + j]
            distance += (weights[j] * off >> 15) * off
        if distance < least:
            best, least = row, distance
    return best


def nearest_second_limited(rest: Shorts, weights: Shorts, half: int) -> int:
    """The same with every difference limited to 16 bits and sums of 64."""
    best = 0
    least: Wide = FULL
    for row in range(SECOND_ROWS):
        distance: Wide = 0
        for j in range(half, half + 5):
            off = sat16(rest[j] - LSP_SECOND_STAGE[row * ORDER + j])
            distance += (weights[j] * off >> 15) * off
        if distance < least:
            best, least = row, distance
    return best


class LspQuantiser:
    """Quantises a frame's LSPs; two words to send, and the LSPs that they mean."""

    predictor: LspPredictor
    rows: Shorts

    def __init__(self) -> None:
        self.predictor = LspPredictor()
        self.rows = [0] * 6

    def quantise(self, lsp: Shorts, quantised: Shorts, words: Shorts) -> None:
        """Choose two words, set ``quantised`` to their LSPs and move the predictor on."""
        lsf: Shorts = [0] * 10
        weights: Shorts = [0] * 10
        element: Shorts = [0] * 10
        lsp_to_radians(lsp, lsf)
        weigh(lsf, weights)
        first = self.try_mode(lsf, weights, 0)
        mode = 1 if self.try_mode(lsf, weights, 1) < first else 0
        at = 3 * mode
        words[0] = mode << 7 | self.rows[at]
        words[1] = self.rows[at + 1] << 5 | self.rows[at + 2]
        sum_stages(self.rows[at], self.rows[at + 1], self.rows[at + 2], element)
        compose_speech(self.predictor, element, mode, lsf)
        radians_to_lsp(lsf, quantised)

    def try_mode(self, lsf: Shorts, weights: Shorts, mode: int) -> int:
        """The weighted error that the best rows leave with a mode's predictor."""
        wanted: Shorts = [0] * 10
        element: Shorts = [0] * 10
        self.predictor.extract(lsf, wanted, LSP_REMAINDER_INVERSE, LSP_PREDICTOR, mode)
        first = nearest_first(wanted)
        second = nearest_second(wanted, first, weights, 0)
        third = nearest_second(wanted, first, weights, 5)
        self.rows[3 * mode] = first
        self.rows[3 * mode + 1] = second
        self.rows[3 * mode + 2] = third
        sum_stages(first, second, third, element)
        spread(element, FIRST_GAP)
        spread(element, SECOND_GAP)
        return weighted_error(element, wanted, weights, mode)


def weighted_error(element: Shorts, wanted: Shorts, weights: Shorts, mode: int) -> int:
    """Weighted distance of a codebook vector, in the domain of frequencies."""
    total: Wide = 0
    for j in range(ORDER):
        off: Wide = sat16(element[j] - wanted[j]) * LSP_REMAINDER[mode * ORDER + j] >> 15
        weighted = sat32(32 * weights[j] * off) >> 16
        total = sat32(total + 2 * weighted * off)
    return total
