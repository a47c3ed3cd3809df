"""How a stream is protected: SDES keys, DTLS fingerprints and roles, the ZRTP Hello hash."""

from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from dataclasses import dataclass
from enum import Enum

from sonnette.base.shield import Secret
from sonnette.sdp.grammar import decimal, malformed, octets, token, words

_MOST_TAG = 999_999_999


@dataclass(frozen=True, slots=True)
class InlineKey:
    """A master key with its salt (RFC 4568 section 6.1).

    ``lifetime`` (packets) and ``mki`` (``value:length``) stay as written, empty if absent.
    """

    key_and_salt: Secret
    lifetime: str = ""
    mki: str = ""

    @classmethod
    def parse(cls, text: str) -> "InlineKey":
        """PeerError unless it is ``inline:`` with base64 and up to two ``|`` parts."""
        method, _, info = text.partition(":")
        key, *rest = info.split("|")
        if method != "inline" or len(rest) > 2:
            raise malformed("a=crypto key", "inline:<key||salt>[|lifetime][|MKI:length]")
        mki = rest.pop() if rest and ":" in rest[-1] else ""
        if len(rest) > 1 or "" in rest or any(":" in part for part in rest):
            raise malformed("a=crypto key", "a lifetime, then MKI:length")
        return cls(Secret(_decoded(key)), rest[0] if rest else "", mki)

    def __str__(self) -> str:
        key = b64encode(self.key_and_salt.reveal()).decode()
        return "|".join(filter(None, (f"inline:{key}", self.lifetime, self.mki)))


def _decoded(key: str) -> bytes:
    try:
        return b64decode(key, validate=True)
    except (BadBase64, ValueError):
        raise malformed("a=crypto key", "base64") from None


@dataclass(frozen=True, slots=True)
class Crypto:
    """``a=crypto`` (RFC 4568 section 9.1)."""

    tag: int
    suite: str
    keys: tuple[InlineKey, ...]
    parameters: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Crypto":
        """PeerError unless it is ``tag suite key[;key...] [session parameters]``."""
        tag, suite, keys, *parameters = words(text, "a=crypto", 3, 16)
        return cls(
            decimal(tag, "a=crypto tag", _MOST_TAG),
            token(suite, "a=crypto suite"),
            tuple(InlineKey.parse(key) for key in keys.split(";")),
            tuple(parameters),
        )

    def __str__(self) -> str:
        keys = ";".join(map(str, self.keys))
        return " ".join((str(self.tag), self.suite, keys, *self.parameters))


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """``a=fingerprint`` (RFC 8122 section 5); ``algorithm`` in lower case."""

    algorithm: str
    digest: bytes

    @classmethod
    def parse(cls, text: str) -> "Fingerprint":
        """PeerError unless it is a hash function and octets between colons."""
        algorithm, digest = words(text, "a=fingerprint", 2, 2)
        parts = digest.split(":")
        if any(len(part) != 2 for part in parts):
            raise malformed("a=fingerprint", "octets between colons")
        found = octets("".join(parts), "a=fingerprint")
        return cls(token(algorithm, "a=fingerprint").lower(), found)

    def __str__(self) -> str:
        return f"{self.algorithm} {self.digest.hex(':').upper()}"


class Setup(Enum):
    """``a=setup`` (RFC 4145 section 4, RFC 8842): who opens the DTLS association."""

    ACTIVE = "active"
    PASSIVE = "passive"
    ACTPASS = "actpass"
    HOLDCONN = "holdconn"

    @classmethod
    def parse(cls, text: str) -> "Setup":
        """PeerError for any other word."""
        try:
            return cls(text.strip(" ").lower())
        except ValueError:
            raise malformed("a=setup", "active, passive, actpass or holdconn") from None

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class ZrtpHash:
    """``a=zrtp-hash`` (RFC 6189 section 8): the SHA-256 of our Hello message."""

    version: str
    digest: bytes

    @classmethod
    def parse(cls, text: str) -> "ZrtpHash":
        """PeerError unless it is a version and 32 octets in hexadecimal."""
        version, digest = words(text, "a=zrtp-hash", 2, 2)
        found = octets(digest, "a=zrtp-hash")
        if len(found) != 32:
            raise malformed("a=zrtp-hash", "32 octets")
        return cls(token(version, "a=zrtp-hash version"), found)

    def __str__(self) -> str:
        return f"{self.version} {self.digest.hex()}"
