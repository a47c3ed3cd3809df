"""One RTP socket with its ZRTP stream, and no sound.

Empty packets keep the peer's path open until the keys are there; then the packets under the
peer's new keys are counted.
"""

import socket
from itertools import count

from sonnette.base.entropy import SystemEntropy
from sonnette.sdp.catalogue import ZRTP_HASH
from sonnette.sdp.description import MediaSection
from sonnette.zrtp import (
    Keyed,
    Output,
    Secured,
    Session,
    SrtpKeys,
    State,
    Stream,
    Transmit,
    is_zrtp,
)
from tests.interop.ports import LOOPBACK
from tests.interop.zrtp.tag import is_under

SILENCE = b"\xff" * 160


class MediaPath:
    """A stream of ``session``; it starts when the one it comes ``after`` is secured."""

    def __init__(self, session: Session, after: "MediaPath | None" = None) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((LOOPBACK, 0))
        self.port: int = self.socket.getsockname()[1]
        self._ssrc = int.from_bytes(SystemEntropy().draw(4), "big")
        self.stream = Stream(session, self._ssrc)
        self.protected = 0
        self._after = after
        self._peer: tuple[str, int] | None = None
        self._payload_type = 0
        self._told: list[Output] = []
        self._sequence = count()

    @property
    def keys(self) -> SrtpKeys | None:
        """The keys for the media, once they are there."""
        return next((output.keys for output in self._told if isinstance(output, Keyed)), None)

    @property
    def secured(self) -> Secured | None:
        """The outcome of the exchange, once it is there."""
        return next((output for output in self._told if isinstance(output, Secured)), None)

    def open(self, section: MediaSection) -> None:
        """The signalling has told where the peer is, and what its Hello is."""
        value = section.get(ZRTP_HASH)
        assert value, section.head
        self.stream.expect(value.digest)
        self._peer = LOOPBACK, section.head.port
        self._payload_type = int(section.head.formats[0])

    def hear(self, now: float) -> None:
        """Take in the datagram that waits."""
        datagram = self.socket.recv(2048)
        if is_zrtp(datagram):
            self.stream.feed(now, datagram)
        elif self.keys and is_under(self.keys, datagram):
            self.protected += 1

    def work(self, now: float) -> None:
        """Send what is due."""
        if self._peer is None:
            return
        if self.stream.state is State.IDLE and (self._after is None or self._after.secured):
            self.stream.start(now)
        if self.stream.deadline is not None and now >= self.stream.deadline:
            self.stream.tick(now)
        for output in self.stream.drain():
            if isinstance(output, Transmit):
                self.socket.sendto(output.datagram, self._peer)
            else:
                self._told.append(output)

    def send_silence(self) -> None:
        """One RTP packet, as long as the stream has no keys."""
        if self._peer is None or self.keys:
            return
        number = next(self._sequence)
        head = bytes((0x80, self._payload_type)) + (number & 0xFFFF).to_bytes(2, "big")
        stamp = (number * 160 & 0xFFFFFFFF).to_bytes(4, "big")
        self.socket.sendto(head + stamp + self._ssrc.to_bytes(4, "big") + SILENCE, self._peer)
