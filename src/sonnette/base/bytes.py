"""A cursor over received bytes and a builder of sent ones, in network byte order."""

import struct

from sonnette.base.errors import PeerError


class Reader:
    """Reads a buffer from left to right; running off its end is the peer's fault.

    ``what`` names the thing being read, for the error's text.
    """

    __slots__ = ("_end", "_view", "position", "what")

    def __init__(self, data: bytes | bytearray | memoryview, what: str = "message") -> None:
        self._view = memoryview(data).cast("B")
        self._end = len(self._view)
        self.position = 0
        self.what = what

    @property
    def remaining(self) -> int:
        """How many bytes are left."""
        return self._end - self.position

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        return bytes(self.view(size))

    def view(self, size: int) -> memoryview:
        """The next ``size`` bytes, uncopied."""
        if size < 0 or size > self.remaining:
            raise PeerError(
                "bytes.truncated",
                f"{self.what}: expected {size} more bytes at {self.position},"
                f" found {self.remaining}",
            )
        start = self.position
        self.position += size
        return self._view[start : self.position]

    def rest(self) -> bytes:
        """Everything that is left."""
        return self.take(self.remaining)

    def u8(self) -> int:
        """An unsigned integer of one byte."""
        return self.view(1)[0]

    def u16(self) -> int:
        """An unsigned integer of two bytes."""
        return int.from_bytes(self.view(2), "big")

    def u32(self) -> int:
        """An unsigned integer of four bytes."""
        return int.from_bytes(self.view(4), "big")

    def u64(self) -> int:
        """An unsigned integer of eight bytes."""
        return int.from_bytes(self.view(8), "big")

    def finish(self) -> None:
        """Refuse bytes that nothing has read."""
        if self.remaining:
            raise PeerError("bytes.trailing", f"{self.what}: {self.remaining} bytes too many")


class Writer:
    """Builds a message from left to right; each verb returns the writer."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def u8(self, value: int) -> "Writer":
        """An unsigned integer of one byte."""
        self._buffer += struct.pack("!B", value)
        return self

    def u16(self, value: int) -> "Writer":
        """An unsigned integer of two bytes."""
        self._buffer += struct.pack("!H", value)
        return self

    def u32(self, value: int) -> "Writer":
        """An unsigned integer of four bytes."""
        self._buffer += struct.pack("!I", value)
        return self

    def u64(self, value: int) -> "Writer":
        """An unsigned integer of eight bytes."""
        self._buffer += struct.pack("!Q", value)
        return self

    def put(self, data: bytes | bytearray | memoryview) -> "Writer":
        """Bytes as they are."""
        self._buffer += data
        return self

    def done(self) -> bytes:
        """What was written."""
        return bytes(self._buffer)
