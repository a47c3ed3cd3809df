"""Encoding of one frame: analysis, then speech or a description of silence.

G.729 §3 as simplified by Annex A (A.3), with Annex B's voice activity detection and
discontinuous transmission (B.3 and B.4).
"""

from sonnette.codecs.g729.silence.comfort_noise import FIRST_SEED
from sonnette.codecs.g729.silence.transmission import Transmission
from sonnette.codecs.g729.silence.voice_activity import VoiceActivity
from sonnette.codecs.g729.speech.adaptive_codebook import (
    GREATEST_DELAY,
    LEAST_DELAY,
    PAST,
    delay_code,
    delay_parity,
    search_floor,
)
from sonnette.codecs.g729.speech.algebraic_codebook import (
    LEAST_SHARPENING,
    sharpen,
    sharpening_of,
)
from sonnette.codecs.g729.speech.algebraic_search import AlgebraicSearch
from sonnette.codecs.g729.speech.arithmetic import copy_shorts, copy_within, sat16, sat32
from sonnette.codecs.g729.speech.closed_loop_pitch import ClosedLoopPitch, backward_filter
from sonnette.codecs.g729.speech.codebooks import LSP_RESET
from sonnette.codecs.g729.speech.filters import (
    FRAME,
    MEMORY,
    SUBFRAME,
    InputHighPass,
    residual,
    respond,
    synthesise,
)
from sonnette.codecs.g729.speech.frame import NOTHING, SPEECH, pack
from sonnette.codecs.g729.speech.gain_quantiser import GainQuantiser
from sonnette.codecs.g729.speech.gains import excite
from sonnette.codecs.g729.speech.lp_analysis import (
    ALL_LAGS,
    SPEECH_LAGS,
    Autocorrelation,
    Levinson,
)
from sonnette.codecs.g729.speech.lsp import (
    TERMS,
    interpolate_predictors,
    lsp_to_frequency,
    weight_predictor,
)
from sonnette.codecs.g729.speech.lsp_quantiser import LspQuantiser
from sonnette.codecs.g729.speech.lsp_roots import predictor_to_lsp
from sonnette.codecs.g729.speech.open_loop_pitch import OpenLoopPitch
from sonnette.codecs.g729.speech.taming import Taming
from sonnette.codecs.g729.speech.widths import Shorts, Wide

