"""A small world for the server machine: members, phones on addresses, time by hand."""

from dataclasses import dataclass, field

from sonnette.base.entropy import SeededEntropy
from sonnette.server.identity import Identity
from sonnette.server.router.outward import Outward
from sonnette.server.server import Options, Ports, SipServer
from sonnette.sip import names
from sonnette.sip.digest import Algorithm, DigestClient, make_ha1, parse_challenge
from sonnette.sip.flow import Flow, Transport
from sonnette.sip.message import Message, Request, Response, answer
from sonnette.sip.outbound import FlowTokens
from sonnette.sip.parser import parse

DOMAIN = "example.test"
SERVER = ("127.0.0.1", 5060)


@dataclass(eq=False)
class Person:
    id: int
    domain: str
    username: str
    ha1_md5: bytes
    ha1_sha256: bytes
    phone: str | None = None
    active: bool = True


class Members:
    def __init__(self, *usernames):
        self.domains = {DOMAIN}
        self.people = {}
        for number, name in enumerate(usernames):
            md5 = make_ha1(Algorithm.MD5, name, DOMAIN, f"pw-{name}").encode()
            sha = make_ha1(Algorithm.SHA256, name, DOMAIN, f"pw-{name}").encode()
            self.people[name] = Person(number, DOMAIN, name, md5, sha)

    def find(self, domain, username):
        return self.people.get(username) if domain == DOMAIN else None

    def find_phone(self, domain, e164):
        return next((p for p in self.people.values() if p.phone == e164), None)


class Journal:
    def __init__(self):
        self.lines = []
        self.deadline = None

    def __getattr__(self, name):
        return lambda now, *facts, **more: self.lines.append((name, *facts))


class Bindings:
    """Saves at once, or when told to."""

    def __init__(self):
        self.is_slow = False
        self.waiting = []
        self.saved = []

    def save(self, aor, saved, removed, done):
        self.saved.append((aor, list(saved), list(removed)))
        if done is None:
            return
        if self.is_slow:
            self.waiting.append(done)
        else:
            done(True)


class Network:
    def __init__(self):
        self.streams = {}

    def datagram(self, remote, local=None):
        return Flow(Transport.UDP, local or SERVER, remote)

    def stream(self, transport, serial):
        return self.streams.get(serial)


@dataclass
class World:
    options: Options = field(default_factory=Options)
    people: tuple = ("alice", "bob", "carol")
    now: float = 1000.0

    def __post_init__(self):
        self.members = Members(*self.people)
        self.journal = Journal()
        self.bindings = Bindings()
        self.network = Network()
        tokens = FlowTokens(b"k" * 32)
        sockets = [(transport, SERVER) for transport in Transport]
        self.identity = Identity(self.members.domains, sockets, tokens=tokens)

        # What the driver would await; the test brings the flow itself.
        self.outward = Outward(lambda uri, size: uri, self.options.federation)
        ports = Ports(
            self.members,
            self.journal,
            self.bindings,
            self.network,
            SeededEntropy(1),
            self.outward,
            self.identity,
            b"k" * 32,
        )
        self.server = SipServer(self.options, ports)
        self.phones = []
        self.held = []

    def phone(self, name, port=None, transport=Transport.UDP):
        phone = Phone(self, name, port or 6000 + len(self.phones), transport)
        self.phones.append(phone)
        return phone

    def deliver(self):
        """Hand out what the server sends, until it has nothing more to say."""
        for out in self.server.drain():
            if isinstance(out, tuple):
                flow, data = out
                for phone in self.phones:
                    if phone.flow == flow:
                        phone.inbox.append(parse(data))
            else:
                self.held.append(out)

    def wait(self, seconds):
        """Let time pass, waking the server at each of its deadlines."""
        end = self.now + seconds
        while (due := self.server.deadline) is not None and due <= end:
            self.now = max(self.now, due)
            self.server.tick(self.now)
            self.deliver()
        self.now = end


