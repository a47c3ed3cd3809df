"""LIME's parsers and the whole way of a message: refused cleanly, whatever comes."""

from contextlib import suppress

from sonnette.base.errors import PeerError
from sonnette.bodies.media_type import MediaType
from sonnette.lime import ALGORITHMS, Incoming
from sonnette.lime.envelope import open_for, slice_for
from sonnette.lime.header import Header
from sonnette.lime.server_messages import (
    Refused,
    encode_request,
    encode_response,
    parse_request,
    parse_response,
)
from sonnette.server.lime_keys.rules import owner_of
from tests.lime.world import NOW, ROOM, pair

BOUNDARY = MediaType.parse("multipart/encrypted;boundary=b")
ALICE, BOB = pair()
BOB.receive(ALICE, ALICE.send(b"open", BOB))
GENUINE = BOB.incoming(ALICE, ALICE.send(b"genuine", BOB)).message


def header(data):
    with suppress(PeerError):
        read = Header.parse(data)
        assert read.raw + read.sealed == data
        assert read.init is None or read.init.encode() == read.opening


def message(data):
    """A genuine message with some of its bytes replaced does not decrypt."""
    at = data[0] if data else 0
    forged = GENUINE[:at] + data[1:] + GENUINE[at + len(data[1:]) :]
    for sent in (data, forged):
        if sent == GENUINE:
            continue
        with suppress(PeerError):
            BOB.device.decrypt(NOW, Incoming(ALICE.address, ROOM, sent))
            raise AssertionError("a forged message was taken")


def request(data):
    with suppress(PeerError):
        algorithm, read = parse_request(data)
        assert data.startswith(encode_request(algorithm, read))


def response(data):
    for algorithm in ALGORITHMS:
        with suppress(PeerError):
            read = parse_response(algorithm, data)
            if isinstance(read, Refused):
                continue  # its text is cut, and mended where it is no UTF-8
            assert parse_response(algorithm, encode_response(algorithm, read)) == read


def envelope(data):
    with suppress(PeerError):
        open_for(BOUNDARY, data, "sip:a@b;gr=1")
    with suppress(PeerError):
        sliced = slice_for(BOUNDARY, data, "sip:a@b;gr=1")
        slice_for(BOUNDARY, bytes(sliced), "sip:a@b;gr=1")


def owner(data):
    with suppress(PeerError):
        owner_of(data.decode("latin-1"))


TARGETS = {
    "lime-header": header,
    "lime-message": message,
    "lime-request": request,
    "lime-response": response,
    "lime-envelope": envelope,
    "lime-owner": owner,
}
