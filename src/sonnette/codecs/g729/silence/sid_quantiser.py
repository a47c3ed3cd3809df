"""Search of the spectrum of a SID frame (G.729 Annex B, B.4.2.1).

Two predictors and 32 rows of the first stage leave four candidates; 16 rows of the second
stage, weighted, leave one.
"""

from sonnette.codecs.g729.silence.sid import compose_sid
from sonnette.codecs.g729.silence.tables import (
    SID_FIRST,
    SID_MODE_WEIGHT,
    SID_PREDICTOR,
    SID_REMAINDER,
    SID_REMAINDER_INVERSE,
    SID_SECOND,
)
from sonnette.codecs.g729.speech.arithmetic import product, sat16, sat32
from sonnette.codecs.g729.speech.codebooks import LSP_FIRST_STAGE, LSP_SECOND_STAGE
from sonnette.codecs.g729.speech.lsp import ORDER, lsp_to_radians
from sonnette.codecs.g729.speech.lsp_codebook import (
    FIRST_GAP,
    GREATEST_LSF,
    LEAST_LSF,
    STABLE_GAP,
    LspPredictor,
    spread,
    sum_stages,
)
from sonnette.codecs.g729.speech.lsp_quantiser import weigh
from sonnette.codecs.g729.speech.widths import Shorts, Wide

SID_FIRST_ROWS = 32
SID_SECOND_ROWS = 16
CANDIDATES = 4
WORST = 32767


class SidQuantiser:
    """Candidates of the first stage: what they leave, their modes and rows."""

    wanted: Shorts
    errors: Shorts
    left: Shorts
    modes: Shorts
    rows: Shorts

    def __init__(self) -> None:
        self.wanted = [0] * 20
        self.errors = [0] * 64
        self.left = [0] * 40
        self.modes = [0] * 4
        self.rows = [0] * 4

    def quantise(
        self, predictor: LspPredictor, lsp: Shorts, quantised: Shorts, words: Shorts
    ) -> None:
        """Choose three words, set ``quantised`` to their LSPs; the predictor moves on."""
        lsf: Shorts = [0] * 10
        weights: Shorts = [0] * 10
        element: Shorts = [0] * 10
        lsp_to_radians(lsp, lsf)
        open_up(lsf)
        weigh(lsf, weights)
        for mode in range(2):
            predictor.extract(lsf, element, SID_REMAINDER_INVERSE, SID_PREDICTOR, mode)
            for j in range(ORDER):
                self.wanted[mode * ORDER + j] = element[j]
        self.search_first()
        best = self.search_second(weights)
        candidate = best // SID_SECOND_ROWS
        words[0] = self.modes[candidate]
        words[1] = self.rows[candidate]
        words[2] = best % SID_SECOND_ROWS
        second = words[2]
        sum_stages(SID_FIRST[words[1]], SID_SECOND[second], SID_SECOND[16 + second], element)
        spread(element, FIRST_GAP)
        compose_sid(predictor, words[0], element, quantised)

    def search_first(self) -> None:
        """Keep the four best pairs of predictor and first row."""
        for k in range(2 * SID_FIRST_ROWS):
            mode = k // SID_FIRST_ROWS
            row = SID_FIRST[k % SID_FIRST_ROWS] * ORDER
            total: Wide = 0
            for j in range(ORDER):
                off = sat16(self.wanted[mode * ORDER + j] - LSP_FIRST_STAGE[row + j])
                total = sat32(total + product(off, off))
            self.errors[k] = (total >> 16) * SID_MODE_WEIGHT[mode] >> 15
        for candidate in range(CANDIDATES):
            least = WORST
            best = 0
            for k in range(2 * SID_FIRST_ROWS):
                if self.errors[k] < least:
                    best, least = k, self.errors[k]
            self.errors[best] = WORST
            self.take(candidate, best // SID_FIRST_ROWS, best % SID_FIRST_ROWS)

    def take(self, candidate: int, mode: int, row: int) -> None:
        """Note a candidate and what it leaves to the second stage."""
        self.modes[candidate] = mode
        self.rows[candidate] = row
        at = SID_FIRST[row] * ORDER
        for j in range(ORDER):
            rest = self.wanted[mode * ORDER + j] - LSP_FIRST_STAGE[at + j]
            self.left[candidate * ORDER + j] = sat16(rest)

    def search_second(self, weights: Shorts) -> int:
        """The best pair of candidate and second row, as one number."""
        least = WORST
        best = 0
        for k in range(CANDIDATES * SID_SECOND_ROWS):
            error = self.second_error(k // SID_SECOND_ROWS, k % SID_SECOND_ROWS, weights)
            if error < least:
                best, least = k, error
        return best

    def second_error(self, candidate: int, row: int, weights: Shorts) -> int:
        """The weighted error of a candidate with a second row."""
        total: Wide = 0
        for j in range(ORDER):
            share: Wide = SID_REMAINDER[self.modes[candidate] * ORDER + j]
            weight = (sat32(share * share << 3) >> 16) * weights[j] >> 15
            at = SID_SECOND[row if j < 5 else SID_SECOND_ROWS + row] * ORDER
            off: Wide = sat16(self.left[candidate * ORDER + j] - LSP_SECOND_STAGE[at + j])
            weighted = sat32(16 * weight * off) >> 16
            total = sat32(total + 2 * weighted * off)
        return total >> 16


def open_up(lsf: Shorts) -> None:
    """Keep frequencies inside their limits and twice the speech quantiser's gap apart."""
    lsf[0] = max(lsf[0], LEAST_LSF)
    for j in range(ORDER - 1):
        if sat16(lsf[j + 1] - lsf[j]) < 2 * STABLE_GAP:
            lsf[j + 1] = sat16(lsf[j] + 2 * STABLE_GAP)
    lsf[ORDER - 1] = min(lsf[ORDER - 1], GREATEST_LSF)
    if lsf[ORDER - 1] < lsf[ORDER - 2]:
        lsf[ORDER - 2] = lsf[ORDER - 1] - STABLE_GAP
