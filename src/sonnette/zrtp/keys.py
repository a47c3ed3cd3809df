"""From the agreed secret to every key (RFC 6189 4.4.1.4, 4.4.3.2 and 4.5)."""

from dataclasses import dataclass

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from sonnette.base.shield import Secret
from sonnette.zrtp.algorithms import Hash, Suite
from sonnette.zrtp.messages import MAC_SIZE

COUNTER = b"\0\0\0\1"


@dataclass(frozen=True, slots=True)
class Context:
    """What every derived key is bound to.

    ``octets`` is the KDF context of 4.4.1.4: both ZIDs, the initiator's first, and the hash
    of the transcript.
    """

    hash: Hash
    octets: bytes

    def derive(self, key: bytes, label: bytes, size: int) -> bytes:
        """The KDF of 4.5.1: at most a digest's size."""
        data = COUNTER + label + b"\0" + self.octets + (8 * size).to_bytes(4, "big")
        return self.hash.hmac(key, data)[:size]


def agreed_secret(
    context: Context, result: bytes, retained: bytes, auxiliary: bytes, pbx: bytes = b""
) -> bytes:
    """The s0 of 4.4.1.4; an absent shared secret is empty."""
    data = COUNTER + result + b"ZRTP-HMAC-KDF" + context.octets
    for secret in (retained, auxiliary, pbx):
        data += len(secret).to_bytes(4, "big") + secret
    return context.hash.digest(data)


def multistream_secret(context: Context, session_key: bytes) -> bytes:
    """The s0 of a further stream (4.4.3.2)."""
    return context.derive(session_key, b"ZRTP MSK", context.hash.size)


@dataclass(frozen=True, slots=True)
class Side:
    """The keys that protect what one side sends."""

    mac: bytes
    cipher: bytes
    srtp_key: bytes
    srtp_salt: bytes

    def seal(self, hashing: Hash, plain: bytes, iv: bytes) -> bytes:
        """The body of a Confirm: its MAC, the IV, the encrypted part (5.7)."""
        encryptor = BlockCipher(AES(self.cipher), CFB(iv)).encryptor()
        encrypted = encryptor.update(plain) + encryptor.finalize()
        return self.confirm_mac(hashing, encrypted) + iv + encrypted

    def decrypt(self, encrypted: bytes, iv: bytes) -> bytes:
        """The plain part of a Confirm whose MAC was right."""
        decryptor = BlockCipher(AES(self.cipher), CFB(iv)).decryptor()
        return decryptor.update(encrypted) + decryptor.finalize()

    def confirm_mac(self, hashing: Hash, encrypted: bytes) -> bytes:
        """The MAC of a Confirm's encrypted part."""
        return hashing.hmac(self.mac, encrypted)[:MAC_SIZE]


class Keys:
    """Everything that s0 gives for one stream."""

    def __init__(self, suite: Suite, context: Context, s0: bytes) -> None:
        self._suite, self._context, self._s0 = suite, context, s0
        self.initiator = self._side(b"Initiator")
        self.responder = self._side(b"Responder")

    def _side(self, role: bytes) -> Side:
        derive, suite, s0 = self._context.derive, self._suite, self._s0
        return Side(
            mac=derive(s0, role + b" HMAC key", suite.hash.size),
            cipher=derive(s0, role + b" ZRTP key", suite.cipher.key_size),
            srtp_key=derive(s0, role + b" SRTP master key", suite.cipher.key_size),
            srtp_salt=derive(s0, role + b" SRTP master salt", suite.tag.salt_size),
        )

    @property
    def session_key(self) -> bytes:
        """ZRTPSess, from which further streams are keyed (4.5.2)."""
        return self._context.derive(self._s0, b"ZRTP Session Key", self._context.hash.size)

    @property
    def sas_hash(self) -> bytes:
        """What the short authentication string shows the start of."""
        return self._context.derive(self._s0, b"SAS", 32)

    @property
    def retained(self) -> bytes:
        """The rs1 for the next call with the same peer."""
        return self._context.derive(self._s0, b"retained secret", 32)

    def export(self, label: bytes, size: int) -> bytes:
        """A key for another protocol (4.5.2), of at most a digest's size."""
        exported = self._context.derive(self._s0, b"Exported key", self._context.hash.size)
        return self._context.derive(exported, label, size)


@dataclass(frozen=True, slots=True)
class SrtpKeys:
    """What SRTP needs of an agreement, by the name of the suite (RFC 4568, 6188, 7714)."""

    suite: str
    own_key: Secret
    own_salt: Secret
    peer_key: Secret
    peer_salt: Secret

    @classmethod
    def of(cls, suite: Suite, own: Side, peer: Side) -> "SrtpKeys":
        """The keys of a stream: each side sends with its own."""
        return cls(
            suite.srtp_name,
            Secret(own.srtp_key),
            Secret(own.srtp_salt),
            Secret(peer.srtp_key),
            Secret(peer.srtp_salt),
        )
