"""Decoding of one frame: speech, silence description, nothing, or a loss to conceal.

G.729 §4.1 and §4.4 as simplified by Annex A (A.4), with Annex B's comfort noise (B.4.4).
"""

from sonnette.codecs.g729.silence.comfort_noise import FIRST_SEED, ComfortNoise
from sonnette.codecs.g729.silence.sid import sid_level, sid_spectrum
from sonnette.codecs.g729.silence.tables import SID_GAIN, SID_LSP_RESET
from sonnette.codecs.g729.speech.adaptive_codebook import (
    GREATEST_DELAY,
    PAST,
    delay_parity,
    first_delay,
    first_third,
    predict_excitation,
    second_delay,
    second_third,
)
from sonnette.codecs.g729.speech.algebraic_codebook import (
    LEAST_SHARPENING,
    place_pulses,
    sharpen,
    sharpening_of,
)
from sonnette.codecs.g729.speech.arithmetic import (
    copy_shorts,
    copy_within,
    next_random,
    norm32,
    product,
    round16,
    sat32,
)
from sonnette.codecs.g729.speech.codebooks import LSP_RESET
from sonnette.codecs.g729.speech.filters import (
    FRAME,
    MEMORY,
    SUBFRAME,
    OutputHighPass,
    synthesise,
)
from sonnette.codecs.g729.speech.frame import LOST, NOTHING, SID, SPEECH, unpack
from sonnette.codecs.g729.speech.gains import GainDecoder, excite
from sonnette.codecs.g729.speech.lsp import TERMS, interpolate_predictors
from sonnette.codecs.g729.speech.lsp_codebook import LspDecoder
from sonnette.codecs.g729.speech.postfilter import PostFilter
from sonnette.codecs.g729.speech.widths import Shorts, Wide

EXCITATION = 234
FIRST_DELAY = 60
FIRST_LOSS_SEED = 21845


