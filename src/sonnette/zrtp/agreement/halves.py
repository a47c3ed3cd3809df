"""The secret that two sides agree on: Diffie-Hellman, or an encapsulated key.

Each exchange has two halves.  The initiator's shows its public value in DHPart2, to which
the Commit binds it; the responder's shows its own in DHPart1 (RFC 6189 4.4.1).  With a key
encapsulation the Commit carries the initiator's public key, DHPart1 the ciphertext, and
DHPart2 a nonce in the public value's place.
"""

from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.x448 import X448PrivateKey, X448PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from sonnette.base.entropy import Entropy
from sonnette.zrtp.agreement import finite_field
from sonnette.zrtp.agreement.kem import HybridKem, Kem, curve_kem, lattice_kem
from sonnette.zrtp.algorithms import Hash, KeyAgreement
from sonnette.zrtp.messages import NONCE_SIZE
from sonnette.zrtp.refusal import ErrorCode, Refusal, require


class Half(Protocol):
    """One side of a key agreement."""

    @property
    def commit_key(self) -> bytes:
        """What the Commit carries: empty for Diffie-Hellman."""

    @property
    def public_value(self) -> bytes:
        """What this side's DHPart carries."""

    def finish(self, value: bytes) -> bytes:
        """The DHResult, from what the other side's DHPart carries; Refusal 0x61 if bad."""


class CurveHalf:
    """X25519 or X448; the library refuses points of small order by their zero result."""

    commit_key = b""

    def __init__(self, agreement: KeyAgreement, private: bytes) -> None:
        self._private: X25519PrivateKey | X448PrivateKey
        if agreement is KeyAgreement.X255:
            self._private = X25519PrivateKey.from_private_bytes(private)
        else:
            self._private = X448PrivateKey.from_private_bytes(private)
        self.public_value = self._private.public_key().public_bytes_raw()

    def finish(self, value: bytes) -> bytes:
        try:
            if isinstance(self._private, X25519PrivateKey):
                return self._private.exchange(X25519PublicKey.from_public_bytes(value))
            return self._private.exchange(X448PublicKey.from_public_bytes(value))
        except ValueError:
            raise _bad_value() from None


class FiniteFieldHalf:
    """DH3k."""

    commit_key = b""

    def __init__(self, private: bytes) -> None:
        self._exponent = int.from_bytes(private, "big")
        self.public_value = finite_field.power(finite_field.GENERATOR, self._exponent)

    def finish(self, value: bytes) -> bytes:
        require(len(value) == finite_field.SIZE, *_BAD_VALUE)
        try:
            return finite_field.power(int.from_bytes(value, "big"), self._exponent)
        except ValueError:
            raise _bad_value() from None


class OpeningHalf:
    """The initiator of a key encapsulation: it opens the ciphertext."""

    def __init__(self, kem: Kem, entropy: Entropy) -> None:
        self._kem = kem
        self._private, self.commit_key = kem.generate(entropy)
        self.public_value = entropy.draw(NONCE_SIZE)

    def finish(self, value: bytes) -> bytes:
        try:
            return self._kem.open(self._private, self.commit_key, value)
        except ValueError:
            raise _bad_value() from None


class SealingHalf:
    """The responder of a key encapsulation: it seals a secret to the Commit's key."""

    commit_key = b""

    def __init__(self, kem: Kem, key: bytes, entropy: Entropy) -> None:
        try:
            self.public_value, self._secret = kem.seal(key, entropy)
        except ValueError:
            raise _bad_value() from None

    def finish(self, value: bytes) -> bytes:
        require(len(value) == NONCE_SIZE, *_BAD_VALUE)
        return self._secret


_BAD_VALUE = ErrorCode.BAD_PUBLIC_VALUE, "public-value", "the peer's public value is not sound"


def _bad_value() -> Refusal:
    return Refusal(*_BAD_VALUE)


PRIVATE_SIZES = {KeyAgreement.X255: 32, KeyAgreement.X448: 56, KeyAgreement.DH3K: 64}


def diffie_hellman_half(agreement: KeyAgreement, entropy: Entropy) -> Half:
    """Either side's half, where the agreement encapsulates nothing."""
    private = entropy.draw(PRIVATE_SIZES[agreement])
    if agreement is KeyAgreement.DH3K:
        return FiniteFieldHalf(private)
    return CurveHalf(agreement, private)


def opening_half(agreement: KeyAgreement, hashing: Hash, entropy: Entropy) -> Half:
    """The initiator's half of an encapsulation."""
    return OpeningHalf(kem_of(agreement, hashing), entropy)


def sealing_half(agreement: KeyAgreement, hashing: Hash, key: bytes, entropy: Entropy) -> Half:
    """The responder's half of an encapsulation, to a Commit that carried ``key``."""
    return SealingHalf(kem_of(agreement, hashing), key, entropy)


def kem_of(agreement: KeyAgreement, hashing: Hash) -> Kem:
    """The key encapsulation behind a name; its key derivation uses the negotiated hash."""
    name = agreement.octets.decode()
    if name.startswith("K"):
        return curve_kem(name[1:] == "448", hashing)
    if name.startswith("MLK"):
        return lattice_kem(int(name[3]))
    return HybridKem(curve_kem(name[1] == "3", hashing), lattice_kem(int(name[3])), hashing)
