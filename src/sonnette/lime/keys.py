"""Key pairs and bundles: what a device makes, publishes and fetches.

A prekey's public half on the wire is the curve's public key followed, in a post-quantum
algorithm, by the KEM's.
"""

import hashlib
from dataclasses import dataclass, field

from sonnette.base.entropy import Entropy
from sonnette.base.errors import PeerError
from sonnette.lime.primitives.algorithm import Algorithm


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An exchange pair, with a KEM pair beside it where the algorithm has one."""

    private: bytes = field(repr=False)
    public: bytes
    kem_private: bytes = field(default=b"", repr=False)
    kem_public: bytes = b""

    @classmethod
    def generate(cls, algorithm: Algorithm, entropy: Entropy) -> "KeyPair":
        """A fresh pair."""
        private = entropy.draw(algorithm.curve.exchange_size)
        public = algorithm.curve.exchange_public(private)
        if algorithm.kem is None:
            return cls(private, public)
        return cls(private, public, *algorithm.kem.generate())

    @property
    def published(self) -> bytes:
        """The public half as the key server sees it."""
        return self.public + self.kem_public


@dataclass(frozen=True, slots=True)
class Identity:
    """A device's long-lived signing key; ``public`` is in EdDSA form."""

    seed: bytes = field(repr=False)
    public: bytes

    @classmethod
    def generate(cls, algorithm: Algorithm, entropy: Entropy) -> "Identity":
        """A fresh identity."""
        seed = entropy.draw(algorithm.curve.identity_size)
        return cls(seed, algorithm.curve.identity_public(seed))


@dataclass(frozen=True, slots=True)
class SignedPrekey:
    """The public half of a signed prekey; the signature covers the key, not its number."""

    number: int
    public: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class OneTimePrekey:
    """The public half of a one-time prekey."""

    number: int
    public: bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """What the key server hands out for one device."""

    identity: bytes
    signed: SignedPrekey
    one_time: OneTimePrekey | None

    def verify(self, algorithm: Algorithm) -> None:
        """Refuse a signed prekey that the identity did not sign."""
        if not algorithm.curve.verify(self.identity, self.signed.public, self.signed.signature):
            raise PeerError(
                "lime.bundle.signature", "The signed prekey is not signed by its identity"
            )


def draw_number(entropy: Entropy) -> int:
    """A prekey's number: 31 bits, for older peers keep it in a signed column."""
    return int.from_bytes(entropy.draw(4), "big") & 0x7FFFFFFF


def fingerprint(identity: bytes) -> str:
    """A short text two people can compare: eight groups of four digits, base 16."""
    digits = hashlib.sha256(identity).hexdigest()[:32]
    return " ".join(digits[at : at + 4] for at in range(0, 32, 4))
