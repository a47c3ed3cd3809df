"""The SID frame: a spectrum and a level for comfort noise (G.729 Annex B, B.4.2 and B.4.3).

Fifteen bits: the predictor's mode (1), two rows of the LSP codebooks (5 and 4) and the
level (5).  The codebooks are thinned ones of the speech quantiser.
"""

from sonnette.codecs.g729.silence.tables import (
    SID_FIRST,
    SID_GAIN_FACTOR,
    SID_GAIN_MARGIN,
    SID_PREDICTOR,
    SID_REMAINDER,
    SID_SECOND,
)
from sonnette.codecs.g729.speech.arithmetic import log2_q15, mult32, sat16, sat32, shift32
from sonnette.codecs.g729.speech.lsp import radians_to_lsp
from sonnette.codecs.g729.speech.lsp_codebook import (
    FIRST_GAP,
    LspPredictor,
    spread,
    stabilise,
    sum_stages,
)
from sonnette.codecs.g729.speech.widths import Shorts, Wide

LEAST_POWER = -2721  # -8 dB, as 1024 times a base-2 logarithm; so are the next two
GREATEST_POWER = 22111  # 65 dB
FINE_POWER = 4762  # 14 dB, above which a step is 2 dB instead of 4


def sid_spectrum(predictor: LspPredictor, mode: int, first: int, second: int, lsp: Shorts) -> None:
    """LSPs of the indices of a SID frame; the predictor moves on."""
    element: Shorts = [0] * 10
    sum_stages(SID_FIRST[first], SID_SECOND[second], SID_SECOND[16 + second], element)
    spread(element, FIRST_GAP)
    compose_sid(predictor, mode, element, lsp)


def compose_sid(predictor: LspPredictor, mode: int, element: Shorts, lsp: Shorts) -> None:
    """LSPs of a spread codebook vector; the predictor moves on."""
    lsf: Shorts = [0] * 10
    for i in range(10):
        lsf[i] = element[i]
    predictor.compose(lsf, SID_REMAINDER, SID_PREDICTOR, mode)
    predictor.push(element)
    stabilise(lsf)
    radians_to_lsp(lsf, lsp)


def sid_level(energies: Shorts, shifts: Shorts, count: int) -> int:
    """Index of the level of ``count`` averaged energies; 0 stands for one excitation's."""
    shift = 0
    total: Wide = 0
    if count == 0:
        total = shift32(energies[0], shifts[0])
    else:
        shift = shifts[0]
        for i in range(1, count):
            shift = min(shift, shifts[i])
        shift += 16 - SID_GAIN_MARGIN[count]
        for i in range(count):
            total = sat32(total + shift32(energies[i], shift - shifts[i]))
    log = log2_q15(mult32(total, SID_GAIN_FACTOR[count]))
    power = shift32((log >> 15) - shift, 10) + ((log & 32767) * 1024 + 16384 >> 15)
    return level_index(sat16(power))


def level_index(power: int) -> int:
    """Index of a level given as 1024 times its base-2 logarithm."""
    if power <= LEAST_POWER:
        return 0
    if power > GREATEST_POWER:
        return 31
    if power <= FINE_POWER:
        return max((power + 3401) * 24 >> 15, 1)
    return max(((power - 340) * 193 >> 17) - 1, 6)


def level_decibel(index: int) -> int:
    """The level of an index, in dB."""
    if index == 0:
        return -12
    return 4 * index - 8 if index < 6 else 2 * index + 4
