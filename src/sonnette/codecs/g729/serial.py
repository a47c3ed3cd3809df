"""The ITU's serial format of bit streams (``.bit``): sixteen bits for every bit (G.192).

A frame is a synchronisation word, the number of bits, and a word a bit.  Test sequences
come in it; the bits stand in the order of the wire.
"""

import struct
from collections.abc import Iterable, Iterator

from sonnette.base.errors import LocalError

SYNC = 0x6B21
SYNC_LOST = 0x6B20
ONE = 0x0081
ZERO = 0x007F
ERASED = 0x0000
_SIZES = {0: 0, 15: 2, 16: 2, 80: 10}


def read_serial(data: bytes) -> Iterator[bytes | None]:
    """The frames of a serial stream, ``None`` for those marked as lost.

    ``LocalError`` where the stream is cut short or holds what is not a frame.
    """
    at = 0
    while at < len(data):
        if len(data) - at < 4:
            raise LocalError("g729.serial.truncated", f"byte {at}: half a frame header")
        sync, count = struct.unpack_from("<HH", data, at)
        if sync not in (SYNC, SYNC_LOST) or count not in _SIZES:
            raise LocalError(
                "g729.serial.header", f"byte {at}: {sync:#06x} and {count} bits begin no frame"
            )
        at += 4
        if len(data) - at < 2 * count:
            raise LocalError("g729.serial.truncated", f"byte {at}: a frame of {count} bits is cut")
        words = struct.unpack_from(f"<{count}H", data, at)
        at += 2 * count
        lost = ERASED in words or (not count and sync != SYNC)
        yield None if lost else _pack(words)


def _pack(words: tuple[int, ...]) -> bytes:
    size = _SIZES[len(words)]
    number = 0
    for word in words:
        number = number << 1 | (word == ONE)
    return (number << (8 * size - len(words))).to_bytes(size)


def write_serial(frames: Iterable[bytes | None]) -> Iterator[bytes]:
    """The serial form of each frame; a lost one is 80 erased bits."""
    for frame in frames:
        if frame is None:
            yield struct.pack("<82H", SYNC_LOST, 80, *[ERASED] * 80)
            continue
        count = 8 * len(frame)
        number = int.from_bytes(frame)
        bits = (ONE if number >> (count - 1 - i) & 1 else ZERO for i in range(count))
        yield struct.pack(f"<{count + 2}H", SYNC, count, *bits)
