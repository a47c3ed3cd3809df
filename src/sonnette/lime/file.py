"""Files sent in encrypted conversations: AES-192-GCM with an IV of 8 bytes, under a key of its
own that travels, with the tag, inside the encrypted message.

Encryption streams.  Decryption hands out nothing before the tag was checked unless the
caller takes that on itself by :class:`FileReader`.
"""

from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

from sonnette.base.entropy import Entropy
from sonnette.base.errors import PeerError

KEY_SIZE = 32
TAG_SIZE = 16
_AES_KEY = 24


@dataclass(frozen=True, slots=True)
class FileKey:
    """The 32 bytes of a descriptor's ``file-key``: key and IV."""

    value: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.value) != KEY_SIZE:
            raise PeerError("lime.file.key", f"expected a file key of {KEY_SIZE} bytes")

    @classmethod
    def draw(cls, entropy: Entropy) -> "FileKey":
        """A key for one file; a second file needs another."""
        return cls(entropy.draw(KEY_SIZE))

    def cipher(self) -> Cipher[GCM]:
        """The cipher, at its start."""
        return Cipher(AES(self.value[:_AES_KEY]), GCM(self.value[_AES_KEY:]))


class FileWriter:
    """Encrypts a file piece by piece; the tag goes into the descriptor, not into the file."""

    def __init__(self, key: FileKey) -> None:
        self._context = key.cipher().encryptor()

    def feed(self, piece: bytes) -> bytes:
        """The next piece, encrypted."""
        return self._context.update(piece)

    def finish(self) -> bytes:
        """The tag."""
        self._context.finalize()
        return self._context.tag


class FileReader:
    """Decrypts a file piece by piece, into a place that nothing reads before :meth:`finish`."""

    def __init__(self, key: FileKey) -> None:
        self._context = key.cipher().decryptor()

    def feed(self, piece: bytes) -> bytes:
        """The next piece, decrypted and not yet to be trusted."""
        return self._context.update(piece)

    def finish(self, tag: bytes) -> None:
        """Refuse a file that is not the one the tag belongs to."""
        try:
            self._context.finalize_with_tag(tag)
        except (InvalidTag, ValueError):
            raise PeerError("lime.file.forged", "The file does not authenticate") from None


def seal_file(key: FileKey, content: bytes) -> tuple[bytes, bytes]:
    """A whole file, encrypted, and its tag."""
    writer = FileWriter(key)
    return writer.feed(content), writer.finish()


def unseal_file(key: FileKey, tag: bytes, sealed: bytes) -> bytes:
    """A whole file, once its tag was checked."""
    reader = FileReader(key)
    content = reader.feed(sealed)
    reader.finish(tag)
    return content
