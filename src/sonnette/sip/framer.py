"""Messages out of a stream (RFC 3261 §18.3, RFC 5626 §4.4.1).

Cuts whole messages at their Content-Length and keep-alives between them.  A stream whose
framing is lost cannot be read on.
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
    Once the stream cannot be followed ``error`` says why, and nothing more comes out.
    """

    __slots__ = ("_buffer", "_has_half_ping", "_needed", "_searched", "error", "most")

    def __init__(self, most: int = STREAM_MESSAGE) -> None:
        self._buffer = bytearray()
        self._needed: int | None = None
        self._searched = 0
        self._has_half_ping = False
        self.error: PeerError | None = None
        self.most = most

    @property
    def is_idle(self) -> bool:
        """Whether the stream stands between two messages."""
        return not self._buffer

    def feed(self, data: bytes | bytearray | memoryview) -> list[bytes]:
        """Take in octets, give out what they complete.

        A message whose length cannot be told - no Content-Length (§20.14), two, one that is
        no number or over the limit - is given out without its body, for its parser to
        refuse: it is the last.
        """
        if self.error is not None:
            return []
        self._buffer += data
        done: list[bytes] = []
        while self._buffer:
            piece = self._next()
            if piece is None:
                break
            done.append(piece)
        return done

    def _next(self) -> bytes | None:
        if self._buffer[0] in b"\r\n":
            return self._keep_alive()
        self._has_half_ping = False
        if self._needed is None:
            self._needed = self._measure()
        if self._needed is None or len(self._buffer) < self._needed:
            return None
        message = self._take(self._needed)
        self._needed, self._searched = None, 0
        if self.error is not None:
            self._buffer.clear()
        return message

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def _measure(self) -> int | None:
        """How many octets the message at the front has, once its header section is there."""
        buffer = self._buffer
        end = buffer.find(_END, max(0, self._searched - len(_END)))
        self._searched = len(buffer)
        if end < 0:
            if len(buffer) > HEADER_SECTION:
                self.error = PeerError("sip.framer.no-end", "Header Section Too Long", 513)
                buffer.clear()
            return None
        start = end + len(_END)
        try:
            return start + self._body_length(bytes(buffer[:end]))
        except PeerError as error:
            self.error = error
            return start

    def _keep_alive(self) -> bytes | None:
        """A ping is two line ends, a pong is one.

        A line end that stands last is given out as a pong, since nothing may follow it; if
        another follows, it was the first half of a ping.
        """
        buffer = self._buffer
        if not buffer.startswith(PONG):
            if buffer == b"\r":
                return None
            del buffer[:1]
            return PONG
        is_ping = self._has_half_ping or buffer.startswith(PING)
        del buffer[: 2 if self._has_half_ping or not is_ping else 4]
        self._has_half_ping = not is_ping
        return PING if is_ping else PONG

    def _body_length(self, head: bytes) -> int:
        values = []
        # A line that begins with white space continues the one before (§7.3.1).
        lines = head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b"\t").split(b"\r\n")
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            if name.rstrip(b" \t").lower() in _LENGTH_NAMES:
                values.append(value.decode("latin-1").strip())
        if len(values) != 1:
            code, reason = ("no", "Missing On A Stream") if not values else ("two", "Comes Twice")
            raise PeerError(f"sip.framer.{code}-length", f"Content-Length {reason}")
        return parse_number(values[0], self.most - len(head) - len(_END), "Content-Length")
