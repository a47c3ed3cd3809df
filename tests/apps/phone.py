"""A telephone of a few lines: one UDP socket, one account, no timers.

Each verb sends; :meth:`Phone.final` and :meth:`Phone.hears` wait for what comes back, and
pass over what they do not wait for.
"""

import socket
from itertools import count

from sonnette.base.entropy import SeededEntropy
from sonnette.sip import names
from sonnette.sip.digest import Algorithm, DigestClient, make_ha1, parse_challenge
from sonnette.sip.headers.address import parse_address
from sonnette.sip.message import Request, Response
from sonnette.sip.parser import parse

DOMAIN = "example.test"
PATIENCE_S = 10.0


class Phone:
    def __init__(self, server: tuple[str, int], username: str, password: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(PATIENCE_S)
        self._server = server
        self._number = count(1)
        self.username = username
        self.address = f"sip:{username}@{DOMAIN}"
        host, port = self._socket.getsockname()
        self.contact = f"<sip:{username}@{host}:{port}>"
        self._where = f"{host}:{port}"
        entropy = SeededEntropy(username)
        ha1 = {Algorithm.MD5: make_ha1(Algorithm.MD5, username, DOMAIN, password)}
        self._digest = DigestClient(username, DOMAIN, ha1, entropy)

    def close(self) -> None:
        self._socket.close()

    def register(self, expires: int = 3600) -> Response:
        request = self._request("REGISTER", f"sip:{DOMAIN}", self.address)
        self._authorise(request + f"Contact: {self.contact}\r\nExpires: {expires}\r\n")
        return self.final()

    def invite(self, callee: str) -> None:
        request = self._request("INVITE", callee, callee)
        self._authorise(request + f"Contact: {self.contact}\r\n")

    def acknowledge(self, answer: Response) -> None:
        self.send(self._within(answer, "ACK"))

    def hang_up(self, answer: Response) -> None:
        """BYE in the dialog that ``answer`` made."""
        self.send(self._within(answer, "BYE"))

    def hears(self, method: str) -> Request:
        """The next request of that method."""
        while True:
            message = self._receive()
            if isinstance(message, Request) and message.method == method:
                return message

    def answers(self, request: Request, status: int) -> None:
        copied = [
            f"{name}: {value}\r\n"
            for name, header in (
                ("Via", names.VIA),
                ("Record-Route", names.RECORD_ROUTE),
                ("From", names.FROM),
                ("Call-ID", names.CALL_ID),
                ("CSeq", names.CSEQ),
            )
            for value in request.all(header)
        ]
        to = request.all(names.TO)[0]
        to += "" if "tag=" in to else ";tag=callee"
        self.send(
            f"SIP/2.0 {status} Fine\r\n{''.join(copied)}To: {to}\r\nContact: {self.contact}\r\n"
        )

    def send(self, head: str) -> None:
        self._socket.sendto(f"{head}Content-Length: 0\r\n\r\n".encode(), self._server)

    def _authorise(self, head: str) -> None:
        self.send(head)
        answer = self.final()
        header, reply = names.WWW_AUTHENTICATE, "Authorization"
        if answer.status == 407:
            header, reply = names.PROXY_AUTHENTICATE, "Proxy-Authorization"
            self.send(head.replace("INVITE", "ACK"))
        challenge = parse_challenge(answer.all(header)[0])
        assert challenge is not None
        method, target = head.split(" ", 2)[:2]
        credentials = self._digest.authorize(challenge, method, target)
        again = head.replace("branch=z9hG4bK", "branch=z9hG4bKagain")
        cseq = int(head.partition("CSeq: ")[2].split()[0])
        again = again.replace(f"CSeq: {cseq}", f"CSeq: {cseq + 1}")
        self.send(f"{again}{reply}: {credentials}\r\n")

    def _request(self, method: str, target: str, to: str) -> str:
        number = next(self._number)
        return (
            f"{method} {target} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self._where};rport;branch=z9hG4bK{self.username}{number}\r\n"
            f"From: <{self.address}>;tag={self.username}\r\nTo: <{to}>\r\n"
            f"Call-ID: {method}-{number}@{self.username}\r\nCSeq: {10 * number} {method}\r\n"
            "Max-Forwards: 70\r\n"
        )

    def _within(self, answer: Response, method: str) -> str:
        number = next(self._number)
        routes = "".join(
            f"Route: {route}\r\n" for route in answer.elements(names.RECORD_ROUTE)[::-1]
        )
        cseq, _ = answer.cseq
        return (
            f"{method} {parse_address(answer.all(names.CONTACT)[0]).uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self._where};rport;branch=z9hG4bK{self.username}{number}\r\n"
            f"From: {answer.all(names.FROM)[0]}\r\nTo: {answer.all(names.TO)[0]}\r\n"
            f"Call-ID: {answer.call_id}\r\nCSeq: {cseq + (method == 'BYE')} {method}\r\n"
            f"{routes}Max-Forwards: 70\r\n"
        )

    def final(self) -> Response:
        """The next final answer."""
        while True:
            message = self._receive()
            if isinstance(message, Response) and message.status >= 200:
                return message

    def _receive(self) -> Request | Response:
        message = parse(self._socket.recv(65_535))
        assert isinstance(message, Request | Response)
        return message
