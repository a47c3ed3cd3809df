"""Several frames in one RTP payload (RFC 3551 §4.5.6).

Speech frames one after the other; a silence description may follow as the last.
"""

from collections.abc import Iterable

from sonnette.base.errors import LocalError, PeerError
from sonnette.codecs.g729.frames import SID_SIZE, SPEECH_SIZE

MOST_FRAMES = 10  # 100 ms


def split(payload: bytes) -> list[bytes]:
    """The frames of a received payload, at most ten.

    ``PeerError`` where its size cannot be that of whole frames.
    """
    speech, rest = divmod(len(payload), SPEECH_SIZE)
    if rest not in (0, SID_SIZE) or not 0 < speech + bool(rest) <= MOST_FRAMES:
        raise PeerError("g729.payload.size", f"{len(payload)} bytes are no G.729 frames", 400)
    frames = [payload[SPEECH_SIZE * i : SPEECH_SIZE * (i + 1)] for i in range(speech)]
    return frames + ([payload[-SID_SIZE:]] if rest else [])


def join(frames: Iterable[bytes]) -> bytes:
    """One payload of up to ten frames that follow each other in time.

    Frames of no bytes may stand at the end: they are not sent.  ``LocalError`` where a
    frame follows a silence description or a gap, which a payload cannot tell.
    """
    payload, ended = bytearray(), False
    for index, frame in enumerate(frames):
        if index >= MOST_FRAMES:
            raise LocalError("g729.payload.frames", f"a payload has at most {MOST_FRAMES} frames")
        if len(frame) not in (SPEECH_SIZE, SID_SIZE, 0):
            raise LocalError("g729.frame.size", f"a frame has 10, 2 or 0 bytes, not {len(frame)}")
        if ended and frame:
            raise LocalError("g729.payload.order", f"frame {index} follows silence; send it apart")
        ended = len(frame) != SPEECH_SIZE
        payload += frame
    return bytes(payload)