class FrameDecoder:
    """All that a decoder remembers; ``decode`` turns ``octets`` into ``samples``."""

    octets: Shorts
    words: Shorts
    samples: Shorts
    lsps: LspDecoder
    gains: GainDecoder
    noise: ComfortNoise
    postfilter: PostFilter
    highpass: OutputHighPass
    lsp: Shorts
    noise_lsp: Shorts
    predictors: Shorts
    excitation: Shorts
    speech: Shorts
    delays: Shorts
    last_delay: int
    sharpening: int
    seed: int
    before: int
    energy: Shorts
    energy_shift: Shorts

    def __init__(self) -> None:
        self.octets = [0] * 10
        self.words = [0] * 11
        self.samples = [0] * 80
        self.lsps = LspDecoder()
        self.gains = GainDecoder()
        self.noise = ComfortNoise()
        self.postfilter = PostFilter()
        self.highpass = OutputHighPass()
        self.lsp = [0] * 10
        self.noise_lsp = [0] * 10
        self.predictors = [0] * 22
        self.excitation = [0] * 234
        self.speech = [0] * 90
        self.delays = [0] * 2
        self.energy = [0] * 1
        self.energy_shift = [0] * 1
        self.last_delay = FIRST_DELAY
        self.sharpening = LEAST_SHARPENING
        self.seed = FIRST_LOSS_SEED
        self.before = SPEECH
        self.energy_shift[0] = 1
        self.noise.target = SID_GAIN[0]
        for i in range(10):
            self.lsp[i] = LSP_RESET[i]
            self.noise_lsp[i] = SID_LSP_RESET[i]

    def decode(self, received: int) -> None:
        """Decode a frame of this kind, whose octets are in place, into ``samples``."""
        lost = received == LOST
        kind = received
        if lost:
            kind = SPEECH if self.before == SPEECH else NOTHING
        if not lost and kind != NOTHING:
            unpack(self.octets, kind, self.words)
        if kind == SPEECH:
            self.decode_speech(lost)
        else:
            self.decode_silence(kind)
        if not lost:
            self.measure()
        self.before = kind
        copy_within(self.excitation, FRAME, 0, PAST)
        self.finish(kind)

    def decode_speech(self, lost: bool) -> None:
        """Spectrum, then two subframes of excitation and synthesis."""
        lsp: Shorts = [0] * 10
        self.noise.seed = FIRST_SEED
        if lost:
            self.lsps.conceal(lsp)
        else:
            self.lsps.decode(self.words[0], self.words[1], lsp)
        interpolate_predictors(self.lsp, lsp, self.predictors)
        copy_shorts(lsp, self.lsp, 10)
        self.predict_first(lost)
        self.decode_code(0, 4, lost)
        self.predict_second(lost)
        self.decode_code(1, 8, lost)

    def predict_first(self, lost: bool) -> None:
        """Adaptive codebook of the first subframe; a wrong parity bit counts as a loss."""
        code = self.words[2]
        if lost or delay_parity(code) != self.words[3]:
            self.repeat_delay(0)
        else:
            self.use_delay(0, first_delay(code), first_third(code))

    def predict_second(self, lost: bool) -> None:
        """Adaptive codebook of the second subframe."""
        code = self.words[7]
        if lost:
            self.repeat_delay(1)
        else:
            self.use_delay(1, second_delay(code, self.delays[0]), second_third(code))

    def use_delay(self, half: int, delay: int, third: int) -> None:
        """Predict from a received delay."""
        self.delays[half] = self.last_delay = delay
        predict_excitation(self.excitation, PAST + half * SUBFRAME, delay, third)

    def repeat_delay(self, half: int) -> None:
        """Predict from the last delay, which grows by one (§4.4.3)."""
        self.delays[half] = self.last_delay
        predict_excitation(self.excitation, PAST + half * SUBFRAME, self.last_delay, 0)
        self.last_delay = min(self.last_delay + 1, GREATEST_DELAY)

    def decode_code(self, half: int, first_word: int, lost: bool) -> None:
        """Algebraic codebook, gains, excitation and synthesis of a subframe."""
        code: Shorts = [0] * 40
        at = PAST + half * SUBFRAME
        if lost:
            self.seed = next_random(self.seed)
            positions = self.seed & 8191
            self.seed = next_random(self.seed)
            place_pulses(positions, self.seed & 15, code)
        else:
            place_pulses(self.words[first_word], self.words[first_word + 1], code)
        sharpen(code, self.delays[half], self.sharpening)
        if lost:
            self.gains.conceal()
        else:
            self.gains.decode(self.words[first_word + 2], code)
        self.sharpening = sharpening_of(self.gains.pitch)
        excite(self.excitation, at, self.gains.pitch, code, self.gains.code)
        self.synthesise(half)

    def decode_silence(self, kind: int) -> None:
        """Comfort noise from the last description, a new one, or the last speech's level."""
        after_speech = self.before == SPEECH
        if kind == SID:
            self.noise.target = SID_GAIN[self.words[3]]
            sid_spectrum(
                self.lsps.predictor, self.words[0], self.words[1], self.words[2], self.noise_lsp
            )
        elif after_speech:
            self.noise.target = SID_GAIN[sid_level(self.energy, self.energy_shift, 0)]
        self.noise.follow(after_speech)
        self.noise.fill(self.excitation, PAST)
        interpolate_predictors(self.lsp, self.noise_lsp, self.predictors)
        copy_shorts(self.noise_lsp, self.lsp, 10)
        self.synthesise(0)
        self.synthesise(1)
        self.sharpening = LEAST_SHARPENING

    def synthesise(self, half: int) -> None:
        """Speech of a subframe; on overflow all excitation is divided by four (§4.1.6)."""
        at = PAST + half * SUBFRAME
        row = half * TERMS
        out = MEMORY + half * SUBFRAME
        if synthesise(self.predictors, row, self.excitation, at, self.speech, out):
            for i in range(EXCITATION):
                self.excitation[i] >>= 2
            synthesise(self.predictors, row, self.excitation, at, self.speech, out)

    def measure(self) -> None:
        """Keep the frame's energy, should the first silence description be lost."""
        total: Wide = 0
        for i in range(PAST, EXCITATION):
            total += product(self.excitation[i], self.excitation[i])
        energy = sat32(total)
        left = norm32(energy)
        self.energy[0] = round16(energy << left)
        self.energy_shift[0] = 16 - left

    def finish(self, kind: int) -> None:
        """Post-filter and post-process; the filters' past speech moves to the front."""
        for half in range(2):
            at = MEMORY + half * SUBFRAME
            delay = self.delays[half] if kind == SPEECH else 0
            self.postfilter.run(self.speech, at, self.predictors, half * TERMS, delay)
            self.postfilter.level(self.speech, at, self.samples, half * SUBFRAME)
        copy_within(self.speech, FRAME, 0, MEMORY)
        self.highpass.run(self.samples)
