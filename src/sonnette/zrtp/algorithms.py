"""The algorithms by their four-letter names, what each side offers, and the choice made.

RFC 6189 5.1.2 to 5.1.6 for the names, 4.1.2 for the choice; the key encapsulations and
``GCM`` are the extensions of current Linphone.
"""

import hmac as mac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import new
from typing import TypeVar

MOST_OF_A_KIND = 7


class Algorithm(Enum):
    """``octets`` is the name on the wire."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets


class Hash(Algorithm):
    """The negotiated hash: of the transcript, and of every HMAC and KDF.

    ``size`` is the bytes of a digest.
    """

    S256 = b"S256"
    S384 = b"S384"
    S512 = b"S512"

    def __init__(self, octets: bytes) -> None:
        super().__init__(octets)
        self._library_name = f"sha{octets[1:].decode()}"
        self.size = new(self._library_name).digest_size

    def digest(self, data: bytes) -> bytes:
        """The hash of ``data``."""
        return new(self._library_name, data).digest()

    def hmac(self, key: bytes, data: bytes) -> bytes:
        """The HMAC of ``data``, uncut."""
        return mac.digest(key, data, self._library_name)


class Cipher(Algorithm):
    """The block cipher of the Confirm messages and of SRTP; ``key_size`` is in bytes."""

    AES1 = b"AES1"
    AES3 = b"AES3"

    def __init__(self, octets: bytes) -> None:
        super().__init__(octets)
        self.key_size = 16 if octets == b"AES1" else 32


class AuthTag(Algorithm):
    """How SRTP authenticates: HMAC-SHA1 cut to 32 or 80 bits, or the cipher's own mode."""

    HS32 = b"HS32"
    HS80 = b"HS80"
    GCM = b"GCM "

    @property
    def salt_size(self) -> int:
        """Bytes of an SRTP master salt (RFC 3711 8.2, RFC 7714 12)."""
        return 12 if self is AuthTag.GCM else 14


class KeyAgreement(Algorithm):
    """The key agreements, from the one preferred in a tie to the least preferred.

    ``K``: a curve as a key encapsulation, ``MLK``: ML-KEM, ``X.M.``: both together.
    """

    X255 = b"X255"
    K255 = b"K255"
    X448 = b"X448"
    K448 = b"K448"
    DH3K = b"DH3k"
    MLK1 = b"MLK1"
    MLK2 = b"MLK2"
    MLK3 = b"MLK3"
    X1M1 = b"X1M1"
    X3M3 = b"X3M3"
    MULT = b"Mult"

    @property
    def encapsulates(self) -> bool:
        """Whether the Commit carries the public key and DHPart1 a ciphertext."""
        return self not in _NO_KEY_IN_COMMIT

    @property
    def is_strong(self) -> bool:
        """Whether it deserves the longest hash and key that both sides have."""
        return self not in _ORDINARY


_NO_KEY_IN_COMMIT = {
    KeyAgreement.X255,
    KeyAgreement.X448,
    KeyAgreement.DH3K,
    KeyAgreement.MULT,
}
_ORDINARY = {KeyAgreement.X255, KeyAgreement.K255, KeyAgreement.DH3K, KeyAgreement.MULT}


class Sas(Algorithm):
    """How the short authentication string is shown."""

    B32 = b"B32 "
    B256 = b"B256"


A = TypeVar("A", bound=Algorithm)

MANDATORY: dict[str, tuple[Algorithm, ...]] = {
    "hashes": (Hash.S256,),
    "ciphers": (Cipher.AES1,),
    "tags": (AuthTag.HS32, AuthTag.HS80),
    "agreements": (KeyAgreement.DH3K, KeyAgreement.MULT),
    "schemes": (Sas.B32,),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """What a Hello lists, in order of preference.

    What every endpoint must know (RFC 6189 5.1.2 to 5.1.6) is appended where it is not
    listed: the lists need not name it.
    """

    hashes: Sequence[Hash] = (Hash.S256, Hash.S384, Hash.S512)
    ciphers: Sequence[Cipher] = (Cipher.AES1, Cipher.AES3)
    tags: Sequence[AuthTag] = (AuthTag.HS80, AuthTag.HS32)
    agreements: Sequence[KeyAgreement] = (
        KeyAgreement.X1M1,
        KeyAgreement.X255,
        KeyAgreement.X448,
        KeyAgreement.DH3K,
        KeyAgreement.MULT,
    )
    schemes: Sequence[Sas] = (Sas.B32, Sas.B256)

    def __post_init__(self) -> None:
        for kind, mandatory in MANDATORY.items():
            names = tuple(getattr(self, kind))
            missing = tuple(name for name in mandatory if name not in names)
            object.__setattr__(self, kind, names + missing)

    @property
    def lists(self) -> tuple[Sequence[Algorithm], ...]:
        """The five lists, in the order of a Hello."""
        return self.hashes, self.ciphers, self.tags, self.agreements, self.schemes


@dataclass(frozen=True, slots=True)
class Suite:
    """The algorithms that a Commit settles."""

    hash: Hash
    cipher: Cipher
    tag: AuthTag
    agreement: KeyAgreement
    scheme: Sas

    @property
    def srtp_name(self) -> str:
        """The SRTP crypto suite by its SDES name (RFC 4568, 6188, 7714)."""
        bits = 8 * self.cipher.key_size
        if self.tag is AuthTag.GCM:
            return f"AEAD_AES_{bits}_GCM"
        family = "AES_CM_128" if bits == 128 else f"AES_{bits}_CM"
        return f"{family}_HMAC_SHA1_{self.tag.octets[2:].decode()}"


def choose(own: Offer, peer: Offer, *, multistream: bool = False) -> Suite:
    """What to commit to (RFC 6189 4.1.2); ``multistream``: where both know it, no new agreement."""
    agreement = _agreement(own, peer, multistream)
    hashes, ciphers = own.hashes, own.ciphers
    if agreement.is_strong:
        hashes = (Hash.S512, Hash.S384, *hashes)
        ciphers = (Cipher.AES3, *ciphers)
    return Suite(
        _first(hashes, own.hashes, peer.hashes),
        _first(ciphers, own.ciphers, peer.ciphers),
        _first(own.tags, own.tags, peer.tags),
        agreement,
        _first(own.schemes, own.schemes, peer.schemes),
    )


def _first(wanted: Sequence[A], own: Sequence[A], peer: Sequence[A]) -> A:
    # The mandatory algorithms are in every offer: there always is one.
    return next(name for name in wanted if name in own and name in peer)


def _agreement(own: Offer, peer: Offer, multistream: bool) -> KeyAgreement:
    mult = KeyAgreement.MULT
    if multistream and mult in own.agreements and mult in peer.agreements:
        return mult
    ours = next(name for name in own.agreements if name in peer.agreements and name is not mult)
    theirs = next(name for name in peer.agreements if name in own.agreements and name is not mult)
    # Each side may well want another: the faster of the two, so that both name the same.
    rank = list(KeyAgreement)
    return min(ours, theirs, key=rank.index)
