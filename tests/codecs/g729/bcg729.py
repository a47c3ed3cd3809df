"""Debian's libbcg729 by ctypes: the decoder and encoder that deployed phones have."""

import ctypes
import ctypes.util
from array import array

FRAME = 80


def load():
    """The library, or None where it is not installed."""
    name = ctypes.util.find_library("bcg729")
    if name is None:
        return None
    library = ctypes.CDLL(name)
    for function in ("initBcg729EncoderChannel", "initBcg729DecoderChannel"):
        getattr(library, function).restype = ctypes.c_void_p
    return library


class Bcg729:
    """One encoder and one decoder of the library."""

    def __init__(self, library, annex_b):
        self.library = library
        self.encoder = ctypes.c_void_p(library.initBcg729EncoderChannel(int(annex_b)))
        self.decoder = ctypes.c_void_p(library.initBcg729DecoderChannel())

    def encode(self, samples):
        """The frames of all samples."""
        octets, size, frames = (ctypes.c_uint8 * 10)(), ctypes.c_uint8(), []
        for at in range(0, len(samples) // FRAME * FRAME, FRAME):
            piece = (ctypes.c_int16 * FRAME)(*samples[at : at + FRAME])
            self.library.bcg729Encoder(self.encoder, piece, octets, ctypes.byref(size))
            frames.append(bytes(octets)[: size.value])
        return frames

    def decode(self, frames):
        """All samples of the frames; nothing sent is comfort noise, None a loss."""
        out, samples = (ctypes.c_int16 * FRAME)(), array("h")
        for frame in frames:
            octets = (ctypes.c_uint8 * 10)(*(frame or b""))
            sid, lost = len(frame or b"") == 2, not frame
            self.library.bcg729Decoder(
                self.decoder, octets, len(frame or b""), int(lost), int(sid), 0, out
            )
            samples.extend(out)
        return samples
