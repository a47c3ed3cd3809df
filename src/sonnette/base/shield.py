"""Values that must not show: they print as redacted, wherever they end up.

``Personal`` wraps what speaks of a person, ``Secret`` what opens a door.  The value comes
out by :meth:`reveal` only, so each place that shows one can be found by name.
"""

from hmac import compare_digest
from typing import Generic, TypeVar

T = TypeVar("T")


class Personal(Generic[T]):
    """A personal datum; equal and hashed by its value, printed without it."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """The value itself, for the purpose it was collected for."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Personal) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "<personal>"

    def __format__(self, spec: str) -> str:
        return "<personal>"


class Secret:
    """A password, key or token; compared in constant time, never printed, not hashable."""

    __slots__ = ("_value",)
    __hash__ = None  # type: ignore[assignment]  # a secret is no dictionary key

    def __init__(self, value: bytes | str) -> None:
        self._value = value.encode() if isinstance(value, str) else bytes(value)

    def reveal(self) -> bytes:
        """The secret's bytes."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and compare_digest(self._value, other._value)

    def __repr__(self) -> str:
        return "<secret>"

    def __format__(self, spec: str) -> str:
        return "<secret>"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Secret is not pickled: reveal() it where it must be stored")
