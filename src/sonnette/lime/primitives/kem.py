"""Key encapsulation for the post-quantum algorithms: ML-KEM (FIPS 203), by ``pqcrypto``.

The library draws its own randomness, so sessions of these algorithms do not repeat under
a seeded entropy.
"""

from types import ModuleType

from pqcrypto.kem import ml_kem_512, ml_kem_1024

from sonnette.base.errors import PeerError


class Kem:
    """One parameter set; sizes are in bytes."""

    def __init__(self, library: ModuleType) -> None:
        self._library = library
        self.public_size: int = library.PUBLIC_KEY_SIZE
        self.private_size: int = library.SECRET_KEY_SIZE
        self.ciphertext_size: int = library.CIPHERTEXT_SIZE

    def generate(self) -> tuple[bytes, bytes]:
        """A fresh pair: private, public."""
        public, private = self._library.keygen()
        return bytes(private), bytes(public)

    def encapsulate(self, public: bytes) -> tuple[bytes, bytes]:
        """A ciphertext for the owner of ``public``, and the secret within."""
        try:
            ciphertext, secret = self._library.encaps(public)
        except ValueError as error:
            raise PeerError("lime.key.weak", "A KEM public key is not well formed") from error
        return bytes(ciphertext), bytes(secret)

    def decapsulate(self, private: bytes, ciphertext: bytes) -> bytes:
        """The secret within; a forged ciphertext gives another secret, never an error."""
        return bytes(self._library.decaps(private, ciphertext))


ML_KEM_512 = Kem(ml_kem_512)
ML_KEM_1024 = Kem(ml_kem_1024)