NEW_SPEECH = 160  # where a frame's samples enter the analysis window
PRESENT = 120  # where the frame that is coded begins in it
WEIGHTING = 24576  # 0.75
WEIGHTED_TILT = 22938  # 0.7
TAMED_GAIN = 15564  # 0.95 in Q14
UNIT = (4096, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


class FrameEncoder:
    """All that an encoder remembers; ``encode`` turns ``samples`` into ``octets``."""

    samples: Shorts
    octets: Shorts
    words: Shorts
    highpass: InputHighPass
    autocorrelation: Autocorrelation
    levinson: Levinson
    quantiser: LspQuantiser
    open_loop: OpenLoopPitch
    closed_loop: ClosedLoopPitch
    search: AlgebraicSearch
    gains: GainQuantiser
    taming: Taming
    activity: VoiceActivity
    transmission: Transmission
    speech: Shorts
    lsp: Shorts
    new_lsp: Shorts
    quantised_lsp: Shorts
    predictors: Shorts
    weighted_predictors: Shorts
    weighted: Shorts
    weighting: Shorts
    error: Shorts
    excitation: Shorts
    target: Shorts
    response: Shorts
    impulse: Shorts
    filtered: Shorts
    code: Shorts
    filtered_code: Shorts
    sharpening: int

    def __init__(self) -> None:
        self.samples = [0] * 80
        self.octets = [0] * 10
        self.words = [0] * 11
        self.highpass = InputHighPass()
        self.autocorrelation = Autocorrelation()
        self.levinson = Levinson()
        self.quantiser = LspQuantiser()
        self.open_loop = OpenLoopPitch()
        self.closed_loop = ClosedLoopPitch()
        self.search = AlgebraicSearch()
        self.gains = GainQuantiser()
        self.taming = Taming()
        self.activity = VoiceActivity()
        self.transmission = Transmission()
        self.speech = [0] * 240
        self.lsp = [0] * 10
        self.new_lsp = [0] * 10
        self.quantised_lsp = [0] * 10
        self.predictors = [0] * 22
        self.weighted_predictors = [0] * 22
        self.weighted = [0] * 223
        self.weighting = [0] * 90
        self.error = [0] * 50
        self.excitation = [0] * 234
        self.target = [0] * 80
        self.response = [0] * 50
        self.impulse = [0] * 40
        self.filtered = [0] * 50
        self.code = [0] * 40
        self.filtered_code = [0] * 50
        self.sharpening = LEAST_SHARPENING
        for i in range(10):
            self.lsp[i] = self.quantised_lsp[i] = LSP_RESET[i]

    def encode(self, annex_b: bool) -> int:
        """Encode the frame in ``samples`` into ``octets``; the kind of frame.

        With Annex B a frame without voice becomes a silence description or nothing.
        """
        self.analyse(SPEECH_LAGS if not annex_b else ALL_LAGS)
        kind = SPEECH
        if annex_b and not self.hear_voice():
            kind = self.encode_silence()
        else:
            self.encode_speech()
        if kind != NOTHING:
            pack(self.words, kind, self.octets)
        self.advance()
        return kind

    def hear_voice(self) -> bool:
        """Whether the frame holds voice; its correlations go to the background's."""
        lsf: Shorts = [0] * 10
        lsp_to_frequency(self.new_lsp, lsf)
        self.activity.decide(
            self.levinson.second_reflection,
            lsf,
            self.autocorrelation.smoothed,
            self.autocorrelation.exponent,
            self.speech,
        )
        voice = self.activity.voice
        self.transmission.hear(self.autocorrelation.raw, self.autocorrelation.exponent, voice)
        return voice

    def encode_silence(self) -> int:
        """Comfort noise in place of the frame, with all memories kept in step."""
        signal: Shorts = [0] * 40
        kind = self.transmission.encode(
            self.activity.past,
            self.levinson,
            self.quantiser.predictor,
            self.quantised_lsp,
            self.words,
        )
        self.transmission.noise.fill(self.excitation, PAST)
        interpolate_predictors(self.quantised_lsp, self.transmission.lsp, self.predictors)
        copy_shorts(self.transmission.lsp, self.quantised_lsp, 10)
        for half in range(2):
            self.taming.update(
                self.transmission.noise.pitch_gains[half], self.transmission.noise.delays[half]
            )
            row = half * TERMS
            at = half * SUBFRAME
            residual(self.predictors, row, self.speech, PRESENT + at, signal, 0)
            self.weight(half)
            self.filter_weighted(half, signal, 0)
            for i in range(SUBFRAME):
                signal[i] = sat16(signal[i] - self.excitation[PAST + at + i])
            synthesise(self.weighted_predictors, row, signal, 0, self.error, MEMORY)
            copy_within(self.error, SUBFRAME, 0, MEMORY)
        self.sharpening = LEAST_SHARPENING
        return kind

    def analyse(self, lags: int) -> None:
        """Take the frame in; predictor and LSPs of the window that it completes."""
        for i in range(FRAME):
            self.speech[NEW_SPEECH + i] = self.samples[i]
        self.highpass.run(self.speech, NEW_SPEECH)
        self.autocorrelation.analyse(self.speech, lags)
        self.levinson.solve(self.autocorrelation.smoothed)
        predictor_to_lsp(self.levinson.predictor, self.lsp, self.new_lsp)

    def encode_speech(self) -> None:
        """Spectrum, open-loop pitch, then two subframes."""
        quantised: Shorts = [0] * 10
        self.transmission.noise.seed = FIRST_SEED
        self.quantiser.quantise(self.new_lsp, quantised, self.words)
        interpolate_predictors(self.quantised_lsp, quantised, self.predictors)
        copy_shorts(self.new_lsp, self.lsp, 10)
        copy_shorts(quantised, self.quantised_lsp, 10)
        for half in range(2):
            self.weight(half)
            at = half * SUBFRAME
            residual(
                self.predictors,
                half * TERMS,
                self.speech,
                PRESENT + at,
                self.excitation,
                PAST + at,
            )
            self.filter_weighted(half, self.excitation, PAST + at)
        low = max(self.open_loop.search(self.weighted) - 3, LEAST_DELAY)
        low = min(low, GREATEST_DELAY - 6)
        self.search_delay(0, low, low + 6)
        self.words[2] = delay_code(self.closed_loop.delay, self.closed_loop.third)
        self.words[3] = delay_parity(self.words[2])
        low = search_floor(self.closed_loop.delay)
        self.encode_subframe(0, 4)
        self.search_delay(1, low, low + 9)
        self.words[7] = 3 * (self.closed_loop.delay - low) + 2 + self.closed_loop.third
        self.encode_subframe(1, 8)

    def weight(self, half: int) -> None:
        """The weighting filter of a subframe, A(z/0.75)."""
        weight_predictor(
            self.predictors, half * TERMS, WEIGHTING, self.weighted_predictors, half * TERMS
        )

    def filter_weighted(self, half: int, signal: Shorts, at: int) -> None:
        """Weighted speech of a subframe, low-passed for the pitch search (A.3.3)."""
        tilted: Shorts = [0] * 11
        row = half * TERMS
        tilted[0] = 4096
        for i in range(1, TERMS):
            before = self.weighted_predictors[row + i - 1] * WEIGHTED_TILT >> 15
            tilted[i] = sat16(self.weighted_predictors[row + i] - before)
        out = MEMORY + half * SUBFRAME
        synthesise(tilted, 0, signal, at, self.weighting, out)
        for i in range(SUBFRAME):
            self.weighted[GREATEST_DELAY + half * SUBFRAME + i] = self.weighting[out + i]

    def search_delay(self, half: int, low: int, high: int) -> None:
        """Impulse response and target of a subframe, and its adaptive codebook."""
        row = half * TERMS
        at = PAST + half * SUBFRAME
        respond(self.weighted_predictors, row, UNIT, self.response)
        synthesise(self.weighted_predictors, row, self.excitation, at, self.error, MEMORY)
        for i in range(SUBFRAME):
            self.impulse[i] = self.response[MEMORY + i]
            self.target[i] = self.error[MEMORY + i]
        backward_filter(self.impulse, self.target, self.closed_loop.filtered)
        self.closed_loop.search(self.excitation, at, low, high, half == 1)
        synthesise(self.weighted_predictors, row, self.excitation, at, self.filtered, MEMORY)

    def encode_subframe(self, half: int, first_word: int) -> None:
        """Both gains and the algebraic codebook of a subframe; memories move on."""
        delay = self.closed_loop.delay
        pitch_gain = self.closed_loop.gain(self.target, self.filtered)
        self.gains.tamed = self.taming.is_needed(delay, self.closed_loop.third)
        if self.gains.tamed:
            pitch_gain = min(pitch_gain, TAMED_GAIN)
        self.search_code(delay, pitch_gain)
        self.words[first_word] = self.search.position_word()
        self.words[first_word + 1] = self.search.sign_word()
        for i in range(2):
            self.gains.mantissas[i] = self.closed_loop.mantissas[i]
            self.gains.exponents[i] = self.closed_loop.exponents[i]
        self.gains.correlate(self.target, self.filtered, self.filtered_code)
        self.words[first_word + 2] = self.gains.quantise(self.code)
        self.sharpening = sharpening_of(self.gains.pitch)
        at = PAST + half * SUBFRAME
        excite(self.excitation, at, self.gains.pitch, self.code, self.gains.code)
        self.taming.update(self.gains.pitch, delay)
        self.remember_error()

    def search_code(self, delay: int, pitch_gain: int) -> None:
        """The algebraic codebook for what the adaptive one leaves of the target."""
        rest: Shorts = [0] * 80
        for i in range(SUBFRAME):
            rest[i] = sat16(self.target[i] - scaled(self.filtered[MEMORY + i], pitch_gain, 4))
        sharpen(self.impulse, delay, self.sharpening)
        backward_filter(self.impulse, rest, self.search.target)
        self.search.search(self.impulse)
        self.search.write(self.impulse, self.code, self.filtered_code)
        sharpen(self.code, delay, self.sharpening)

    def remember_error(self) -> None:
        """The weighted error of the subframe's last samples, for the next target (§3.10)."""
        for i in range(MEMORY):
            at = SUBFRAME + i
            pitch = scaled(self.filtered[at], self.gains.pitch, 4)
            code = scaled(self.filtered_code[at], self.gains.code, 8)
            self.error[i] = sat16(self.target[at - MEMORY] - sat16(pitch + code))

    def advance(self) -> None:
        """Move all signals to the past by a frame."""
        copy_within(self.speech, FRAME, 0, NEW_SPEECH)
        copy_within(self.weighted, FRAME, 0, GREATEST_DELAY)
        copy_within(self.weighting, FRAME, 0, MEMORY)
        copy_within(self.excitation, FRAME, 0, PAST)


def scaled(sample: int, gain: int, factor: int) -> int:
    """A sample times a gain times ``factor``, less 16 bits."""
    product: Wide = sample * gain
    return sat32(product * factor) >> 16
