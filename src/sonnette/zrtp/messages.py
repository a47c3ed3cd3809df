"""The messages, byte by byte (RFC 6189 5.2 to 5.16).

A message is sent and hashed as its bytes, so these types only read and write them.
"""

import hmac
import struct
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import TypeVar

from sonnette.base.bytes import Reader, Writer
from sonnette.base.errors import PeerError
from sonnette.zrtp.algorithms import (
    MOST_OF_A_KIND,
    Algorithm,
    AuthTag,
    Cipher,
    Hash,
    KeyAgreement,
    Offer,
    Sas,
    Suite,
)
from sonnette.zrtp.refusal import ErrorCode, Refusal

PREAMBLE = 0x505A
VERSION = b"1.10"
MAC_SIZE = 8
IMAGE_SIZE = 32
ZID_SIZE = 12
ID_SIZE = 8
HVI_SIZE = 32
NONCE_SIZE = 16
FOREVER = 0xFFFFFFFF
COUNT_SHIFTS = 16, 12, 8, 4, 0
_HELLO = struct.Struct(f"!4s16s{IMAGE_SIZE}s{ZID_SIZE}sI")


class Kind(Enum):
    """The type block of a message (RFC 6189 5.1.1)."""

    HELLO = b"Hello   "
    HELLO_ACK = b"HelloACK"
    COMMIT = b"Commit  "
    DHPART1 = b"DHPart1 "
    DHPART2 = b"DHPart2 "
    CONFIRM1 = b"Confirm1"
    CONFIRM2 = b"Confirm2"
    CONF2_ACK = b"Conf2ACK"
    ERROR = b"Error   "
    ERROR_ACK = b"ErrorACK"
    GO_CLEAR = b"GoClear "
    CLEAR_ACK = b"ClearACK"
    SAS_RELAY = b"SASrelay"
    RELAY_ACK = b"RelayACK"
    PING = b"Ping    "
    PING_ACK = b"PingACK "


def frame(kind: Kind, body: bytes = b"", mac_size: int = 0) -> bytes:
    """A message of ``kind``; ``mac_size`` counts bytes that are still to be appended."""
    words = (12 + len(body) + mac_size) // 4
    return struct.pack("!HH8s", PREAMBLE, words, kind.value) + body


def unframe(message: bytes) -> tuple[Kind, Reader]:
    """The type of a message and a reader at its body; PeerError ``zrtp.message`` if broken."""
    preamble, words = int.from_bytes(message[:2], "big"), int.from_bytes(message[2:4], "big")
    if preamble != PREAMBLE or 4 * words != len(message):
        raise PeerError("zrtp.message", f"{len(message)} bytes do not make a message")
    try:
        return Kind(message[4:12]), Reader(memoryview(message)[12:], "message")
    except ValueError:
        raise PeerError("zrtp.message", "unknown type of message") from None


def image(secret: bytes, times: int = 1) -> bytes:
    """A link of the hash chain (RFC 6189 9), always by SHA-256."""
    for _ in range(times):
        secret = sha256(secret).digest()
    return secret


def seal(message: bytes, key: bytes) -> bytes:
    """The message with its MAC, keyed by an image that only a later message shows."""
    return message + hmac.digest(key, message, "sha256")[:MAC_SIZE]


def is_sealed(message: bytes, key: bytes) -> bool:
    """Whether the MAC at the end of a message is right."""
    expected = seal(message[:-MAC_SIZE], key)
    return hmac.compare_digest(expected, message)


@dataclass(frozen=True, slots=True)
class Hello:
    """Who is there and what it can do (5.2)."""

    h3: bytes
    zid: bytes
    offer: Offer
    client: bytes
    version: bytes = VERSION
    passive: bool = False

    def encode(self, h2: bytes) -> bytes:
        """The message, sealed with ``h2``."""
        lists = self.offer.lists
        counts = int(self.passive) << 28
        for shift, names in zip(COUNT_SHIFTS, lists, strict=True):
            counts |= len(names) << shift
        writer = Writer().put(self.version).put(self.client.ljust(16)[:16])
        writer.put(self.h3).put(self.zid).u32(counts)
        for names in lists:
            writer.put(b"".join(name.octets for name in names))
        return seal(frame(Kind.HELLO, writer.done(), MAC_SIZE), h2)

    @classmethod
    def read(cls, reader: Reader) -> "Hello":
        """The body of a Hello; names we do not know are passed over."""
        version, client, h3, zid, counts = _HELLO.unpack(reader.view(_HELLO.size))
        sizes = [counts >> shift & 15 for shift in COUNT_SHIFTS]
        if max(sizes) > MOST_OF_A_KIND:
            raise PeerError("zrtp.message", f"Hello: more than {MOST_OF_A_KIND} algorithms")
        offer = Offer(
            _known(Hash, reader, sizes[0]),
            _known(Cipher, reader, sizes[1]),
            _known(AuthTag, reader, sizes[2]),
            _known(KeyAgreement, reader, sizes[3]),
            _known(Sas, reader, sizes[4]),
        )
        reader.view(MAC_SIZE)
        reader.finish()
        return cls(h3, zid, offer, client, version, bool(counts >> 28 & 1))


A = TypeVar("A", bound=Algorithm)


_NAMES: dict[type[Algorithm], set[bytes]] = {
    kind: {member.octets for member in kind} for kind in (Hash, Cipher, AuthTag, KeyAgreement, Sas)
}


