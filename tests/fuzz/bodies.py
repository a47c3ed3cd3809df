"""Bodies of several parts and compressed ones: taken in whole, or refused cleanly."""

from contextlib import suppress

from sonnette.base.errors import PeerError
from sonnette.bodies.encoding import decode
from sonnette.bodies.file_transfer import FileDescriptor
from sonnette.bodies.media_type import MediaType
from sonnette.bodies.multipart import parse, walk

MIXED = MediaType.parse("multipart/mixed;boundary=b")


def take_apart(data):
    with suppress(PeerError):
        found = parse(MIXED, data)
        assert bytes(found) == data
        for part in found.parts:
            part.headers()
        for kind, _ in walk(MIXED, data):
            assert MediaType.parse(str(kind)) == kind


def inflate(data):
    for coding in ("deflate", "gzip"):
        with suppress(PeerError):
            assert len(decode(data, coding, most=10_000)) <= 10_000


def describe(data):
    with suppress(PeerError):
        found = FileDescriptor.parse(data)
        assert FileDescriptor.parse(found.encode()) == found


TARGETS = {"multipart": take_apart, "content-encoding": inflate, "file-transfer": describe}
