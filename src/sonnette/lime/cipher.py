"""How a payload reaches several devices: within each ratchet message, or once beside them.

With a *cipher message* the payload is sealed once under a key grown from a random seed, and
each device's ratchet message carries the seed; without one, each carries the payload.
"""

from enum import Enum

from sonnette.lime.primitives.kdf import MESSAGE_KEY_SIZE, TAG_SIZE, hkdf, seal, unseal

SEED_SIZE = 32
_INFO = b"DR Message Key Derivation"


class Policy(Enum):
    """Which of the two ways to take."""

    DIRECT = "direct"
    CIPHER_MESSAGE = "cipher-message"
    UPLOAD_SIZE = "upload-size"
    GLOBAL_SIZE = "global-size"

    def is_direct(self, payload: int, devices: int) -> bool:
        """Whether ``payload`` bytes go to ``devices`` devices within ratchet messages."""
        match self:
            case Policy.DIRECT:
                return True
            case Policy.CIPHER_MESSAGE:
                return False
            case Policy.UPLOAD_SIZE:
                return devices * payload <= payload + TAG_SIZE + SEED_SIZE * devices
        shared = payload + TAG_SIZE
        return 2 * devices * payload <= shared + (64 + shared) * devices


def seal_payload(seed: bytes, payload: bytes, sender: bytes, conversation: bytes) -> bytes:
    """The cipher message, tag last."""
    return seal(hkdf(b"", seed, _INFO, MESSAGE_KEY_SIZE), payload, sender + conversation)


def unseal_payload(seed: bytes, sealed: bytes, sender: bytes, conversation: bytes) -> bytes:
    """The payload of a cipher message."""
    return unseal(hkdf(b"", seed, _INFO, MESSAGE_KEY_SIZE), sealed, sender + conversation)


def tag_of(cipher_message: bytes) -> bytes:
    """What binds a ratchet message to its cipher message."""
    return cipher_message[-TAG_SIZE:]
