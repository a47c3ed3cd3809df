"""The two curves of LIME: key exchange, signatures, and the way from one key form to the other.

Exchange is X25519 and X448 (RFC 7748).  Identity keys are kept in EdDSA form and turned to
Montgomery form for an exchange.  On curve 448 a signature is Ed448 (RFC 8032) with an empty
context; on curve 25519 it is Ed25519ctx with an empty context, which is *not* the plain
Ed25519 that libraries offer: the hashes carry the domain prefix of RFC 8032 section 2.
"""

from collections.abc import Callable
from hashlib import sha512, shake_256
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey, Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.x448 import X448PrivateKey, X448PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from nacl.bindings import (
    crypto_core_ed25519_add,
    crypto_core_ed25519_scalar_add,
    crypto_core_ed25519_scalar_mul,
    crypto_core_ed25519_scalar_reduce,
    crypto_scalarmult_ed25519_base_noclamp,
    crypto_scalarmult_ed25519_noclamp,
    crypto_sign_ed25519_pk_to_curve25519,
)
from nacl.exceptions import CryptoError

from sonnette.base.errors import PeerError


class Curve(Protocol):
    """What X3DH and the ratchet need of a curve; sizes are in bytes."""

    exchange_size: int
    identity_size: int
    signature_size: int

    def exchange_public(self, private: bytes) -> bytes:
        """The public half of an exchange key."""

    def exchange(self, private: bytes, public: bytes) -> bytes:
        """The shared secret; a public key that forces it to zero is the peer's fault."""

    def identity_public(self, seed: bytes) -> bytes:
        """The public half, in EdDSA form, of the identity grown from ``seed``."""

    def sign(self, seed: bytes, message: bytes) -> bytes:
        """The identity's signature of ``message``."""

    def verify(self, identity: bytes, message: bytes, signature: bytes) -> bool:
        """Whether ``identity`` signed ``message``."""

    def identity_exchange_private(self, seed: bytes) -> bytes:
        """The identity's private key as an exchange key, which clamps it when used."""

    def identity_exchange_public(self, identity: bytes) -> bytes:
        """The identity's public key as an exchange key."""


def _agreed(exchange: Callable[[], bytes]) -> bytes:
    # The library refuses keys of small order, as RFC 7748 section 6 lets it.
    try:
        return exchange()
    except ValueError as error:
        raise PeerError("lime.key.weak", "A public key gives no shared secret") from error


class Curve25519:
    """X25519 and Ed25519ctx."""

    exchange_size = 32
    identity_size = 32
    signature_size = 64

    _DOMAIN = b"SigEd25519 no Ed25519 collisions\x00\x00"
    _ORDER = 2**252 + 27742317777372353535851937790883648493

    def exchange_public(self, private: bytes) -> bytes:
        return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()

    def exchange(self, private: bytes, public: bytes) -> bytes:
        own = X25519PrivateKey.from_private_bytes(private)
        return _agreed(lambda: own.exchange(X25519PublicKey.from_public_bytes(public)))

    def identity_public(self, seed: bytes) -> bytes:
        return crypto_scalarmult_ed25519_base_noclamp(self._scalar(seed))

    def sign(self, seed: bytes, message: bytes) -> bytes:
        public = self.identity_public(seed)
        prefix = sha512(seed).digest()[32:]
        nonce = self._hash(prefix, message)
        commitment = crypto_scalarmult_ed25519_base_noclamp(nonce)
        challenge = self._hash(commitment, public, message)
        product = crypto_core_ed25519_scalar_mul(challenge, self._scalar(seed))
        return commitment + crypto_core_ed25519_scalar_add(nonce, product)

    def verify(self, identity: bytes, message: bytes, signature: bytes) -> bool:
        commitment, proof = signature[:32], signature[32:]
        if len(signature) != 64 or int.from_bytes(proof, "little") >= self._ORDER:
            return False
        challenge = self._hash(commitment, identity, message)
        try:
            expected = crypto_core_ed25519_add(
                commitment, crypto_scalarmult_ed25519_noclamp(challenge, identity)
            )
            return crypto_scalarmult_ed25519_base_noclamp(proof) == expected
        except CryptoError:  # a point that is not on the curve, or of small order
            return False

    def identity_exchange_private(self, seed: bytes) -> bytes:
        return sha512(seed).digest()[:32]

    def identity_exchange_public(self, identity: bytes) -> bytes:
        try:
            return crypto_sign_ed25519_pk_to_curve25519(identity)
        except CryptoError as error:
            raise PeerError("lime.key.weak", "An identity key is not a valid point") from error

    def _scalar(self, seed: bytes) -> bytes:
        half = sha512(seed).digest()[:32]
        clamped = bytes([half[0] & 0xF8]) + half[1:31] + bytes([half[31] & 0x7F | 0x40])
        return crypto_core_ed25519_scalar_reduce(clamped.ljust(64, b"\x00"))

    def _hash(self, *parts: bytes) -> bytes:
        return crypto_core_ed25519_scalar_reduce(sha512(self._DOMAIN + b"".join(parts)).digest())


class Curve448:
    """X448 and Ed448."""

    exchange_size = 56
    identity_size = 57
    signature_size = 114

    _PRIME = 2**448 - 2**224 - 1
    _D = -39081

    def exchange_public(self, private: bytes) -> bytes:
        return X448PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()

    def exchange(self, private: bytes, public: bytes) -> bytes:
        own = X448PrivateKey.from_private_bytes(private)
        return _agreed(lambda: own.exchange(X448PublicKey.from_public_bytes(public)))

    def identity_public(self, seed: bytes) -> bytes:
        return Ed448PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()

    def sign(self, seed: bytes, message: bytes) -> bytes:
        return Ed448PrivateKey.from_private_bytes(seed).sign(message)

    def verify(self, identity: bytes, message: bytes, signature: bytes) -> bool:
        try:
            Ed448PublicKey.from_public_bytes(identity).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def identity_exchange_private(self, seed: bytes) -> bytes:
        return shake_256(seed).digest(56)

    def identity_exchange_public(self, identity: bytes) -> bytes:
        # RFC 7748 section 4.2: u = y^2 / x^2, with x^2 from the curve's equation.
        prime = self._PRIME
        y = int.from_bytes(identity[:56], "little")
        y2 = y * y % prime
        if identity[56] & 0x7F or y >= prime or y2 == 1:
            raise PeerError("lime.key.weak", "An identity key is not a valid point")
        u = y2 * (1 - self._D * y2) * pow(1 - y2, -1, prime) % prime
        return u.to_bytes(56, "little")
