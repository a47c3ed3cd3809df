"""Reads a SIP message, changes one header and writes it out: nothing else changes.

Run: python examples/parse_message.py
"""

from sonnette.sip import names
from sonnette.sip.parser import parse

DATAGRAM = (
    b"INVITE sip:bob@example.org SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 198.51.100.7:5070;branch=z9hG4bK7;rport\r\n"
    b"f: Alice <sip:alice@example.org>;tag=a1\r\n"
    b"t: <sip:bob@example.org>\r\n"
    b"i: 1@198.51.100.7\r\n"
    b"CSeq: 1 INVITE\r\n"
    b"X-Weather:  sunny,\r\n and warm\r\n"
    b"m: <sip:alice@198.51.100.7:5070>\r\n"
    b"l: 0\r\n\r\n"
)


def main():
    message = parse(DATAGRAM)
    print(f"{message.from_.display} calls {message.to.uri} from {message.contacts[0].uri}")
    print(f"an unknown header: {message.other('x-weather')!r}")
    assert message.encode() == DATAGRAM

    message.set(names.TO, '"Bob" <sip:bob@example.org>')
    print(message.encode().decode())


if __name__ == "__main__":
    main()
