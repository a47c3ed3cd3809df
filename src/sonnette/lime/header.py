"""The Double Ratchet message: header, ciphertext, tag.

Everything up to the ratchet key is the header, which is authenticated with the message::

    version 1 | type | algorithm | [X3DH part] | Ns[2] | PN[2] | ratchet key

A ratchet key is the curve's public key; with a KEM it is followed either by the KEM's
public key and a ciphertext (a KEM step is taken), or by the indexes of the sender's and the
receiver's present KEM keys (none is).
"""

import struct
from dataclasses import dataclass
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


# The bits of the type byte.
_INIT, _DIRECT, _KEM_INDEX = 1, 2, 4
_HEAD = struct.Struct("BBB")


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
    """A parsed header; ``raw`` is its bytes, ``sealed`` what follows them.

    ``opening`` is the X3DH part as it came, empty once the sender knows it was received.
    """

    algorithm: Algorithm
    direct: bool
    opening: bytes
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
        version, bits, number = reader.view(3)
        if version != VERSION:
            raise PeerError("lime.message.version", f"LIME message version {version} is unknown")
        algorithm = by_number(number)
        if bits & ~(_INIT | _DIRECT | (_KEM_INDEX if algorithm.kem else 0)):
            raise PeerError("lime.message.version", "The message has an unknown type")
        opening = reader.take(Init.size(algorithm, message[3:4])) if bits & _INIT else b""
        place, previous = divmod(reader.u32(), 1 << 16)
        key = _read_key(algorithm, reader, bool(bits & _KEM_INDEX))
        end = reader.position
        if max(place, previous) > LAST_PLACE or reader.remaining < TAG_SIZE:
            raise PeerError("lime.message.malformed", "The message is cut or counts too far")
        direct = bool(bits & _DIRECT)
        return cls(algorithm, direct, opening, place, previous, key, message[:end], message[end:])

    @property
    def init(self) -> Init | None:
        """The X3DH part."""
        return Init.parse(self.algorithm, self.opening) if self.opening else None


def encode(
    algorithm: Algorithm, direct: bool, init: bytes, counters: tuple[int, int], key: RatchetKey
) -> bytes:
    """A header; ``init`` is an encoded X3DH part or empty, ``counters`` are Ns and PN."""
    bits = (_INIT if init else 0) | (_DIRECT if direct else 0)
    place, previous = counters
    middle = (place << 16 | previous).to_bytes(4, "big")
    if algorithm.kem is None:
        return _HEAD.pack(VERSION, bits, algorithm.number) + init + middle + key.public
    head = _HEAD.pack(VERSION, bits if key.steps_kem else bits | _KEM_INDEX, algorithm.number)
    kem = key.kem_public + key.ciphertext + key.sender_index + key.receiver_index
    return head + init + middle + key.public + kem


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
