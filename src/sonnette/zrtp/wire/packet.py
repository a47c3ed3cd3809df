"""The packet round a message: header, CRC, fragments (RFC 6189 5 and 5.1).

A fragment (first byte 0x11) carries a slice of a message that is too long for one
datagram; only the key encapsulations need it.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from sonnette.base.bytes import Reader
from sonnette.base.errors import PeerError
from sonnette.zrtp.wire.crc import crc32c

COOKIE = b"ZRTP"
WHOLE, SLICE = 0x1000, 0x1100
HEADER_SIZE, SLICE_HEADER_SIZE, CRC_SIZE = 12, 8, 4
LONGEST_MESSAGE = 4096
SMALLEST_MTU = 600
MOST_PARTIAL = 4


@dataclass(frozen=True, slots=True)
class Packet:
    """A message, or a slice of one when ``slice`` says where it belongs."""

    ssrc: int
    sequence: int
    data: bytes
    slice: "Slice | None" = None


@dataclass(frozen=True, slots=True)
class Slice:
    """The place of a fragment: of which message, of how many bytes, from which byte on."""

    message: int
    total: int
    offset: int


def is_zrtp(datagram: bytes) -> bool:
    """Whether a datagram of an RTP port is for ZRTP (RFC 6189 5)."""
    return len(datagram) > HEADER_SIZE and datagram[0] >> 4 == 1 and datagram[4:8] == COOKIE


def parse(datagram: bytes) -> Packet:
    """A packet out of a datagram.

    Raises PeerError ``zrtp.packet`` where it is none, ``zrtp.crc`` where it was damaged.
    """
    if len(datagram) < HEADER_SIZE + CRC_SIZE or not is_zrtp(datagram):
        raise PeerError("zrtp.packet", "not a ZRTP packet")
    if datagram[-CRC_SIZE:] != crc32c(datagram[:-CRC_SIZE]).to_bytes(CRC_SIZE, "little"):
        raise PeerError("zrtp.crc", "damaged on the way")
    kind, sequence, _, ssrc = struct.unpack_from("!HH4sI", datagram)
    body = datagram[HEADER_SIZE:-CRC_SIZE]
    if kind != SLICE:
        return Packet(ssrc, sequence, body)
    reader = Reader(body, "fragment")
    message, total, offset, length = (reader.u16() for _ in range(4))
    data = reader.take(4 * length)
    reader.finish()
    if not data or not offset + length <= total <= LONGEST_MESSAGE // 4:
        raise PeerError("zrtp.fragment", f"fragment {offset}+{length} of {total} words")
    return Packet(ssrc, sequence, data, Slice(message, 4 * total, 4 * offset))


def pack(ssrc: int, sequence: int, message: bytes) -> bytes:
    """A message in one packet."""
    return _close(struct.pack("!HH4sI", WHOLE, sequence, COOKIE, ssrc) + message)


def slices(message: bytes, mtu: int) -> Iterator[tuple[int, bytes]]:
    """What to send of a message: (offset, bytes), once if ``mtu`` bytes hold its packet."""
    room = mtu - HEADER_SIZE - CRC_SIZE
    if len(message) <= room:
        yield 0, message
        return
    room = (room - SLICE_HEADER_SIZE) // 4 * 4
    for offset in range(0, len(message), room):
        yield offset, message[offset : offset + room]


def pack_slice(ssrc: int, sequence: int, place: Slice, data: bytes) -> bytes:
    """A fragment in its packet."""
    words = place.message, place.total // 4, place.offset // 4, len(data) // 4
    header = struct.pack("!HH4sI4H", SLICE, sequence, COOKIE, ssrc, *words)
    return _close(header + data)


def _close(packet: bytes) -> bytes:
    # The least significant byte goes first, as in SCTP (RFC 4960 appendix B).
    return packet + crc32c(packet).to_bytes(CRC_SIZE, "little")


class Reassembly:
    """Puts fragments together, a few messages at a time; the oldest gives way."""

    __slots__ = ("_partial",)

    def __init__(self) -> None:
        self._partial: dict[tuple[int, int], dict[int, bytes]] = {}

    def add(self, place: Slice, data: bytes) -> bytes | None:
        """The message, once its last slice is there."""
        key = place.message, place.total
        if key not in self._partial and len(self._partial) == MOST_PARTIAL:
            del self._partial[next(iter(self._partial))]
        parts = self._partial.setdefault(key, {})
        parts.setdefault(place.offset, data)
        message = _join(parts)
        if len(message) < place.total:
            return None
        del self._partial[key]
        return message[: place.total]


def _join(parts: dict[int, bytes]) -> bytes:
    """What is there from the start without a gap; the first to claim a byte keeps it."""
    message = b""
    for offset in sorted(parts):
        if offset > len(message):
            break
        message += parts[offset][len(message) - offset :]
    return message
