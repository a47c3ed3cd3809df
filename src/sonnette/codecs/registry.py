"""The codecs there are, found by the name of their RTP payload format (RFC 4855).

A media engine asks for ``G729/8000`` with the format's parameters (``a=fmtp``) and gets an
encoder and a decoder, without knowing the codec.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from sonnette.base.errors import LocalError
from sonnette.codecs import g729

Parameters = Mapping[str, str]


class FrameEncoder(Protocol):
    """Turns samples (16 bits, native byte order) into one frame."""

    def encode(self, pcm: bytes, /) -> bytes:
        """The frame of one frame's samples; empty where nothing is to be sent."""


class FrameDecoder(Protocol):
    """Turns one frame, ``None`` for a lost one, into samples."""

    def decode(self, payload: bytes | None, /) -> bytes:
        """One frame's samples."""


@dataclass(frozen=True, slots=True)
class Codec:
    """What a payload format is called on the wire, and how to make its two halves."""

    name: str
    clock_rate: int
    channels: int
    payload_type: int | None  # where RFC 3551 gives it one
    frame_samples: int
    parameters: Parameters  # sent as a=fmtp, and what a peer's silence means
    encoder: Callable[[Parameters], FrameEncoder]
    decoder: Callable[[], FrameDecoder]
    split: Callable[[bytes], Sequence[bytes]]
    join: Callable[[Iterable[bytes]], bytes]

    @property
    def rtpmap(self) -> str:
        """Name and clock rate as ``a=rtpmap`` writes them."""
        return f"{self.name}/{self.clock_rate}"


def _g729_encoder(parameters: Parameters) -> g729.Encoder:
    """Annex B unless the peer refuses it (RFC 4856 §2.1.9: ``annexb`` defaults to yes)."""
    return g729.Encoder(annex_b=parameters.get("annexb", "yes").lower() != "no")


G729 = Codec(
    name="G729",
    clock_rate=8000,
    channels=1,
    payload_type=18,
    frame_samples=80,
    parameters=MappingProxyType({"annexb": "yes"}),
    encoder=_g729_encoder,
    decoder=g729.Decoder,
    split=g729.split,
    join=g729.join,
)

CODECS: Mapping[str, Codec] = MappingProxyType({G729.rtpmap: G729})


def find(rtpmap: str) -> Codec:
    """The codec of an ``a=rtpmap`` value, whatever its case, ``/1`` for one channel left out.

    ``LocalError`` where there is none; a caller that offers codecs asks :data:`CODECS`.
    """
    name, *rest = rtpmap.upper().split("/")
    codec = CODECS.get("/".join([name, *rest[:1]]))
    if codec is None or rest[1:] not in ([], [str(codec.channels)]):
        raise LocalError("codec.unknown", f"no codec {rtpmap}; there are {', '.join(CODECS)}")
    return codec
