"""The kernel of the codec: batches of frames, coded without holding the GIL.

Everything this module imports from its own package is compiled together with it into one
extension (``tools/join_kernel.py``); uncompiled, the same modules run as they are.  The
classes here check nothing: :mod:`sonnette.codecs.g729.decoder` does.
"""

try:
    import cython
except ImportError:
    from sonnette.base import plain_cython as cython

from sonnette.codecs.g729.frame_decoder import FrameDecoder


@cython.cclass
class DecoderKernel:
    """One decoder's state."""

    frames: FrameDecoder

    def __init__(self) -> None:
        self.frames = FrameDecoder()

    def decode(self, octets: object, kinds: object, samples: object) -> None:
        """Decode ``len(kinds)`` frames: each takes ten of ``octets`` and fills 80 ``samples``.

        ``octets`` and ``kinds`` are buffers of bytes, ``samples`` of 16-bit numbers.
        """
        source: cython.const[cython.uchar][::1] = octets
        kind: cython.const[cython.uchar][::1] = kinds
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
