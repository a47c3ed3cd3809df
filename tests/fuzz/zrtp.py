"""Whatever is heard on the media path, a stream neither raises nor does what it must not."""

from sonnette.base.entropy import SeededEntropy
from sonnette.base.errors import PeerError
from sonnette.zrtp import Keyed, MemoryCache, Secured, Session, State, Stream
from sonnette.zrtp.messages import Kind, frame, unframe
from sonnette.zrtp.wire.packet import pack, parse

PEER, LONGEST = 2, 2000


def take_in_packet(data):
    try:
        packet = parse(data)
    except PeerError:
        return
    if packet.slice is None:
        # Twelve bits of the header are of no use (RFC 6189 5).
        assert pack(packet.ssrc, packet.sequence, packet.data)[2:-4] == data[2:-4]


def take_in_dialogue(data):
    """Length-prefixed message bodies of chosen kinds, properly packed, to a stream that waits."""
    stream = discovering()
    kinds = list(Kind)
    while data:
        kind, size, data = kinds[data[0] % len(kinds)], 4 * (data[0] >> 4), data[1:]
        body, data = data[:size], data[size:]
        feed(stream, pack(PEER, 1, frame(kind, body + bytes(-len(body) % 4))))


def take_in_message(data):
    """The bytes as they are, as a message to a stream that has heard a Hello."""
    stream = discovering()
    feed(stream, hello_of_peer())
    feed(stream, pack(PEER, 1, frame(Kind.HELLO_ACK)))
    feed(stream, pack(PEER, 2, data[:LONGEST]))
    kind_and_body = frame(list(Kind)[data[0] % len(Kind)], data[1:LONGEST]) if data else b""
    feed(stream, pack(PEER, 3, kind_and_body[: len(kind_and_body) // 4 * 4]))


def discovering():
    stream = make("us", 1)
    stream.start(0.0)
    list(stream.drain())
    return stream


def make(name, ssrc):
    entropy = SeededEntropy(name)
    cache = MemoryCache(lambda: 0.0)
    return Stream(Session(entropy.draw(12), cache, entropy), ssrc)


def hello_of_peer():
    stream = make("peer", PEER)
    stream.start(0.0)
    (hello,) = stream.drain()
    assert unframe(parse(hello.datagram).data)[0] is Kind.HELLO
    return hello.datagram


def feed(stream, datagram):
    stream.feed(1.0, datagram)
    assert not any(isinstance(output, Keyed | Secured) for output in stream.drain())
    assert stream.state is not State.SECURE


TARGETS = {
    "zrtp-packets": take_in_packet,
    "zrtp-dialogue": take_in_dialogue,
    "zrtp-messages": take_in_message,
}