class Phone:
    def __init__(self, world, name, port, transport=Transport.UDP):
        self.world, self.name = world, name
        self.contact = f"sip:{name}@127.0.0.1:{port}"
        self.flow = Flow(transport, SERVER, ("127.0.0.1", port), serial=port)
        if transport.is_reliable:
            world.network.streams[port] = self.flow
        self.inbox: list[Message] = []
        self.count = 0
        ha1 = {a: make_ha1(a, name, DOMAIN, f"pw-{name}") for a in Algorithm}
        self.digest = DigestClient(name, None, ha1, SeededEntropy(port))
        self.instance = f"urn:uuid:{port:032x}"

    def send(self, message):
        data = message if isinstance(message, bytes) else message.encode()
        self.world.server.feed(self.world.now, [(self.flow, data)])
        self.world.deliver()

    def request(self, method, target=None, extra="", body="", to=None, call=None, cseq=None):
        self.count += 1
        me = f"sip:{self.name}@{DOMAIN}"
        target = target or f"sip:{DOMAIN}"
        text = (
            f"{method} {target} SIP/2.0\r\n"
            f"Via: SIP/2.0/{self.flow.transport.value} 127.0.0.1:{self.flow.remote[1]}"
            f";branch=z9hG4bK{self.name}{self.flow.remote[1]}.{self.count};rport\r\n"
            f"From: <{me}>;tag=t{self.flow.remote[1]}\r\n"
            f"To: {to or f'<{target}>'}\r\n"
            f"Call-ID: {call or f'{self.flow.remote[1]}-{self.count}'}\r\n"
            f"CSeq: {cseq or self.count} {method}\r\n"
            f"Max-Forwards: 70\r\n{extra}Content-Length: {len(body)}\r\n\r\n{body}"
        )
        return parse(text.encode())

    def ask(self, request):
        """Send a request, answer one challenge, and return the last response to it."""
        self.send(request)
        final = self.take(Response)
        if final is not None and final.status in (401, 407):
            is_register = final.status == 401
            header = names.WWW_AUTHENTICATE if is_register else names.PROXY_AUTHENTICATE
            challenge = self.digest.choose([parse_challenge(v) for v in final.all(header)])
            credentials = self.digest.authorize(challenge, request.method, request.target)
            again = request.copy()
            self.count += 1
            again.set(names.CSEQ, f"{self.count + 100} {request.method}")
            branch = f"z9hG4bK{self.name}{self.flow.remote[1]}.again{self.count}"
            again.set(names.VIA, f"SIP/2.0/UDP 127.0.0.1;branch={branch};rport")
            own = names.AUTHORIZATION if is_register else names.PROXY_AUTHORIZATION
            again.add(own, str(credentials))
            if request.method == "INVITE":
                self.send(self.request("ACK", request.target).set(names.VIA, str(request.via)))
            self.last = again
            self.send(again)
            final = self.take(Response)
        return final

    def register(self, expires=600, extra="", contact=None):
        contact = contact or f'<{self.contact}>;+sip.instance="<{self.instance}>"'
        headers = (
            f"Contact: {contact}\r\nExpires: {expires}\r\nSupported: gruu, outbound\r\n{extra}"
        )
        me = f"<sip:{self.name}@{DOMAIN}>"
        return self.ask(self.request("REGISTER", extra=headers, to=me))

    def invite(self, callee, extra=""):
        headers = f"Contact: <{self.contact}>\r\nContent-Type: application/sdp\r\n{extra}"
        return self.ask(self.request("INVITE", f"sip:{callee}@{DOMAIN}", headers, body="v=0\r\n"))

    def take(self, kind=Message):
        """The newest message of this kind, with all before it thrown away."""
        found = [message for message in self.inbox if isinstance(message, kind)]
        self.inbox = [message for message in self.inbox if not isinstance(message, kind)]
        return found[-1] if found else None

    def respond(self, request, status, reason="OK", extra=()):
        response = answer(request, status, reason, to_tag=f"tag{self.flow.remote[1]}", extra=extra)
        if status > 100:
            response.fields[-1:-1] = [
                field for field in request.fields if field[0] == names.RECORD_ROUTE
            ]
            response.prepend(names.CONTACT, f"<{self.contact}>")
        self.send(response)


__all__ = ["DOMAIN", "Phone", "Request", "Response", "World"]
