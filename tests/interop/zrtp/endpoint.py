"""A phone of the smallest kind: it registers others, calls, is called, and speaks ZRTP.

One thread, one SIP socket, one RTP socket for each kind of media.  It has no sound: empty
frames keep the peer's path open until the keys are there, and the packets under the peer's
new keys are counted.
"""

import re
import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from typing import Self

from sonnette.base.entropy import SystemEntropy
from sonnette.zrtp import (
    Keyed,
    Output,
    Secured,
    Session,
    SrtpKeys,
    Stream,
    Transmit,
    is_zrtp,
)
from sonnette.zrtp.hello_hash import attribute_value, parse_value
from tests.interop.ports import LOOPBACK
from tests.interop.waiting import until
from tests.interop.zrtp.dialogue import Message, answer_to, request
from tests.interop.zrtp.tag import is_under

FRAME_TIME = 0.02
SILENCE = b"\xff" * 160


class MediaPath:
    """One RTP socket with its ZRTP stream."""

    def __init__(self, stream: Stream, ssrc: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((LOOPBACK, 0))
        self.port: int = self.socket.getsockname()[1]
        self.stream, self._ssrc = stream, ssrc
        self.peer: tuple[str, int] | None = None
        self.told: list[Output] = []
        self.protected = 0
        self._sequence = count()

    def open(self, now: float, peer: tuple[str, int], peer_hash: str) -> None:
        """The signalling has told where the peer is."""
        self.peer = peer
        self.stream.expect(parse_value(peer_hash))
        self.stream.start(now)

    def hear(self, now: float) -> None:
        datagram = self.socket.recv(2048)
        if is_zrtp(datagram):
            self.stream.feed(now, datagram)
        elif self.keys and is_under(self.keys, datagram):
            self.protected += 1

    @property
    def keys(self) -> SrtpKeys | None:
        """The keys for the media, once they are there."""
        return next((output.keys for output in self.told if isinstance(output, Keyed)), None)

    def work(self, now: float) -> None:
        """Send what is due."""
        if self.peer is None:
            return
        if self.stream.deadline is not None and now >= self.stream.deadline:
            self.stream.tick(now)
        for output in self.stream.drain():
            if isinstance(output, Transmit):
                self.socket.sendto(output.datagram, self.peer)
            else:
                self.told.append(output)

    def send_silence(self) -> None:
        if self.peer is None or self.keys:
            return
        number = next(self._sequence)
        head = b"\x80\x00" + (number & 0xFFFF).to_bytes(2, "big")
        stamp = (number * 160 & 0xFFFFFFFF).to_bytes(4, "big")
        self.socket.sendto(head + stamp + self._ssrc.to_bytes(4, "big") + SILENCE, self.peer)


class EndPoint:
    """Leaving the ``with`` block ends the call and the thread."""

    def __init__(self, session: Session) -> None:
        self._sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sip.bind((LOOPBACK, 0))
        self.at = f"{LOOPBACK}:{self._sip.getsockname()[1]}"
        ssrc = int.from_bytes(SystemEntropy().draw(4), "big")
        self.audio = MediaPath(Stream(session, ssrc), ssrc)
        self._contacts: dict[str, str] = {}
        self._dialogue: dict[str, str] = {}
        self._remote: tuple[str, tuple[str, int]] | None = None
        self._is_running = True
        self.is_over = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._remote and not self.is_over:
            self._send_bye(*self._remote)
        self._is_running = False
        self._thread.join(5.0)
        with ExitStack() as stack:
            stack.enter_context(self._sip)
            stack.enter_context(self.audio.socket)

    @property
    def uri(self) -> str:
        return f"sip:end@{self.at}"

    def call(self, user: str) -> None:
        """Call a user that has registered here."""
        contact = until(lambda: self._contacts.get(user), f"registration of {user}")
        self._dialogue = {
            "from": f"<{self.uri}>;tag=ours",
            "to": f"<{contact}>",
            "call-id": f"{SystemEntropy().draw(8).hex()}@{LOOPBACK}",
            "cseq": "1",
        }
        invite = request("INVITE", contact, self.at, self._dialogue, self._description())
        self._sip.sendto(invite, _address_of(contact))

    def wait_secured(self) -> Secured:
        """The outcome of the exchange; PeerError where there is none in time."""
        return until(self._secured, "secured stream of the end point")

    def wait_protected(self) -> None:
        """Until sound comes under the peer's new keys."""
        until(lambda: self.audio.protected > 10, "media after the keys")

    def _secured(self) -> Secured | None:
        found = [output for output in self.audio.told if isinstance(output, Secured)]
        return found[0] if found else None

    def _run(self) -> None:
        sockets: dict[socket.socket, Callable[[float], None]] = {
            self._sip: self._hear_sip,
            self.audio.socket: self.audio.hear,
        }
        next_frame = time.monotonic()
        while self._is_running:
            ready, _, _ = select.select(list(sockets), [], [], FRAME_TIME / 4)
            now = time.monotonic()
            for each in ready:
                sockets[each](now)
            if now >= next_frame:
                self.audio.send_silence()
                next_frame += FRAME_TIME
            self.audio.work(now)

    def _hear_sip(self, now: float) -> None:
        datagram, source = self._sip.recvfrom(65535)
        if not datagram.strip():
            return  # a keep-alive
        message = Message.parse(datagram)
        if message.status is None:
            self._hear_request(now, message, source)
        elif message.method == "INVITE" and message.status == 200:
            self._hear_answer(now, message, source)

    def _hear_request(self, now: float, message: Message, source: tuple[str, int]) -> None:
        extra, body = [f"Contact: <{self.uri}>"], ""
        if message.method == "ACK":
            return
        if message.method == "REGISTER":
            user = re.search(r"sip:([^@]+)@", message["To"])
            assert user
            extra = [f"Contact: {message['Contact']};expires=600"]
            self._contacts[user[1]] = message.contact
        elif message.method == "INVITE":
            body = self._description()
            if self._remote is None:
                self._remote = message.contact, source
                self._dialogue = {
                    "from": f"{message['To']};tag=ours",
                    "to": message["From"],
                    "call-id": message["Call-ID"],
                    "cseq": "100",
                }
                self._open(now, message.body)
        elif message.method == "BYE":
            self.is_over = True
        self._sip.sendto(answer_to(message, "200 OK", extra, body), source)

    def _hear_answer(self, now: float, message: Message, source: tuple[str, int]) -> None:
        self._dialogue["to"] = message["To"]
        ack = request("ACK", message.contact, self.at, self._dialogue)
        self._sip.sendto(ack, source)
        if self._remote is None:
            self._remote = message.contact, source
            self._dialogue["cseq"] = "100"
            self._open(now, message.body)

    def _send_bye(self, contact: str, source: tuple[str, int]) -> None:
        self._sip.sendto(request("BYE", contact, self.at, self._dialogue), source)

    def _open(self, now: float, description: str) -> None:
        port = re.search(r"^m=audio (\d+)", description, re.MULTILINE)
        value = re.search(r"^a=zrtp-hash:(.+)$", description, re.MULTILINE)
        assert port, description
        assert value, description
        self.audio.open(now, (LOOPBACK, int(port[1])), value[1].strip())

    def _description(self) -> str:
        lines = [
            "v=0",
            f"o=end 1 1 IN IP4 {LOOPBACK}",
            "s=-",
            f"c=IN IP4 {LOOPBACK}",
            "t=0 0",
            f"m=audio {self.audio.port} RTP/AVP 0",
            "a=rtpmap:0 PCMU/8000",
            f"a=zrtp-hash:{attribute_value(self.audio.stream.hello_hash)}",
        ]
        return "".join(f"{line}\r\n" for line in lines)


def _address_of(uri: str) -> tuple[str, int]:
    found = re.search(r"@([0-9.]+):(\d+)", uri)
    assert found, uri
    return found[1], int(found[2])