def _known(kind: type[A], reader: Reader, count: int) -> list[A]:
    block = reader.take(4 * count)
    names = [block[at : at + 4] for at in range(0, len(block), 4)]
    return [kind(name) for name in names if name in _NAMES[kind]]


@dataclass(frozen=True, slots=True)
class Commit:
    """The algorithms settled, and what binds the initiator to a value unseen (5.4).

    ``binding`` is the hvi, or the nonce of multistream mode; ``key`` the public key of an
    encapsulation, else empty.
    """

    h2: bytes
    zid: bytes
    suite: Suite
    binding: bytes
    key: bytes = b""

    def encode(self, h1: bytes) -> bytes:
        """The message, sealed with ``h1``."""
        suite = self.suite
        writer = Writer().put(self.h2).put(self.zid)
        for name in (suite.hash, suite.cipher, suite.tag, suite.agreement, suite.scheme):
            writer.put(name.octets)
        body = writer.put(self.binding).put(_padded(self.key)).done()
        return seal(frame(Kind.COMMIT, body, MAC_SIZE), h1)

    @classmethod
    def read(cls, reader: Reader) -> "Commit":
        """The body of a Commit; an algorithm we do not know is refused by name."""
        h2, zid = reader.take(IMAGE_SIZE), reader.take(ZID_SIZE)
        suite = Suite(
            _settled(Hash, reader, ErrorCode.HASH),
            _settled(Cipher, reader, ErrorCode.CIPHER),
            _settled(AuthTag, reader, ErrorCode.AUTH_TAG),
            _settled(KeyAgreement, reader, ErrorCode.KEY_AGREEMENT),
            _settled(Sas, reader, ErrorCode.SAS),
        )
        multistream = suite.agreement is KeyAgreement.MULT
        binding = reader.take(NONCE_SIZE if multistream else HVI_SIZE)
        key = reader.take(reader.remaining - MAC_SIZE)
        if key and not suite.agreement.encapsulates:
            raise PeerError("zrtp.message", f"Commit: {len(key)} bytes too many")
        return cls(h2, zid, suite, binding, key)


def _settled(kind: type[A], reader: Reader, wire: ErrorCode) -> A:
    try:
        return kind(reader.take(4))
    except ValueError:
        raise Refusal(wire, "algorithm", f"unknown {kind.__name__} in the Commit") from None


def _padded(value: bytes) -> bytes:
    return value + bytes(-len(value) % 4)


@dataclass(frozen=True, slots=True)
class SecretIds:
    """Which shared secrets a side holds, without showing them (5.5)."""

    rs1: bytes
    rs2: bytes
    auxiliary: bytes
    pbx: bytes


@dataclass(frozen=True, slots=True)
class DhPart:
    """A public value, ciphertext or nonce, with the secrets the sender holds (5.5, 5.6)."""

    h1: bytes
    ids: SecretIds
    value: bytes

    def encode(self, kind: Kind, h0: bytes) -> bytes:
        """The message, sealed with ``h0``."""
        writer = Writer().put(self.h1)
        writer.put(self.ids.rs1).put(self.ids.rs2).put(self.ids.auxiliary).put(self.ids.pbx)
        return seal(frame(kind, writer.put(_padded(self.value)).done(), MAC_SIZE), h0)

    @classmethod
    def read(cls, reader: Reader) -> "DhPart":
        """The body of a DHPart1 or DHPart2."""
        h1 = reader.take(IMAGE_SIZE)
        ids = SecretIds(*(reader.take(ID_SIZE) for _ in range(4)))
        return cls(h1, ids, reader.take(reader.remaining - MAC_SIZE))


@dataclass(frozen=True, slots=True)
class Confirm:
    """What both sides keep and allow, once they share keys (5.7)."""

    h0: bytes
    verified: bool = False
    clear_allowed: bool = False
    lifetime: int = FOREVER

    def encode_plain(self) -> bytes:
        """The part to be encrypted."""
        flags = self.clear_allowed << 1 | self.verified << 2
        return Writer().put(self.h0).u32(flags).u32(self.lifetime).done()

    @classmethod
    def read_plain(cls, plain: bytes) -> "Confirm":
        """The decrypted part; a signature, which nothing here could check, is passed over."""
        reader = Reader(plain, "Confirm")
        h0, flags, lifetime = reader.take(IMAGE_SIZE), reader.u32(), reader.u32()
        words = flags >> 8 & 0x1FF
        reader.view(4 * words)
        reader.finish()
        return cls(h0, bool(flags >> 2 & 1), bool(flags >> 1 & 1), lifetime)


def error(wire: ErrorCode) -> bytes:
    """An Error message (5.9)."""
    return frame(Kind.ERROR, struct.pack("!I", wire))


def read_error(reader: Reader) -> int:
    """The code of an Error message, known or not."""
    code = reader.u32()
    reader.finish()
    return code


def ping_ack(reader: Reader, zid: bytes, ssrc: int) -> bytes:
    """The answer to a Ping from ``ssrc`` (5.15, 5.16); the end point hash is of our ZID."""
    version, asked = reader.take(4), reader.take(8)
    reader.finish()
    if version[:3] != VERSION[:3]:
        raise PeerError("zrtp.version", "a Ping of another version")
    body = Writer().put(VERSION).put(image(zid)[:8]).put(asked).u32(ssrc).done()
    return frame(Kind.PING_ACK, body)
