"""A phone of the smallest kind: it registers others, calls, is called, and speaks ZRTP.

One thread, one SIP socket, and a path each for audio and video.
"""

import re
import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Self

from sonnette.base.entropy import SystemEntropy
from sonnette.sdp import parse
from sonnette.sdp.catalogue import RTPMAP
from sonnette.zrtp import Secured, Session
from tests.interop.ports import LOOPBACK
from tests.interop.waiting import until
from tests.interop.zrtp.dialogue import Message, answer_to, request
from tests.interop.zrtp.media import MediaPath

FRAME_TIME = 0.02
PCMU = ("RTP/AVP", "0", "0 PCMU/8000")


class EndPoint:
    """One call at a time; leaving the ``with`` block ends it, and the thread."""

    def __init__(self, session: Session) -> None:
        self._open_sockets = ExitStack()
        self._sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sip.bind((LOOPBACK, 0))
        self.at = f"{LOOPBACK}:{self._sip.getsockname()[1]}"
        self._open_sockets.enter_context(self._sip)
        self._contacts: dict[str, str] = {}
        self._is_running = True
        self.prepare(session)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def prepare(self, session: Session) -> None:
        """Be ready for a call, or for another."""
        audio = MediaPath(session)
        video = MediaPath(session, after=audio)
        for path in (audio, video):
            self._open_sockets.enter_context(path.socket)
        self.audio, self.video = audio, video
        self._dialogue: dict[str, str] = {}
        self._remote: tuple[str, tuple[str, int]] | None = None
        self._is_over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._remote and not self._is_over:
            contact, source = self._remote
            self._sip.sendto(request("BYE", contact, self.at, self._dialogue), source)
        self._is_running = False
        self._thread.join(5.0)
        self._open_sockets.close()

    @property
    def uri(self) -> str:
        return f"sip:end@{self.at}"

    def call(self, user: str) -> None:
        """Call a user that has registered here, for audio."""
        contact = until(lambda: self._contacts.get(user), f"registration of {user}")
        self._dialogue = {
            "from": f"<{self.uri}>;tag=ours",
            "to": f"<{contact}>",
            "call-id": f"{SystemEntropy().draw(8).hex()}@{LOOPBACK}",
            "cseq": "1",
        }
        offer = self._description({"audio": PCMU})
        invite = request("INVITE", contact, self.at, self._dialogue, offer)
        self._sip.sendto(invite, _address_of(contact))

    def wait_secured(self, path: MediaPath) -> Secured:
        """The outcome of the exchange; PeerError where there is none in time."""
        return until(lambda: path.secured, "secured stream of the end point")

    def wait_protected(self, path: MediaPath) -> None:
        """Until packets come under the peer's new keys."""
        until(lambda: path.protected > 10, "media after the keys")

    def _run(self) -> None:
        next_frame = time.monotonic()
        while self._is_running:
            audio, video = self.audio, self.video
            sockets: dict[socket.socket, Callable[[float], None]] = {
                self._sip: self._hear_sip,
                audio.socket: audio.hear,
                video.socket: video.hear,
            }
            ready, _, _ = select.select(list(sockets), [], [], FRAME_TIME / 4)
            now = time.monotonic()
            for each in ready:
                sockets[each](now)
            is_due = now >= next_frame
            next_frame += FRAME_TIME * is_due
            for path in (audio, video):
                if is_due:
                    path.send_silence()
                path.work(now)

    def _hear_sip(self, now: float) -> None:
        datagram, source = self._sip.recvfrom(65535)
        if not datagram.strip():
            return  # a keep-alive
        message = Message.parse(datagram)
        if message.status is None:
            self._hear_request(message, source)
        elif message.method == "INVITE" and message.status == 200:
            self._hear_answer(message, source)

    def _hear_request(self, message: Message, source: tuple[str, int]) -> None:
        extra, body = [f"Contact: <{self.uri}>"], ""
        if message.method == "ACK":
            return
        if message.method == "REGISTER":
            user = re.search(r"sip:([^@]+)@", message["To"])
            assert user
            extra = [f"Contact: {message['Contact']};expires=600"]
            self._contacts[user[1]] = message.contact
        elif message.method == "INVITE":
            body = self._hear_offer(message, source)
        elif message.method == "BYE":
            self._is_over = True
        self._sip.sendto(answer_to(message, "200 OK", extra, body), source)

    def _hear_offer(self, invite: Message, source: tuple[str, int]) -> str:
        """The answer to an offer: its first format of each kind of media."""
        if self._remote is None:
            self._remote = invite.contact, source
            self._dialogue = {
                "from": f"{invite['To']};tag=ours",
                "to": invite["From"],
                "call-id": invite["Call-ID"],
                "cseq": "100",
            }
            self._open(invite.body)
        formats = {}
        for section in parse(invite.body.encode()).media:
            head = section.head
            names = {str(each.payload): str(each) for each in section.all(RTPMAP)}
            first = str(head.formats[0])
            formats[head.kind] = head.protocol, first, names.get(first, PCMU[2])
        return self._description(formats)

    def _hear_answer(self, message: Message, source: tuple[str, int]) -> None:
        self._dialogue["to"] = message["To"]
        ack = request("ACK", message.contact, self.at, self._dialogue)
        self._sip.sendto(ack, source)
        if self._remote is None:
            self._remote = message.contact, source
            self._dialogue["cseq"] = "100"
            self._open(message.body)

    def _open(self, description: str) -> None:
        for section in parse(description.encode()).media:
            if section.head.port:
                getattr(self, section.head.kind).open(section)

    def _description(self, formats: dict[str, tuple[str, str, str]]) -> str:
        lines = ["v=0", f"o=end 1 1 IN IP4 {LOOPBACK}", "s=-", f"c=IN IP4 {LOOPBACK}", "t=0 0"]
        for kind, (protocol, payload, name) in formats.items():
            path: MediaPath = getattr(self, kind)
            lines += [
                f"m={kind} {path.port} {protocol} {payload}",
                f"a=rtpmap:{name}",
                f"a=zrtp-hash:1.10 {path.stream.hello_hash.hex()}",
            ]
        return "".join(f"{line}\r\n" for line in lines)


def _address_of(uri: str) -> tuple[str, int]:
    found = re.search(r"@([0-9.]+):(\d+)", uri)
    assert found, uri
    return found[1], int(found[2])
