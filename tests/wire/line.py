"""A small SIP client on a real socket, for tests: blocking, bounded in time."""

import itertools
import socket
import ssl
from contextlib import ExitStack, suppress

from websockets.sync.client import connect as connect_websocket

from sonnette.base.entropy import SystemEntropy
from sonnette.base.errors import PeerError
from sonnette.sip import names
from sonnette.sip.digest import Algorithm, DigestClient, make_ha1, parse_challenge
from sonnette.sip.framer import Framer
from sonnette.sip.message import Message, Request, Response, answer
from sonnette.sip.outbound import PONG
from sonnette.sip.parser import parse

DOMAIN = "example.test"
PATIENCE_S = 15.0
_numbers = itertools.count(1)


class Datagrams:
    """UDP."""

    name = "UDP"

    def __init__(self, address):
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.connect(address)
        self.socket.settimeout(PATIENCE_S)

    def send(self, data):
        self.socket.send(data)

    def receive(self):
        while True:
            with suppress(ConnectionRefusedError):  # of a server that was just killed
                return self.socket.recv(65_535)

    def close(self):
        self.socket.close()


class Stream:
    """TCP, or TLS with ``ca``."""

    def __init__(self, address, ca=None):
        self.socket = socket.create_connection(address, PATIENCE_S)
        self.name = "TLS" if ca else "TCP"
        if ca:
            context = ssl.create_default_context(cafile=ca)
            self.socket = context.wrap_socket(self.socket, server_hostname=DOMAIN)
        self.framer = Framer()
        self.pieces = []

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        while not self.pieces:
            data = self.socket.recv(65_536)
            if not data:
                raise ConnectionResetError("the server closed the connection")
            self.pieces += self.framer.feed(data)
        return self.pieces.pop(0)

    def close(self):
        self.socket.close()


class Web:
    """WebSocket, or secure WebSocket with ``ca``."""

    def __init__(self, address, ca=None):
        host, port = address
        host = f"[{host}]" if ":" in host else host
        self.name = "WSS" if ca else "WS"
        context = ssl.create_default_context(cafile=ca) if ca else None
        self._open = ExitStack()
        self.socket = self._open.enter_context(
            connect_websocket(
                f"{self.name.lower()}://{host}:{port}/",
                subprotocols=["sip"],
                ssl=context,
                open_timeout=PATIENCE_S,
            )
        )

    def send(self, data):
        self.socket.send(data.decode())

    def receive(self):
        data = self.socket.recv(PATIENCE_S)
        return data.encode() if isinstance(data, str) else data

    def close(self):
        self._open.close()


def open_line(ready, transport):
    """A connection to the server that printed this ready line."""
    host, _, port = ready["sip"][transport].rpartition(":")
    address = host.strip("[]"), int(port)
    ca = ready["ca"] if transport in ("tls", "wss") else None
    if transport == "udp":
        return Datagrams(address)
    return (Web if transport in ("ws", "wss") else Stream)(address, ca)


