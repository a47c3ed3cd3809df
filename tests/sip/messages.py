"""Messages for the tests of the stack, and the flows they come on."""

from sonnette.sip.flow import Flow, Transport
from sonnette.sip.message import Request, Response
from sonnette.sip.parser import parse

SERVER = ("192.0.2.1", 5060)
CLIENT = ("198.51.100.7", 5070)

UDP = Flow(Transport.UDP, SERVER, CLIENT)
TCP = Flow(Transport.TCP, SERVER, CLIENT, serial=1)


def request_text(method="OPTIONS", target="sip:bob@example.org", cseq=1, branch="z9hG4bKa", **more):
    """A request as text; ``more`` adds fields or replaces them, None leaves one out."""
    fields = {
        "Via": f"SIP/2.0/UDP 198.51.100.7:5070;branch={branch};rport",
        "Max-Forwards": "70",
        "From": "<sip:alice@example.org>;tag=a1",
        "To": "<sip:bob@example.org>",
        "Call-ID": "call-1@198.51.100.7",
        "CSeq": f"{cseq} {method}",
        "Content-Length": "0",
    }
    fields |= {name.replace("_", "-"): value for name, value in more.items()}
    lines = [f"{method} {target} SIP/2.0"]
    for name, value in fields.items():
        values = value if isinstance(value, list) else [value]
        lines += [f"{name}: {each}" for each in values if each is not None]
    return "\r\n".join([*lines, "", ""])


def make_request(method="OPTIONS", target="sip:bob@example.org", **more) -> Request:
    message = parse(request_text(method, target, **more).encode("utf-8", "surrogateescape"))
    assert isinstance(message, Request)
    return message


def make_response(status=200, reason="OK", cseq="1 OPTIONS", branch="z9hG4bKa", **more) -> Response:
    fields = {
        "Via": f"SIP/2.0/UDP 198.51.100.7:5070;branch={branch}",
        "From": "<sip:alice@example.org>;tag=a1",
        "To": "<sip:bob@example.org>;tag=b1",
        "Call-ID": "call-1@198.51.100.7",
        "CSeq": cseq,
        "Content-Length": "0",
    }
    fields |= {name.replace("_", "-"): value for name, value in more.items()}
    lines = [f"SIP/2.0 {status} {reason}"]
    lines += [f"{name}: {value}" for name, value in fields.items() if value is not None]
    message = parse("\r\n".join([*lines, "", ""]).encode())
    assert isinstance(message, Response)
    return message
