"""What phones say to a server machine, written as text: for benches without sockets."""

import hashlib
import re

from sonnette.sip.flow import Flow, Transport
from tests.bench.population import DOMAIN, BenchAccount

SERVER = ("127.0.0.1", 5060)
PORT = 20_000
ECHOED = ("Via", "Record-Route", "From", "To", "Call-ID", "CSeq")
SESSION = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" + (
    "m=audio 7078 RTP/AVP 96 0 8 101\r\na=rtpmap:96 opus/48000/2\r\n"
    "a=fmtp:96 useinbandfec=1\r\na=rtpmap:101 telephone-event/8000\r\n"
)
TEXT = "Good morning! The train is late, I will be there at ten past nine."

_NONCE = re.compile(rb'nonce="([^"]+)"')
_CHALLENGES = {b"401": "Authorization", b"407": "Proxy-Authorization"}


class Phone:
    """One account's phone, with an address of its own."""

    def __init__(self, number: int, account: BenchAccount) -> None:
        self.account = account
        self.host = f"127.{16 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"
        self.flow = Flow(Transport.UDP, SERVER, (self.host, PORT))
        self.aor = f"sip:{account.name}@{DOMAIN}"
        self.contact = f"<sip:{account.name}@{self.host}:{PORT};transport=udp>"
        self._sent = 0

    def request(
        self, method: str, target: str, *lines: str, body: str = "", to: str = "", cseq: str = ""
    ) -> str:
        """A request of this phone: a new branch, a higher CSeq unless one is given."""
        self._sent += 1
        callee = f"<{self.aor}>" if method == "REGISTER" else f"<{target}>"
        kind = "application/sdp" if method == "INVITE" else "text/plain"
        return "\r\n".join(
            [
                f"{method} {target} SIP/2.0",
                f"Via: SIP/2.0/UDP {self.host}:{PORT};rport;branch=z9hG4bK-{self._sent}-{method}",
                "Max-Forwards: 70",
                f"From: <{self.aor}>;tag={self.account.name}",
                f"To: {to or callee}",
                f"Call-ID: {self.account.instance}-{method if method == 'REGISTER' else 'call'}",
                f"CSeq: {cseq or self._sent} {method}",
                *lines,
                "User-Agent: sonnette-bench",
                *([f"Content-Type: {kind}"] if body else []),
                f"Content-Length: {len(body)}",
                "",
                body,
            ]
        )

    def register(self, *lines: str) -> str:
        """REGISTER for an hour."""
        instance = f'+sip.instance="<urn:uuid:{self.account.instance}>"'
        return self.request(
            "REGISTER",
            f"sip:{DOMAIN}",
            f"Contact: {self.contact};{instance}",
            "Supported: replaces, outbound, gruu, path",
            "Expires: 3600",
            *lines,
        )

    def message(self, callee: "Phone", *lines: str) -> str:
        """MESSAGE to another."""
        return self.request("MESSAGE", callee.aor, *lines, body=TEXT)

    def invite(self, callee: "Phone", *lines: str) -> str:
        """INVITE to another."""
        return self.request("INVITE", callee.aor, f"Contact: {self.contact}", *lines, body=SESSION)

    def in_dialog(self, method: str, answer: bytes) -> str:
        """ACK or BYE along the recorded route of a 200 to INVITE (RFC 3261 §12.1.2)."""
        routes = [f"Route: {line}" for line in reversed(values(answer, "Record-Route"))]
        contact = values(answer, "Contact")[0]
        target = contact[contact.index("<") + 1 : contact.index(">")]
        cseq = values(answer, "CSeq")[0].split()[0] if method == "ACK" else ""
        return self.request(method, target, *routes, to=values(answer, "To")[0], cseq=cseq)

    def ack_of_refusal(self, invite: bytes, answer: bytes) -> str:
        """ACK of a final answer above 2xx, on the branch of its INVITE (§17.1.1.3)."""
        target = invite.split(b" ", 2)[1].decode()
        lines = [f"{name}: {values(answer, name)[0]}" for name in ("Via", "From", "To", "Call-ID")]
        cseq = values(answer, "CSeq")[0].replace("INVITE", "ACK")
        tail = [f"CSeq: {cseq}", "Max-Forwards: 70", "Content-Length: 0", "", ""]
        return "\r\n".join([f"ACK {target} SIP/2.0", *lines, *tail])

    def credentials(self, method: str, target: str, challenge: bytes) -> str:
        """The header line that answers a challenge (RFC 7616 §3.4.1, MD5, qop=auth)."""
        found = _NONCE.search(challenge)
        assert found is not None, challenge
        nonce = found[1].decode()
        ha2 = hashlib.md5(f"{method}:{target}".encode()).hexdigest()
        clear = f"{self.account.ha1}:{nonce}:00000001:c0ffee:auth:{ha2}"
        return (
            f'{_CHALLENGES[challenge[8:11]]}: Digest username="{self.account.name}", '
            f'realm="{DOMAIN}", nonce="{nonce}", uri="{target}", '
            f'response="{hashlib.md5(clear.encode()).hexdigest()}", algorithm=MD5, '
            'qop=auth, nc=00000001, cnonce="c0ffee"'
        )

    def answer(self, request: bytes, status: str, body: str = "") -> str:
        """This phone's answer to a request that reached it."""
        lines = [f"{name}: {value}" for name in ECHOED for value in values(request, name)]
        tagged = [f"{line};tag=called" if _is_untagged(line) else line for line in lines]
        extra = [f"Contact: {self.contact}"] if request.startswith(b"INVITE") else []
        extra += ["Content-Type: application/sdp"] if body else []
        return "\r\n".join(
            [f"SIP/2.0 {status}", *tagged, *extra, f"Content-Length: {len(body)}", "", body]
        )


def values(message: bytes, name: str) -> list[str]:
    """The values of a header, in order."""
    head = message.partition(b"\r\n\r\n")[0].decode()
    prefix = f"{name}: "
    return [line[len(prefix) :] for line in head.split("\r\n") if line.startswith(prefix)]


def _is_untagged(line: str) -> bool:
    return line.startswith("To: ") and ";tag=" not in line