class Line:
    """One user's client on one connection."""

    def __init__(self, ready, user, transport="udp", password=None, instance=None):
        self.user, self.transport = user, transport
        self.wire = open_line(ready, transport)
        self.number = next(_numbers)
        self.count = 0
        self.instance = instance or f"urn:uuid:{user}-{self.number}"
        self.contact = f"sip:{user}@client{self.number}.invalid;transport={transport}"
        password = password or f"secret-of-{user}"
        ha1 = {each: make_ha1(each, user, DOMAIN, password) for each in Algorithm}
        self.digest = DigestClient(user, None, ha1, SystemEntropy())

    def close(self):
        self.wire.close()

    def send(self, message: Message):
        self.wire.send(message.encode(is_stream=True))

    def receive(self) -> Message:
        """The next message; keep-alives are passed over."""
        while True:
            data = self.wire.receive()
            if data not in (PONG, b""):
                return parse(data)

    def wait_for(self, kind, *wanted):
        """The next response with one of these statuses, or request with one of these methods."""
        while True:
            with suppress(PeerError):
                message = self.receive()
                said = message.status if kind is Response else getattr(message, "method", None)
                if isinstance(message, kind) and (not wanted or said in wanted):
                    return message

    def request(self, method, target=None, extra="", body="", to=None, call=None):
        self.count += 1
        target = target or f"sip:{DOMAIN}"
        me = f"sip:{self.user}@{DOMAIN}"
        text = (
            f"{method} {target} SIP/2.0\r\n"
            f"Via: SIP/2.0/{self.wire.name} client{self.number}.invalid"
            f";branch=z9hG4bK{self.number}.{self.count};rport\r\n"
            f"From: <{me}>;tag=f{self.number}\r\nTo: {to or f'<{target}>'}\r\n"
            f"Call-ID: {call or f'c{self.number}.{self.count}'}\r\n"
            f"CSeq: {self.count} {method}\r\nMax-Forwards: 70\r\n{extra}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        return parse(text.encode())

    def ask(self, request, *wanted):
        """Send a request, answer one challenge; the first wanted (or final) response."""
        self.send(request)
        response = self.wait_for(Response)
        if response.status in (401, 407):
            request = self.with_credentials(request, response)
            self.send(request)
            response = self.wait_for(Response)
        while response.status < 200 and response.status not in wanted:
            response = self.wait_for(Response)
        return response

    def with_credentials(self, request, challenge):
        """The request again, with the answer to a challenge; an INVITE's 407 is acknowledged."""
        is_401 = challenge.status == 401
        header = names.WWW_AUTHENTICATE if is_401 else names.PROXY_AUTHENTICATE
        offers = [parse_challenge(value) for value in challenge.all(header)]
        chosen = self.digest.choose(offers)
        if request.method == "INVITE":
            self.acknowledge(request, challenge)
        again = request.copy()
        self.count += 1
        again.set(names.CSEQ, f"{self.count} {request.method}")
        via = (
            request.first(names.VIA)
            .replace(".", ".a", 1)
            .replace("branch=z9hG4bK", "branch=z9hG4bKa")
        )
        again.set(names.VIA, via.replace(".ainvalid", ".invalid"))
        own = names.AUTHORIZATION if is_401 else names.PROXY_AUTHORIZATION
        return again.add(own, str(self.digest.authorize(chosen, request.method, request.target)))

    def acknowledge(self, invite, response, routes=()):
        """ACK a final answer; with ``routes`` a 2xx, in its dialog."""
        is_success = response.status < 300
        target = response.contacts[0].uri if is_success else invite.target
        ack = self.request("ACK", str(target), to=response.first(names.TO), call=invite.call_id)
        ack.set(names.CSEQ, f"{response.cseq[0]} ACK")
        if not is_success:
            ack.set(names.VIA, invite.first(names.VIA))
        for route in routes:
            ack.add(names.ROUTE, route)
        self.send(ack)

    def register(self, expires=600):
        extra = (
            f'Contact: <{self.contact}>;+sip.instance="<{self.instance}>"\r\n'
            f"Expires: {expires}\r\nSupported: gruu, outbound\r\n"
        )
        me = f"<sip:{self.user}@{DOMAIN}>"
        return self.ask(self.request("REGISTER", extra=extra, to=me))

    def respond(self, request, status, reason="OK"):
        response = answer(request, status, reason, to_tag=f"t{self.number}")
        if 100 < status < 300:
            response.prepend(names.CONTACT, f"<{self.contact}>")
            for route in reversed(request.all(names.RECORD_ROUTE)):
                response.prepend(names.RECORD_ROUTE, route)
        self.send(response)


class Call:
    """A call between two lines, set up through the server."""

    def __init__(self, caller: Line, callee: Line):
        self.caller, self.callee = caller, callee
        target = f"sip:{callee.user}@{DOMAIN}"
        invite = caller.request("INVITE", target, f"Contact: <{caller.contact}>\r\n")
        caller.send(invite)
        challenge = caller.wait_for(Response, 407)
        self.invite = caller.with_credentials(invite, challenge)
        caller.send(self.invite)
        self.received = callee.wait_for(Request, "INVITE")
        callee.respond(self.received, 180, "Ringing")
        callee.respond(self.received, 200)
        self.answer = caller.wait_for(Response, 200)
        routes = self.answer.elements(names.RECORD_ROUTE)
        caller.acknowledge(self.invite, self.answer, reversed(routes))
        callee.wait_for(Request, "ACK")

    def hang_up(self, who: Line):
        """BYE from one side; the response it gets, once the other has answered."""
        is_caller = who is self.caller
        other = self.callee if is_caller else self.caller
        peer = self.answer if is_caller else self.received
        routes = peer.elements(names.RECORD_ROUTE)
        bye = who.request("BYE", str(peer.contacts[0].uri), call=self.invite.call_id)
        if is_caller:
            bye.set(names.TO, self.answer.first(names.TO))
        else:
            bye.set(names.FROM, f"{self.received.first(names.TO)};tag=t{who.number}")
            bye.set(names.TO, self.received.first(names.FROM))
        for route in reversed(routes) if is_caller else routes:
            bye.add(names.ROUTE, route)
        who.send(bye)
        other.respond(other.wait_for(Request, "BYE"), 200)
        return who.wait_for(Response, 200, 403, 404, 480, 481, 503)
