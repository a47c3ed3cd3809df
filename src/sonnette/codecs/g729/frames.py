"""What callers hand over: buffers of samples and frames, checked and laid out for the kernel."""

from collections.abc import Sequence
from typing import Protocol

from sonnette.base.errors import LocalError
from sonnette.codecs.g729.speech.frame import LOST, NOTHING, SID, SPEECH

SAMPLES = 80  # of a frame of 10 ms
SPEECH_SIZE = 10  # octets
SID_SIZE = 2

_KINDS = {SPEECH_SIZE: SPEECH, SID_SIZE: SID, 0: NOTHING}
_SIZES = {SPEECH: SPEECH_SIZE, SID: SID_SIZE, NOTHING: 0}
_FILL = {SPEECH_SIZE: b"", SID_SIZE: bytes(8), 0: bytes(10)}


class Samples(Protocol):
    """Any contiguous buffer of 16-bit numbers or of bytes: bytes, array, memoryview, numpy."""

    def __buffer__(self, flags: int, /) -> memoryview: ...


Frame = bytes | bytearray | memoryview


def as_samples(pcm: Samples, count: int | None = None) -> memoryview:
    """``pcm`` as 16-bit numbers, without a copy: ``count`` of them or whole frames.

    ``LocalError`` for a type, a byte order or a size that does not fit.
    """
    try:
        view = memoryview(pcm)
        if view.format not in ("h", "=h", "B", "b", "c"):
            raise LocalError(
                "g729.samples.type", f"samples are 16-bit numbers or bytes, not {view.format!r}"
            )
        view = view if view.format == "h" and view.ndim == 1 else view.cast("B").cast("h")
    except (TypeError, ValueError) as error:
        raise LocalError("g729.samples.type", f"samples are a contiguous buffer: {error}") from None
    if len(view) % SAMPLES or count not in (None, len(view)):
        wanted = f"a multiple of {SAMPLES}" if count is None else str(count)
        raise LocalError("g729.samples.count", f"expected {wanted} samples, got {len(view)}")
    return view if view.c_contiguous else memoryview(view.tobytes()).cast("h")


def lay_out(payloads: Sequence[Frame | None]) -> tuple[bytes, bytes]:
    """All frames, each filled up to ten octets, and the kind of each.

    ``LocalError`` where a size means nothing or something is no frame.
    """
    octets, kinds = bytearray(), bytearray()
    try:
        for payload in payloads:
            if payload is None:
                kinds.append(LOST)
                octets += _FILL[0]
            else:
                kinds.append(_KINDS[len(payload)])
                octets += payload
                octets += _FILL[len(payload)]
    except KeyError as size:
        raise LocalError(
            "g729.frame.size", f"a frame has {SPEECH_SIZE}, {SID_SIZE} or 0 bytes, not {size}"
        ) from None
    except TypeError as error:
        raise LocalError("g729.frame.type", f"a frame is bytes or None: {error}") from None
    return bytes(octets), bytes(kinds)


def frame_sizes(kinds: bytearray) -> list[int]:
    """The octets that each kind of frame takes."""
    return [_SIZES[kind] for kind in kinds]
