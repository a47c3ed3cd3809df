"""The encoder as callers see it: samples in, frames out, everything checked."""

from sonnette.codecs.g729.frames import SAMPLES, Samples, as_samples, frame_sizes
from sonnette.codecs.g729.kernel import EncoderKernel

OCTETS = 10


class Encoder:
    """A G.729 Annex A encoder, with ``annex_b`` one that is silent in silence.

    Give each stream an encoder of its own; two threads must not share one.  It can be
    pickled between calls.
    """

    __slots__ = ("_kernel", "annex_b")

    def __init__(self, annex_b: bool = False) -> None:
        self.annex_b = annex_b
        self._kernel = EncoderKernel()

    def encode(self, pcm: Samples) -> bytes:
        """One frame for 80 samples (10 ms at 8000 Hz, 16 bits, native byte order).

        The frame is 10 bytes of speech, with Annex B also 2 bytes that describe silence or
        none at all.  ``LocalError`` for anything else than 80 samples.
        """
        frames = self._encode(as_samples(pcm, SAMPLES))
        return frames[0]

    def encode_many(self, pcm: Samples) -> list[bytes]:
        """A frame for every 80 samples; much cheaper than one call a frame.

        ``LocalError`` where the samples do not fill their last frame.
        """
        return self._encode(as_samples(pcm))

    def _encode(self, samples: memoryview) -> list[bytes]:
        count = len(samples) // SAMPLES
        octets, kinds = bytearray(OCTETS * count), bytearray(count)
        self._kernel.encode(samples, octets, kinds, self.annex_b)
        packed = bytes(octets)
        return [
            packed[OCTETS * index : OCTETS * index + size]
            for index, size in enumerate(frame_sizes(kinds))
        ]
