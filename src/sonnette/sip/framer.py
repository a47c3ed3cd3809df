"""Messages out of a stream (RFC 3261 §18.3, RFC 5626 §4.4.1).

Cuts whole messages at their Content-Length and keep-alives between them.  A stream whose
framing is lost cannot be read on: the error is raised after what came before it was given.
"""

from sonnette.base.errors import PeerError
from sonnette.sip.grammar import parse_number
from sonnette.sip.limits import HEADER_SECTION, STREAM_MESSAGE
from sonnette.sip.outbound import PING, PONG

_END = b"\r\n\r\n"
_LENGTH_NAMES = (b"content-length", b"l")


class Framer:
    """One connection's receiving side.

    ``feed`` returns what is complete, in order: a message's bytes, or ``PING`` or ``PONG``.
    """

    __slots__ = ("_buffer", "_needed", "most")

    def __init__(self, most: int = STREAM_MESSAGE) -> None:
        self._buffer = bytearray()
        self._needed: int | None = None
        self.most = most

    @property
    def is_idle(self) -> bool:
        """Whether the stream stands between two messages."""
        return not self._buffer

    def feed(self, data: bytes | bytearray | memoryview) -> list[bytes]:
        """Take in octets, give out what they complete.

        Raises :class:`PeerError` where the stream cannot be followed: no Content-Length
        (§20.14), one that is no number, or a message over the limit.
        """
        self._buffer += data
        done: list[bytes] = []
        while self._buffer:
            piece = self._next()
            if piece is None:
                break
            done.append(piece)
        return done

    def _next(self) -> bytes | None:
        buffer = self._buffer
        if buffer[0] in b"\r\n":
            return self._keep_alive()
        if self._needed is None:
            end = buffer.find(_END)
            if end < 0:
                if len(buffer) > HEADER_SECTION:
                    raise PeerError("sip.framer.no-end", "Header Section Too Long", 513)
                return None
            self._needed = end + 4 + self._body_length(bytes(buffer[:end]))
        if len(buffer) < self._needed:
            return None
        message = bytes(buffer[: self._needed])
        del buffer[: self._needed]
        self._needed = None
        return message

    def _keep_alive(self) -> bytes | None:
        if self._buffer.startswith(PING):
            del self._buffer[:4]
            return PING
        # A lone CRLF is a pong, unless the second half of a ping is still to come: told
        # apart by what follows, it is given once something does.
        if len(self._buffer) < 4 and PING.startswith(bytes(self._buffer)):
            if len(self._buffer) == 2:
                del self._buffer[:2]
                return PONG
            return None
        del self._buffer[: 2 if self._buffer.startswith(PONG) else 1]
        return PONG

    def _body_length(self, head: bytes) -> int:
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.strip().lower() in _LENGTH_NAMES:
                text = value.decode("latin-1").strip()
                length = parse_number(text, self.most, "Content-Length")
                if len(head) + length > self.most:
                    raise PeerError("sip.framer.too-long", "Message Too Large", 513)
                return length
        raise PeerError("sip.framer.no-length", "Content-Length Missing On A Stream")
