"""The decoder as callers see it: frames in, samples out, everything checked."""

from collections.abc import Sequence

from sonnette.codecs.g729.frames import SAMPLES, Frame, lay_out
from sonnette.codecs.g729.kernel import DecoderKernel


class Decoder:
    """A G.729 decoder of Annex A and B frames alike, which conceals what is lost.

    Give each stream a decoder of its own; two threads must not share one.  It can be
    pickled between calls.
    """

    __slots__ = ("_kernel",)

    def __init__(self) -> None:
        self._kernel = DecoderKernel()

    def decode(self, payload: Frame | None) -> bytes:
        """80 samples (160 bytes, native byte order) of one frame.

        A frame is 10 bytes of speech, 2 that describe silence, or none where nothing was
        sent; ``None`` is a frame that was lost.  ``LocalError`` for any other size.
        """
        return self.decode_many((payload,))

    def decode_many(self, payloads: Sequence[Frame | None]) -> bytes:
        """80 samples for each frame in turn; much cheaper than one call a frame."""
        octets, kinds = lay_out(payloads)
        samples = bytearray(2 * SAMPLES * len(kinds))
        self._kernel.decode(octets, kinds, memoryview(samples).cast("h"))
        return bytes(samples)
