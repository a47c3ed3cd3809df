"""A stand-in for the ``cython`` module, for kernels that run uncompiled without Cython.

A kernel opens with::

    try:
        import cython
    except ImportError:
        from sonnette.base import plain_cython as cython

The compiler knows the first name and never looks at the second.  Only what our kernels
use at run time stands here; local annotations are not evaluated by Python.
"""

from collections.abc import Callable
from typing import Any, TypeVar

compiled = False

_F = TypeVar("_F")


def _same(function: _F) -> _F:
    return function


def _directive(*_: Any, **__: Any) -> Callable[[_F], _F]:
    return _same


class _NoGil:
    """Uncompiled, the lock is kept: as a decorator and as a context."""

    def __call__(self, function: _F) -> _F:
        return function

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


nogil = _NoGil()
cfunc = ccall = cclass = inline = _same
boundscheck = wraparound = cdivision = exceptval = locals = returns = _directive
initializedcheck = overflowcheck = final = freelist = _directive


def cast(_kind: Any, value: _F, **_: Any) -> _F:
    """Uncompiled, a cast changes nothing."""
    return value


def __getattr__(name: str) -> Any:
    """Any C type: only its name matters where annotations are evaluated."""
    if name.startswith("__"):
        raise AttributeError(name)
    return object
