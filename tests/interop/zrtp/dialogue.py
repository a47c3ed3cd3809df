"""The little SIP that one call needs, as text: RFC 3261 with one transaction at a time."""

import itertools
import re
from dataclasses import dataclass

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Message:
    """A SIP message by its lines."""

    start: str
    headers: dict[str, list[str]]
    body: str

    @classmethod
    def parse(cls, datagram: bytes) -> "Message":
        head, _, body = datagram.decode().partition("\r\n\r\n")
        start, *lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
        headers: dict[str, list[str]] = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers.setdefault(name.strip().lower(), []).append(value.strip())
        return cls(start, headers, body)

    def __getitem__(self, name: str) -> str:
        return self.headers[name.lower()][0]

    @property
    def method(self) -> str:
        """INVITE, BYE and so on, of a request or of what a response answers."""
        return self["CSeq"].split()[1]

    @property
    def status(self) -> int | None:
        """Of a response."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0") else None

    @property
    def contact(self) -> str:
        """The URI of the first Contact."""
        found = re.search(r"<([^>]+)>", self["Contact"])
        assert found
        return found[1]


def with_body(lines: list[str], body: str) -> bytes:
    kind = ["Content-Type: application/sdp"] if body else []
    head = "\r\n".join([*lines, *kind, f"Content-Length: {len(body)}"])
    return f"{head}\r\n\r\n{body}".encode()


def answer_to(request: Message, status: str, extra: list[str], body: str = "") -> bytes:
    """A response to ``request``; ours is the tag ``ours``."""
    lines = [f"SIP/2.0 {status}"]
    for name in ("Via", "From", "Call-ID", "CSeq", "Record-Route"):
        lines += [f"{name}: {value}" for value in request.headers.get(name.lower(), [])]
    tag = "" if "tag=" in request["To"] or status.startswith("100") else ";tag=ours"
    return with_body([*lines, f"To: {request['To']}{tag}", *extra], body)


def request(method: str, uri: str, at: str, dialogue: dict[str, str], body: str = "") -> bytes:
    """A request of ours from the address ``at``."""
    number = next(_numbers)
    return with_body(
        [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {at};branch=z9hG4bK-{number};rport",
            f"From: {dialogue['from']}",
            f"To: {dialogue['to']}",
            f"Call-ID: {dialogue['call-id']}",
            f"CSeq: {dialogue['cseq']} {method}",
            f"Contact: <sip:end@{at}>",
            "Max-Forwards: 70",
        ],
        body,
    )
