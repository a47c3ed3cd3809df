"""The message that parsers are measured with: a REGISTER of 777 bytes as a phone sends it."""

from collections.abc import Iterator

REGISTER = (
    b"REGISTER sip:bench.example SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.44:5060;branch=z9hG4bK.w7Tq20aXn;rport\r\n"
    b"From: <sip:benoit@bench.example>;tag=8Jc1uVx-r\r\n"
    b"To: sip:benoit@bench.example\r\n"
    b"CSeq: 47 REGISTER\r\n"
    b"Call-ID: TqV0m2xL9a\r\n"
    b"Max-Forwards: 70\r\n"
    b"Supported: replaces, outbound, gruu, path\r\n"
    b"Accept: application/sdp, text/plain, message/imdn+xml\r\n"
    b"Contact: <sip:benoit@192.0.2.44:5060;transport=udp>"
    b';+sip.instance="<urn:uuid:0d6a6c1e-95b3-4c83-a1f4-3f6b8e0c7d52>"\r\n'
    b"Expires: 3600\r\n"
    b"User-Agent: Sonnette-bench (made up for it)/1.0.4208\r\n"
    b'Authorization: Digest realm="bench.example", nonce="b2b1f9c04a7e65d3813c90a6f7d2e844", '
    b'algorithm=MD5, username="benoit", uri="sip:bench.example", '
    b'response="5d8a34d1f2c96e07ab4410c5b7e3f968", cnonce="0b6f1a9e44", nc=00000001, qop=auth\r\n'
    b"Content-Length: 0\r\n"
    b"\r\n"
)


def registers(count: int) -> Iterator[bytes]:
    """The same from as many phones, so that no cache of parsed values sees one twice."""
    for number in range(count):
        yield REGISTER.replace(b"benoit", b"b%05d" % number).replace(b"w7Tq2", b"%05d" % number)
