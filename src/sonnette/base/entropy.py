"""Where randomness comes from: the system, or a seed in tests.

The only module of the ring that may import ``secrets``.
"""

import hashlib
import secrets
from typing import Protocol


class Entropy(Protocol):
    """A source of random bytes, given to whatever draws tags, branches, nonces or keys."""

    def draw(self, size: int) -> bytes:
        """``size`` fresh random bytes."""


class SystemEntropy:
    """The operating system's generator."""

    def draw(self, size: int) -> bytes:
        return secrets.token_bytes(size)


class PooledEntropy:
    """The operating system's generator, asked for a page at a time.

    For tags, branches and nonces, drawn by the thousand; a key comes from
    :class:`SystemEntropy`.  One object serves one thread.
    """

    _PAGE = 4096

    def __init__(self) -> None:
        self._page = b""
        self._position = 0

    def draw(self, size: int) -> bytes:
        end = self._position + size
        if end > len(self._page):
            self._page = secrets.token_bytes(max(self._PAGE, size))
            self._position, end = 0, size
        drawn = self._page[self._position : end]
        self._position = end
        return drawn


class SeededEntropy:
    """The same bytes again for the same seed: for tests and replays, never for secrets."""

    def __init__(self, seed: int | str = 0) -> None:
        self._seed = str(seed).encode()
        self._count = 0

    def draw(self, size: int) -> bytes:
        self._count += 1
        return hashlib.shake_256(b"%s/%d" % (self._seed, self._count)).digest(size)
