"""Hostile and odd SIP messages out of SONNETTE_VECTORS, ready to be sent to a server.

The PROTOS files (`sip-protos-c07`) hold several messages each, with their length in front and
with words in angle brackets to be filled in.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from tests import vectors

FOLDERS = (
    "sip-torture-rfc4475",
    "sip-torture-ipv6-rfc5118",
    "sip-old-torture-sofia",
    "sip-real-world",
    "sip-protos-c07",
)
PROTOS = "sip-protos-c07"


@dataclass(frozen=True, slots=True)
class Sample:
    """One file: its name and the messages in it."""

    name: str
    messages: tuple[bytes, ...]


def samples(folder: str, domain: str, run: int = 0) -> list[Sample]:
    """The files of a folder; ``run`` makes the PROTOS transactions of each round new ones."""
    unpack = unpack_protos if folder == PROTOS else unpack_plain
    return [Sample(path.name, unpack(path, domain, run)) for path in vectors.files(folder)]


def unpack_plain(path: Path, _domain: str, _run: int) -> tuple[bytes, ...]:
    return (path.read_bytes(),)


def unpack_protos(path: Path, domain: str, run: int) -> tuple[bytes, ...]:
    """The messages of a PROTOS file with their placeholders filled in."""
    messages, rest = [], path.read_bytes()
    while match := re.match(rb"\s*(\d+) ", rest):
        end = match.end() + int(match[1])
        messages.append(filled(rest[match.end() : end], domain, run))
        rest = rest[end:]
    return tuple(messages)


def filled(message: bytes, domain: str, run: int) -> bytes:
    """The message with its placeholders replaced; Content-Length is that of the body."""
    body = re.split(rb"\r?\n\r?\n", message, maxsplit=1)[1:]
    words = {
        b"To": f"bob@{domain}",
        b"From": f"alice@{domain}",
        b"From-Address": "127.0.0.1",
        b"From-IP": "127.0.0.1",
        b"Local-Port": "5060",
        b"Branch-ID": f"-{run}",
        b"Call-ID": f"protos-{run}",
        b"CSeq": "1",
        b"Teardown-Method": "CANCEL",
    }
    for word, value in words.items():
        message = message.replace(b"<%s>" % word, value.encode())
        body = [part.replace(b"<%s>" % word, value.encode()) for part in body]
    return message.replace(b"<Content-Length>", str(len(b"".join(body))).encode())
