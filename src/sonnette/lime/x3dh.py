"""X3DH: the first agreement between two devices, without both being there.

The initiator agrees with a bundle that the other published; what the other needs to agree
in turn (:class:`Init`) travels in the header of each message until an answer comes.
"""

from dataclasses import dataclass

from sonnette.base.bytes import Reader, Writer
from sonnette.base.entropy import Entropy
from sonnette.base.errors import PeerError
from sonnette.lime.keys import Bundle, Identity, KeyPair
from sonnette.lime.primitives.algorithm import Algorithm
from sonnette.lime.primitives.kdf import hkdf

_NO_SALT = bytes(64)


@dataclass(frozen=True, slots=True)
class Init:
    """The initiator's part: its identity, its ephemeral key, and which prekeys it used."""

    identity: bytes
    ephemeral: bytes
    ciphertext: bytes
    signed: int
    one_time: int | None

    def encode(self) -> bytes:
        """As it stands in a message header."""
        out = Writer().u8(self.one_time is not None).put(self.identity).put(self.ephemeral)
        out.put(self.ciphertext).u32(self.signed)
        if self.one_time is not None:
            out.u32(self.one_time)
        return out.done()

    @staticmethod
    def size(algorithm: Algorithm, flag: bytes) -> int:
        """How many bytes it takes, by its first one."""
        if flag not in {b"\0", b"\1"}:
            raise PeerError("lime.message.malformed", "The X3DH part has an unknown flag")
        curve = algorithm.curve
        keys = curve.identity_size + curve.exchange_size + algorithm.ciphertext_size
        return 5 + keys + (4 if flag == b"\1" else 0)

    @classmethod
    def parse(cls, algorithm: Algorithm, part: bytes) -> "Init":
        """From a message header."""
        reader = Reader(part, "X3DH part")
        flag = reader.u8()
        return cls(
            identity=reader.take(algorithm.curve.identity_size),
            ephemeral=reader.take(algorithm.curve.exchange_size),
            ciphertext=reader.take(algorithm.ciphertext_size),
            signed=reader.u32(),
            one_time=reader.u32() if flag else None,
        )


@dataclass(frozen=True, slots=True)
class Agreement:
    """What both ends come to: the ratchet's first root key and its associated data."""

    root: bytes
    associated: bytes


@dataclass(frozen=True, slots=True)
class _Transcript:
    """Public material both ends bind the secret to."""

    identities: tuple[bytes, bytes]
    ephemeral: bytes
    prekeys: tuple[bytes, ...]
    kem_public: bytes
    ciphertext: bytes

    def joined(self) -> bytes:
        first, second = self.identities
        keys = b"".join(self.prekeys)
        return first + self.ephemeral + second + keys + self.kem_public + self.ciphertext


def initiate(
    algorithm: Algorithm,
    identity: Identity,
    devices: tuple[bytes, bytes],
    bundle: Bundle,
    entropy: Entropy,
) -> tuple[Agreement, Init]:
    """Agree with ``bundle``, which has been verified; ``devices`` are ours and theirs."""
    curve, size = algorithm.curve, algorithm.curve.exchange_size
    ephemeral = entropy.draw(size)
    ephemeral_public = curve.exchange_public(ephemeral)
    prekeys = [bundle.signed.public] + ([bundle.one_time.public] if bundle.one_time else [])
    shared = [
        curve.exchange(curve.identity_exchange_private(identity.seed), prekeys[0][:size]),
        curve.exchange(ephemeral, curve.identity_exchange_public(bundle.identity)),
        *(curve.exchange(ephemeral, prekey[:size]) for prekey in prekeys),
    ]
    kem_public, ciphertext, secret = prekeys[-1][size:], b"", b""
    if algorithm.kem is not None:
        ciphertext, secret = algorithm.kem.encapsulate(kem_public)
    transcript = _Transcript(
        (identity.public, bundle.identity), ephemeral_public,
        tuple(prekey[:size] for prekey in prekeys), kem_public, ciphertext,
    )  # fmt: skip
    init = Init(
        identity.public, ephemeral_public, ciphertext, bundle.signed.number,
        bundle.one_time.number if bundle.one_time else None,
    )  # fmt: skip
    return _agree(algorithm, devices, shared, secret, transcript), init


def respond(
    algorithm: Algorithm,
    identity: Identity,
    devices: tuple[bytes, bytes],
    init: Init,
    prekeys: tuple[KeyPair, ...],
) -> Agreement:
    """Agree with ``init``; ``devices`` are theirs and ours, ``prekeys`` the ones it names."""
    curve = algorithm.curve
    shared = [
        curve.exchange(prekeys[0].private, curve.identity_exchange_public(init.identity)),
        curve.exchange(curve.identity_exchange_private(identity.seed), init.ephemeral),
        *(curve.exchange(prekey.private, init.ephemeral) for prekey in prekeys),
    ]
    secret = b""
    if algorithm.kem is not None:
        secret = algorithm.kem.decapsulate(prekeys[-1].kem_private, init.ciphertext)
    transcript = _Transcript(
        (init.identity, identity.public), init.ephemeral,
        tuple(prekey.public for prekey in prekeys), prekeys[-1].kem_public, init.ciphertext,
    )  # fmt: skip
    return _agree(algorithm, devices, shared, secret, transcript)


def _agree(
    algorithm: Algorithm,
    devices: tuple[bytes, bytes],
    shared: list[bytes],
    secret: bytes,
    transcript: _Transcript,
) -> Agreement:
    # The leading FF block has the size of the identity key, which on curve 448 is 57.
    material = b"\xff" * algorithm.curve.identity_size + b"".join(shared)
    if algorithm.kem is not None:
        material += secret + transcript.joined()
    binding = b"".join(transcript.identities) + b"".join(devices)
    return Agreement(
        root=hkdf(_NO_SALT, material, algorithm.label, 32),
        associated=hkdf(_NO_SALT, binding, b"X3DH Associated Data", 32),
    )
