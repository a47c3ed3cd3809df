"""The kernel of the codec: batches of frames, coded without holding the GIL.

Everything that this module imports from its own package is compiled together with it into
one extension (``tools/join_kernel.py``); uncompiled, the same modules run as they are.  The
classes here check nothing: :mod:`.encoder` and :mod:`.decoder` do.  Octets and kinds are
buffers of bytes, ten octets and one kind a frame; samples are 16-bit numbers, 80 a frame.
"""

try:
    import cython
except ImportError:
    from sonnette.base import plain_cython as cython

from sonnette.codecs.g729.frame_decoder import FrameDecoder
from sonnette.codecs.g729.frame_encoder import FrameEncoder


@cython.cclass
class DecoderKernel:
    """One decoder's state."""

    frames: FrameDecoder

    def __init__(self) -> None:
        self.frames = FrameDecoder()

    def decode(self, octets: bytes, kinds: bytes, samples: memoryview) -> None:
        """Decode as many frames as there are ``kinds`` into ``samples``."""
        source: cython.const[cython.uchar][::1] = octets  # type: ignore[valid-type]
        kind: cython.const[cython.uchar][::1] = kinds  # type: ignore[valid-type]
        target: cython.short[::1] = samples
        count: cython.Py_ssize_t = len(kind)
        frame: cython.Py_ssize_t
        i: cython.Py_ssize_t
        with cython.nogil:
            for frame in range(count):
                for i in range(10):
                    self.frames.octets[i] = source[10 * frame + i]
                self.frames.decode(kind[frame])
                for i in range(80):
                    target[80 * frame + i] = self.frames.samples[i]


@cython.cclass
class EncoderKernel:
    """One encoder's state."""

    frames: FrameEncoder

    def __init__(self) -> None:
        self.frames = FrameEncoder()

    def encode(
        self, samples: memoryview, octets: bytearray, kinds: bytearray, annex_b: bool
    ) -> None:
        """Encode as many frames as there is room for ``kinds``."""
        source: cython.const[cython.short][::1] = samples  # type: ignore[valid-type]
        target: cython.uchar[::1] = octets
        kind: cython.uchar[::1] = kinds
        silences: cython.bint = annex_b
        count: cython.Py_ssize_t = len(kind)
        frame: cython.Py_ssize_t
        i: cython.Py_ssize_t
        with cython.nogil:
            for frame in range(count):
                for i in range(80):
                    self.frames.samples[i] = source[80 * frame + i]
                kind[frame] = self.frames.encode(silences)
                for i in range(10):
                    target[10 * frame + i] = self.frames.octets[i]
