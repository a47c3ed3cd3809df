"""The Double Ratchet message: header, ciphertext, tag.

Everything up to the ratchet key is the header, which is authenticated with the message::

    version 1 | type | algorithm | [X3DH part] | Ns[2] | PN[2] | ratchet key

A ratchet key is the curve's public key; with a KEM it is followed either by the KEM's
public key and a ciphertext (a KEM step is taken), or by the indexes of the sender's and the
receiver's present KEM keys (none is).
"""

from dataclasses import dataclass
from enum import IntFlag
from hashlib import sha512
from hmac import compare_digest, digest

from sonnette.base.bytes import Reader
from sonnette.base.errors import PeerError
from sonnette.lime.primitives.algorithm import Algorithm, by_number
from sonnette.lime.primitives.kdf import TAG_SIZE
from sonnette.lime.x3dh import Init

VERSION = 1
INDEX_SIZE = 12
LARGEST = 1 << 20
LAST_PLACE = 0xFFFE


class Kind(IntFlag):
    """The bits of the type byte."""

    INIT = 1
    DIRECT = 2
    KEM_INDEX = 4


@dataclass(frozen=True, slots=True)
class RatchetKey:
    """The sender's public ratchet key, with its KEM part in one of its two forms."""

    public: bytes
    kem_public: bytes = b""
    ciphertext: bytes = b""
    sender_index: bytes = b""
    receiver_index: bytes = b""

    @property
    def steps_kem(self) -> bool:
        """Whether a new KEM key comes with it."""
        return bool(self.kem_public)


@dataclass(frozen=True, slots=True)
class Header:
    """A parsed header; ``raw`` is its bytes, ``sealed`` what follows them."""

    algorithm: Algorithm
    direct: bool
    init: Init | None
    place: int
    previous: int
    key: RatchetKey
    raw: bytes
    sealed: bytes

    @classmethod
    def parse(cls, message: bytes) -> "Header":
        """The header of ``message``; a version or type bit unknown to us is refused."""
        if len(message) > LARGEST:
            raise PeerError("lime.message.large", f"The message is over {LARGEST} bytes", 413)
        reader = Reader(message, "LIME message")
        if (version := reader.u8()) != VERSION:
            raise PeerError("lime.message.version", f"LIME message version {version} is unknown")
        bits, algorithm = reader.u8(), by_number(reader.u8())
        if bits & ~int(Kind.INIT | Kind.DIRECT | (Kind.KEM_INDEX if algorithm.kem else 0)):
            raise PeerError("lime.message.version", "The message has an unknown type")
        init = Init.read(algorithm, reader) if bits & Kind.INIT else None
        place, previous = reader.u16(), reader.u16()
        key = _read_key(algorithm, reader, bool(bits & Kind.KEM_INDEX))
        end = reader.position
        if max(place, previous) > LAST_PLACE or reader.remaining < TAG_SIZE:
            raise PeerError("lime.message.malformed", "The message is cut or counts too far")
        direct = bool(bits & Kind.DIRECT)
        return cls(algorithm, direct, init, place, previous, key, message[:end], message[end:])


def encode(
    algorithm: Algorithm, direct: bool, init: bytes, counters: tuple[int, int], key: RatchetKey
) -> bytes:
    """A header; ``init`` is an encoded X3DH part or empty, ``counters`` are Ns and PN."""
    bits = (Kind.INIT.value if init else 0) | (Kind.DIRECT.value if direct else 0)
    if algorithm.kem is not None and not key.steps_kem:
        bits |= Kind.KEM_INDEX.value
    place, previous = counters
    return b"%c%c%c%b%b%b%b%b%b%b%b" % (
        VERSION, bits, algorithm.number, init, place.to_bytes(2, "big"),
        previous.to_bytes(2, "big"), key.public, key.kem_public, key.ciphertext,
        key.sender_index, key.receiver_index,
    )  # fmt: skip


def kem_index(kem_public: bytes, ciphertext: bytes) -> bytes:
    """The short name of a KEM key and the ciphertext that came with it."""
    return digest(b"", kem_public + ciphertext, "sha512")[:INDEX_SIZE]


def names_kem(index: bytes, kem_public: bytes, ciphertext: bytes) -> bool:
    """Whether ``index`` names this KEM key.

    Peers built on OpenSSL compute the index by the bare hash, where the others use an HMAC
    with an empty key; either is understood.
    """
    bare = sha512(kem_public + ciphertext).digest()[:INDEX_SIZE]
    keyed = kem_index(kem_public, ciphertext)
    return compare_digest(index, keyed) | compare_digest(index, bare)


def _read_key(algorithm: Algorithm, reader: Reader, indexed: bool) -> RatchetKey:
    public = reader.take(algorithm.curve.exchange_size)
    if algorithm.kem is None:
        return RatchetKey(public)
    if indexed:
        sender, receiver = reader.take(INDEX_SIZE), reader.take(INDEX_SIZE)
        return RatchetKey(public, sender_index=sender, receiver_index=receiver)
    return RatchetKey(
        public, reader.take(algorithm.kem.public_size), reader.take(algorithm.kem.ciphertext_size)
    )
