"""SIP from strangers: messages, streams, endpoints, registrations, dialogs.

Nothing they send raises anything but PeerError, and what is understood goes on unchanged.
"""

from contextlib import suppress

from sonnette.base.entropy import SeededEntropy
from sonnette.base.errors import PeerError
from sonnette.sip import names
from sonnette.sip.dialog import Notifier, Subscriptions
from sonnette.sip.dialog.state import of_callee
from sonnette.sip.digest import DigestServer, parse_challenge, parse_credentials
from sonnette.sip.endpoint import Endpoint
from sonnette.sip.flow import Flow, Transport
from sonnette.sip.framer import Framer
from sonnette.sip.headers.address import parse_address
from sonnette.sip.headers.via import parse_via
from sonnette.sip.message import Request, answer
from sonnette.sip.outbound import PONG, FlowTokens
from sonnette.sip.parser import parse
from sonnette.sip.proxy import check_hops, check_loop, forward_copy, loop_mark, pop_via, push_via
from sonnette.sip.registrar import Policy, Record, apply, contact_fields
from sonnette.sip.transaction import RequestArrived
from sonnette.sip.uri import parse_uri

UDP = Flow(Transport.UDP, ("192.0.2.1", 5060), ("198.51.100.7", 5070))
TCP = Flow(Transport.TCP, ("192.0.2.1", 5060), ("198.51.100.7", 5070), serial=1)
OURS = frozenset(("192.0.2.1:5060",))
DIGEST = DigestServer(b"key", SeededEntropy("fuzz"))
TOKENS = FlowTokens(b"key")
SUBSCRIBE = parse(
    b"SUBSCRIBE sip:b@example.org SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\n"
    b"From: <sip:a@example.org>;tag=a\r\nTo: <sip:b@example.org>\r\nCall-ID: c\r\n"
    b"CSeq: 1 SUBSCRIBE\r\nEvent: presence\r\nContact: <sip:a@h>\r\nContent-Length: 0\r\n\r\n"
)


def read(data):
    """A message read is written as it came, and each of its values is there or refused."""
    try:
        message = parse(data)
    except PeerError:
        return
    raw = message.encode()
    assert parse(raw).encode() == raw
    for value in ("contacts", "routes", "expires", "event", "content_type", "max_forwards"):
        with suppress(PeerError, AttributeError):
            getattr(message, value)
    for header in (names.AUTHORIZATION, names.WWW_AUTHENTICATE, names.PROXY_AUTHORIZATION):
        for text in message.all(header):
            judge(text)
    if isinstance(message, Request):
        carry_on(message)
    else:
        with suppress(PeerError):
            parse(pop_via(message).encode())


def judge(text):
    with suppress(PeerError):
        parse_challenge(text)
    with suppress(PeerError):
        credentials = parse_credentials(text)
        if credentials is not None:
            DIGEST.check(0.0, credentials, "0" * 32, "INVITE")


def carry_on(request):
    """As a proxy, a registrar and a user agent would."""
    with suppress(PeerError):
        check_loop(request, OURS)
        copy = forward_copy(request, check_hops(request))
        push_via(copy, UDP, f"z9hG4bKfuzz.{loop_mark(request)}")
        assert parse(copy.encode()).via.branch.startswith("z9hG4bKfuzz.")
    record = Record()
    with suppress(PeerError):
        apply(record, request, 0.0, Policy(), UDP)
        for field in contact_fields(record, "sip:a@example.org", 0.0, with_gruu=True):
            parse_address(field[2])
    with suppress(PeerError):
        of_callee(request, "tag").request("BYE").encode()
    with suppress(PeerError):
        Notifier(0.0, request, "tag", "<sip:us@example.org>").drain()
    with suppress(PeerError):
        Subscriptions(0.0, SUBSCRIBE).feed(0.0, request)


def cut(data):
    """The first octet says where the rest is cut in two: the messages are the same."""
    if not data:
        return
    at, stream = data[0] * (len(data) - 1) // 255, data[1:]
    whole, halves = Framer(), Framer()
    once = [piece for piece in whole.feed(stream) if piece != PONG]
    twice = [*halves.feed(stream[:at]), *halves.feed(stream[at:])]
    assert once == [piece for piece in twice if piece != PONG]
    assert (whole.error is None) == (halves.error is None)


def take_in(data):
    """An endpoint takes anything in, and its answers are messages."""
    endpoint = Endpoint(SeededEntropy("fuzz"))
    for flow in (UDP, TCP):
        endpoint.feed(0.0, [(flow, data), (flow, data)])
        for out in endpoint.drain():
            if isinstance(out, RequestArrived):
                server = endpoint.layer.make_server(out.flow, out.request)
                response = answer(out.request, 200, "OK", to_tag="tag")
                endpoint.layer.respond(0.0, server, response)
            elif isinstance(out, tuple):
                assert out[1].startswith(b"SIP/2.0 ")
    while (deadline := endpoint.deadline) is not None:
        endpoint.tick(deadline)
        endpoint.drain()


def take_apart(data):
    """Single values."""
    text = data.decode("utf-8", "surrogateescape")
    for reader in (parse_uri, parse_address, parse_via):
        with suppress(PeerError):
            value = reader(text)
            assert reader(str(value)) == value
    with suppress(PeerError):
        TOKENS.open(text)
    judge(f"Digest {text}")


TARGETS = {
    "sip-parser": read,
    "sip-framer": cut,
    "sip-endpoint": take_in,
    "sip-values": take_apart,
}
SEEDS = {
    "sip-parser": "sip-torture-rfc4475",
    "sip-framer": "sip-real-world",
    "sip-endpoint": "sip-torture-rfc4475",
}
