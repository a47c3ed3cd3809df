"""The predictive LSP quantiser seen from its codebook (G.729 §3.2.4, §4.1.1 and §4.4.1).

Frequencies are in radians, Q13.  A quantised vector is the codebook's sum, spread apart,
plus a prediction from the four vectors before it.
"""

from sonnette.codecs.g729.speech.arithmetic import copy_shorts, sat16, sat32
from sonnette.codecs.g729.speech.codebooks import (
    LSF_RESET,
    LSP_FIRST_STAGE,
    LSP_PREDICTOR,
    LSP_REMAINDER,
    LSP_REMAINDER_INVERSE,
    LSP_SECOND_STAGE,
)
from sonnette.codecs.g729.speech.lsp import ORDER, radians_to_lsp
from sonnette.codecs.g729.speech.widths import Shorts, Table, Wide

FIRST_GAP = 10  # 0.0012 in Q13, as are the others
SECOND_GAP = 5
STABLE_GAP = 321
LEAST_LSF = 40
GREATEST_LSF = 25681
HISTORY = 40  # four vectors of ten


class LspPredictor:
    """The MA predictor's memory: four past codebook vectors, the latest first."""

    past: Shorts

    def __init__(self) -> None:
        self.past = [0] * 40
        for i in range(HISTORY):
            self.past[i] = LSF_RESET[i % ORDER]

    def compose(self, element: Shorts, remainder: Table, weights: Table, mode: int) -> None:
        """Turn ``element`` into frequencies: its share and the prediction of ``mode``."""
        for j in range(ORDER):
            total: Wide = element[j] * remainder[mode * ORDER + j]
            for k in range(0, HISTORY, ORDER):
                total += self.past[k + j] * weights[mode * HISTORY + k + j]
            element[j] = sat32(total << 1) >> 16

    def extract(
        self, lsf: Shorts, element: Shorts, inverse: Table, weights: Table, mode: int
    ) -> None:
        """The codebook vector that would compose to ``lsf``."""
        for j in range(ORDER):
            total: Wide = lsf[j] << 15
            for k in range(0, HISTORY, ORDER):
                total -= self.past[k + j] * weights[mode * HISTORY + k + j]
            rest: Wide = sat32(total << 1) >> 16
            element[j] = sat32(rest * inverse[mode * ORDER + j] << 4) >> 16

    def push(self, element: Shorts) -> None:
        """Remember ``element`` as the latest codebook vector."""
        for i in range(HISTORY - 1, ORDER - 1, -1):
            self.past[i] = self.past[i - ORDER]
        copy_shorts(element, self.past, ORDER)


def spread_pair(lsf: Shorts, j: int, gap: int) -> None:
    """Move element ``j`` and the one before it apart where they are nearer than ``gap``."""
    push = (lsf[j - 1] - lsf[j] + gap) >> 1
    if push > 0:
        lsf[j - 1] = sat16(lsf[j - 1] - push)
        lsf[j] = sat16(lsf[j] + push)


def spread(lsf: Shorts, gap: int) -> None:
    """Move neighbours apart, from the lowest pair to the highest."""
    for j in range(1, ORDER):
        spread_pair(lsf, j, gap)


def stabilise(lsf: Shorts) -> None:
    """Order the frequencies and keep them inside their limits (§3.2.4, end)."""
    for j in range(ORDER - 1):
        if lsf[j + 1] < lsf[j]:
            lower = lsf[j + 1]
            lsf[j + 1] = lsf[j]
            lsf[j] = lower
    lsf[0] = max(lsf[0], LEAST_LSF)
    for j in range(ORDER - 1):
        if lsf[j + 1] - lsf[j] < STABLE_GAP:
            lsf[j + 1] = sat16(lsf[j] + STABLE_GAP)
    lsf[ORDER - 1] = min(lsf[ORDER - 1], GREATEST_LSF)


def sum_stages(first: int, second: int, third: int, element: Shorts) -> None:
    """The codebook vector of three indices."""
    for j in range(ORDER):
        row = second if j < 5 else third
        element[j] = LSP_FIRST_STAGE[first * ORDER + j] + LSP_SECOND_STAGE[row * ORDER + j]


def compose_speech(predictor: LspPredictor, element: Shorts, mode: int, lsf: Shorts) -> None:
    """Frequencies of a speech frame from its codebook vector; the predictor moves on."""
    spread(element, FIRST_GAP)
    spread(element, SECOND_GAP)
    copy_shorts(element, lsf, ORDER)
    predictor.compose(lsf, LSP_REMAINDER, LSP_PREDICTOR, mode)
    predictor.push(element)
    stabilise(lsf)


class LspDecoder:
    """Turns the LSP indices of speech frames into LSPs, and conceals their loss."""

    predictor: LspPredictor
    last: Shorts
    mode: int

    def __init__(self) -> None:
        self.predictor = LspPredictor()
        self.last = [0] * 10
        self.mode = 0
        for i in range(ORDER):
            self.last[i] = LSF_RESET[i]

    def decode(self, first_word: int, second_word: int, lsp: Shorts) -> None:
        """LSPs of a received frame: L0 and L1 in the first word, L2 and L3 in the second."""
        element: Shorts = [0] * 10
        self.mode = first_word >> 7 & 1
        sum_stages(first_word & 127, second_word >> 5 & 31, second_word & 31, element)
        compose_speech(self.predictor, element, self.mode, self.last)
        radians_to_lsp(self.last, lsp)

    def conceal(self, lsp: Shorts) -> None:
        """LSPs of a lost frame: the last ones, with the predictor kept in step (§4.4.1)."""
        element: Shorts = [0] * 10
        self.predictor.extract(self.last, element, LSP_REMAINDER_INVERSE, LSP_PREDICTOR, self.mode)
        self.predictor.push(element)
        radians_to_lsp(self.last, lsp)
