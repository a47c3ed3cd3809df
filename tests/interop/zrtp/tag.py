"""The authentication tag of SRTP (RFC 3711 4.2 and 4.3), to see whose keys a packet is under."""

import hmac

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from sonnette.zrtp import SrtpKeys

LABEL_AUTHENTICATION = 1
KEY_SIZE = 20


def is_under(keys: SrtpKeys, packet: bytes) -> bool:
    """Whether the peer's keys made this packet's tag, in the first 65536 packets."""
    size = int(keys.suite.rpartition("_")[2]) // 8
    covered = packet[:-size] + bytes(4)
    key = _session_key(keys.peer_key.reveal(), keys.peer_salt.reveal())
    return hmac.compare_digest(hmac.digest(key, covered, "sha1")[:size], packet[-size:])


def _session_key(master: bytes, salt: bytes) -> bytes:
    counter = int.from_bytes(salt, "big") ^ LABEL_AUTHENTICATION << 48
    encryptor = Cipher(AES(master), CTR((counter << 16).to_bytes(16, "big"))).encryptor()
    return encryptor.update(bytes(KEY_SIZE))
