"""The algorithms of LIME: their number on the wire, their parts, their sizes.

Debian's library knows c25519 and c448; the two with a KEM exist in later clients.
``c25519k512`` (number 3, Kyber before its standard) is refused: no well-kept
constant-time implementation of it exists, and its successor is number 4.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sonnette.base.errors import LocalError, PeerError
from sonnette.lime.primitives.curve import Curve, Curve448, Curve25519
from sonnette.lime.primitives.kem import ML_KEM_512, ML_KEM_1024, Kem


@dataclass(frozen=True, slots=True, eq=False)
class Algorithm:
    """One curve, possibly with a KEM beside it.

    ``label`` is the text that the first key agreement is bound to; ``strength`` orders
    the algorithms, for a peer must not slide down unnoticed.
    """

    number: int
    name: str
    curve: Curve
    kem: Kem | None
    label: bytes
    strength: int

    @property
    def public_size(self) -> int:
        """Bytes of a prekey's public half: the curve's part, then the KEM's."""
        return self.curve.exchange_size + (self.kem.public_size if self.kem else 0)

    @property
    def private_size(self) -> int:
        """Bytes of a prekey's private half."""
        return self.curve.exchange_size + (self.kem.private_size if self.kem else 0)

    @property
    def ciphertext_size(self) -> int:
        """Bytes of a KEM ciphertext, none where there is no KEM."""
        return self.kem.ciphertext_size if self.kem else 0

    def __repr__(self) -> str:
        return f"<{self.name}>"


C25519 = Algorithm(1, "c25519", Curve25519(), None, b"Lime", 1)
C448 = Algorithm(2, "c448", Curve448(), None, b"Lime", 2)
C25519MLK512 = Algorithm(
    4, "c25519mlk512", C25519.curve, ML_KEM_512, b"Lime_CURVE25519_SHA512_MLKEM512", 3
)
C448MLK1024 = Algorithm(
    5, "c448mlk1024", C448.curve, ML_KEM_1024, b"Lime_CURVE448_SHA512_MLKEM1024", 4
)
ALGORITHMS = (C25519, C448, C25519MLK512, C448MLK1024)

_BY_NUMBER = {algorithm.number: algorithm for algorithm in ALGORITHMS}
_BY_NAME = {algorithm.name: algorithm for algorithm in ALGORITHMS}


def by_number(number: int) -> Algorithm:
    """The algorithm a peer names by its number."""
    try:
        return _BY_NUMBER[number]
    except KeyError:
        raise PeerError("lime.algorithm.unknown", f"LIME algorithm {number} is not known") from None


def preference(names: Iterable[str]) -> tuple[Algorithm, ...]:
    """Algorithms in the order of a setting such as ``["c25519mlk512", "c25519"]``."""
    chosen = tuple(dict.fromkeys(names))
    unknown = [name for name in chosen if name not in _BY_NAME]
    if unknown or not chosen:
        raise LocalError(
            "lime.algorithm.setting",
            f"expected some of {', '.join(_BY_NAME)}, got {', '.join(unknown) or 'none'}",
        )
    return tuple(_BY_NAME[name] for name in chosen)
