"""Key encapsulations: a curve (in the manner of RFC 9180 4.1), ML-KEM (FIPS 203), and both.

ML-KEM's secrets come from the libraries: ``cryptography`` for 768 and 1024, ``pqcrypto``
for 512.  Their encapsulation draws its own randomness.
"""

from typing import Protocol

import pqcrypto.kem.ml_kem_512 as ml_kem_512
from cryptography.hazmat.primitives.asymmetric.mlkem import (
    MLKEM768PrivateKey,
    MLKEM768PublicKey,
    MLKEM1024PrivateKey,
    MLKEM1024PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.x448 import X448PrivateKey, X448PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from sonnette.base.entropy import Entropy
from sonnette.zrtp.algorithms import Hash

_LIBRARY_HASH = {Hash.S256: SHA256(), Hash.S384: SHA384(), Hash.S512: SHA512()}


class Kem(Protocol):
    """A key encapsulation; values of a wrong size or shape raise ValueError."""

    @property
    def public_size(self) -> int:
        """Bytes of a public key."""

    def generate(self, entropy: Entropy) -> tuple[bytes, bytes]:
        """A new (private key, public key)."""

    def seal(self, public: bytes, entropy: Entropy) -> tuple[bytes, bytes]:
        """A new (ciphertext, secret) for the holder of ``public``."""

    def open(self, private: bytes, public: bytes, ciphertext: bytes) -> bytes:
        """The secret in a ciphertext."""


class CurveKem:
    """X25519 or X448 as an encapsulation: the ciphertext is a fresh public key."""

    def __init__(self, size: int, identity: bytes, hashing: Hash) -> None:
        self.public_size = self._size = size
        self._identity, self._hash = identity, hashing

    def generate(self, entropy: Entropy) -> tuple[bytes, bytes]:
        private = entropy.draw(self._size)
        return private, self._public(private)

    def seal(self, public: bytes, entropy: Entropy) -> tuple[bytes, bytes]:
        private, ciphertext = self.generate(entropy)
        return ciphertext, self._derive(self._multiply(private, public), ciphertext, public)

    def open(self, private: bytes, public: bytes, ciphertext: bytes) -> bytes:
        return self._derive(self._multiply(private, ciphertext), ciphertext, public)

    def _public(self, private: bytes) -> bytes:
        if self._size == 32:
            return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
        return X448PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()

    def _multiply(self, private: bytes, public: bytes) -> bytes:
        if self._size == 32:
            curve = X25519PrivateKey.from_private_bytes(private)
            return curve.exchange(X25519PublicKey.from_public_bytes(public))
        goldilocks = X448PrivateKey.from_private_bytes(private)
        return goldilocks.exchange(X448PublicKey.from_public_bytes(public))

    def _derive(self, shared: bytes, ciphertext: bytes, public: bytes) -> bytes:
        """RFC 9180 4.1's extract and expand, with this protocol's labels."""
        extracted = self._hash.hmac(b"", b"ZRTPKEM" + self._identity + b"eae_prk" + shared)
        info = self._size.to_bytes(2, "big") + b"ZRTP-v1.1KEM" + self._identity
        info += b"shared_secret" + ciphertext + public
        return HKDFExpand(_LIBRARY_HASH[self._hash], self._size, info).derive(extracted)


class MlKem512:
    """ML-KEM-512, by ``pqcrypto``."""

    public_size = 800

    def generate(self, entropy: Entropy) -> tuple[bytes, bytes]:
        public, private = ml_kem_512.keygen()
        return bytes(private), bytes(public)

    def seal(self, public: bytes, entropy: Entropy) -> tuple[bytes, bytes]:
        ciphertext, secret = ml_kem_512.encaps(public)
        return bytes(ciphertext), bytes(secret)

    def open(self, private: bytes, public: bytes, ciphertext: bytes) -> bytes:
        return bytes(ml_kem_512.decaps(private, ciphertext))


class MlKem768:
    """ML-KEM-768, by ``cryptography``; the private key is its 64-byte seed."""

    public_size = 1184

    def generate(self, entropy: Entropy) -> tuple[bytes, bytes]:
        seed = entropy.draw(64)
        private = MLKEM768PrivateKey.from_seed_bytes(seed)
        return seed, private.public_key().public_bytes_raw()

    def seal(self, public: bytes, entropy: Entropy) -> tuple[bytes, bytes]:
        secret, ciphertext = MLKEM768PublicKey.from_public_bytes(public).encapsulate()
        return ciphertext, secret

    def open(self, private: bytes, public: bytes, ciphertext: bytes) -> bytes:
        return MLKEM768PrivateKey.from_seed_bytes(private).decapsulate(ciphertext)


class MlKem1024:
    """ML-KEM-1024, by ``cryptography``; the private key is its 64-byte seed."""

    public_size = 1568

    def generate(self, entropy: Entropy) -> tuple[bytes, bytes]:
        seed = entropy.draw(64)
        private = MLKEM1024PrivateKey.from_seed_bytes(seed)
        return seed, private.public_key().public_bytes_raw()

    def seal(self, public: bytes, entropy: Entropy) -> tuple[bytes, bytes]:
        secret, ciphertext = MLKEM1024PublicKey.from_public_bytes(public).encapsulate()
        return ciphertext, secret

    def open(self, private: bytes, public: bytes, ciphertext: bytes) -> bytes:
        return MLKEM1024PrivateKey.from_seed_bytes(private).decapsulate(ciphertext)


class HybridKem:
    """A curve and a lattice: the secret holds as long as one of them does.

    Their secrets, then both ciphertexts, go through a chain of HMACs.
    """

    def __init__(self, curve: Kem, lattice: Kem, hashing: Hash) -> None:
        self._curve, self._lattice, self._hash = curve, lattice, hashing
        self.public_size = curve.public_size + lattice.public_size

    def generate(self, entropy: Entropy) -> tuple[bytes, bytes]:
        curve_private, curve_public = self._curve.generate(entropy)
        lattice_private, lattice_public = self._lattice.generate(entropy)
        return curve_private + lattice_private, curve_public + lattice_public

    def seal(self, public: bytes, entropy: Entropy) -> tuple[bytes, bytes]:
        cut = self._curve.public_size
        curve_text, curve_secret = self._curve.seal(public[:cut], entropy)
        lattice_text, lattice_secret = self._lattice.seal(public[cut:], entropy)
        ciphertext = curve_text + lattice_text
        return ciphertext, self._combine(curve_secret, lattice_secret, ciphertext)

    def open(self, private: bytes, public: bytes, ciphertext: bytes) -> bytes:
        # A curve's private key, public key and ciphertext are of one size.
        cut = self._curve.public_size
        curve = self._curve.open(private[:cut], public[:cut], ciphertext[:cut])
        lattice = self._lattice.open(private[cut:], public[cut:], ciphertext[cut:])
        return self._combine(curve, lattice, ciphertext)

    def _combine(self, *elements: bytes) -> bytes:
        total = b""
        for element in elements:
            total = self._hash.hmac(total, element)
        return total


def curve_kem(goldilocks: bool, hashing: Hash) -> Kem:
    """X448 (``goldilocks``) or X25519, with its identifier of RFC 9180 7.1."""
    return CurveKem(56, b"\x00\x21", hashing) if goldilocks else CurveKem(32, b"\x00\x20", hashing)


def lattice_kem(level: int) -> Kem:
    """ML-KEM-512, 768 or 1024 for ``level`` 1, 2 or 3."""
    return (MlKem512, MlKem768, MlKem1024)[level - 1]()
