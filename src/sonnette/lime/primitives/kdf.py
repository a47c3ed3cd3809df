"""Key derivation and sealing, as X3DH and the Double Ratchet of LIME use them.

HKDF is RFC 5869 with SHA-512.  Sealing is AES-256-GCM with an IV of 16 bytes, taken from
the same derivation as its key: a message key is 32 bytes of key and 16 of IV, used once.
"""

from hmac import digest

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sonnette.base.errors import PeerError

TAG_SIZE = 16
MESSAGE_KEY_SIZE = 48
_SHA512 = SHA512()


def hkdf(salt: bytes, material: bytes, info: bytes, size: int) -> bytes:
    """``size`` bytes derived from ``material``."""
    return HKDF(_SHA512, size, salt or None, info).derive(material)


def root_step(root: bytes, material: bytes) -> tuple[bytes, bytes]:
    """The next root key, and a chain key."""
    derived = hkdf(root, material, b"DR Root Chain Key Derivation", 64)
    return derived[:32], derived[32:]


def chain_step(chain: bytes, index: bytes) -> tuple[bytes, bytes]:
    """The next chain key, and the message key of this place in the chain.

    ``index`` is the place in two bytes for an algorithm with a KEM, empty for the others.
    """
    key = digest(chain, b"\x01" + index, "sha512")[:MESSAGE_KEY_SIZE]
    return digest(chain, b"\x02" + index, "sha512")[:32], key


def seal(message_key: bytes, plaintext: bytes, associated: bytes) -> bytes:
    """Ciphertext and tag."""
    return AESGCM(message_key[:32]).encrypt(message_key[32:], plaintext, associated)


def unseal(message_key: bytes, sealed: bytes, associated: bytes) -> bytes:
    """The plaintext; anything altered is refused."""
    try:
        return AESGCM(message_key[:32]).decrypt(message_key[32:], sealed, associated)
    except InvalidTag:
        raise PeerError("lime.message.forged", "The message does not authenticate", 488) from None
