"""liblinphone and its list type through ctypes, with the signatures of `declarations`."""

import ctypes
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.interop.linphone.child.declarations import DECLARATIONS

Pointer = int | None

TYPES: dict[str, Any] = {
    "void": None,
    "object": ctypes.c_void_p,
    "text": ctypes.c_char_p,
    "int": ctypes.c_int,
    "unsigned": ctypes.c_uint,
    "bool": ctypes.c_ubyte,
    "float": ctypes.c_float,
    "size": ctypes.c_size_t,
}


class Library:
    """The C functions as methods, without their ``linphone_`` prefix; text is ``str`` here.

    ``sal_...`` functions, the library's door to its SIP stack, keep their name.
    """

    def __init__(self) -> None:
        self._linphone = ctypes.CDLL("liblinphone.so.10", mode=ctypes.RTLD_GLOBAL)
        self._toolbox = ctypes.CDLL("libbctoolbox.so.1", mode=ctypes.RTLD_GLOBAL)
        self._callbacks: list[Any] = []  # a callback must outlive the core that calls it
        for declaration in filter(None, DECLARATIONS.splitlines()):
            head, _, arguments = declaration.rstrip(")").partition("(")
            result, name = head.split()
            setattr(self, name, self._bind(name, result, arguments.split(", ")))
        self._next = self._list_function("bctbx_list_next", ctypes.c_void_p)
        self._data = self._list_function("bctbx_list_get_data", ctypes.c_void_p)
        self._append = self._list_function("bctbx_list_append", ctypes.c_void_p, ctypes.c_void_p)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        raise AttributeError(f"linphone_{name} is not declared")

    def items(self, head: Pointer) -> Iterator[int]:
        """The elements of a ``bctbx_list_t``."""
        while head:
            yield self._data(head)
            head = self._next(head)

    def list_of(self, pointers: Sequence[int]) -> Pointer:
        """A new ``bctbx_list_t`` of these elements."""
        head: Pointer = None
        for pointer in pointers:
            head = self._append(head, pointer)
        return head

    def callback(self, function: Callable[..., None], arguments: str) -> Any:
        """A C function pointer that calls ``function``; text arrives as ``str``."""
        names = arguments.split()

        def called(*given: Any) -> None:
            function(*(decoded(value) for value in given))

        made = ctypes.CFUNCTYPE(None, *(TYPES[name] for name in names))(called)
        self._callbacks.append(made)
        return ctypes.cast(made, ctypes.c_void_p)

    def _bind(self, name: str, result: str, arguments: list[str]) -> Callable[..., Any]:
        symbol = name if name.startswith("sal_") else f"linphone_{name}"
        function = getattr(self._linphone, symbol)
        function.restype = TYPES[result]
        function.argtypes = [TYPES[argument] for argument in arguments if argument]

        def called(*given: Any) -> Any:
            value = function(*(v.encode() if isinstance(v, str) else v for v in given))
            return bool(value) if result == "bool" else decoded(value)

        return called

    def _list_function(self, name: str, *arguments: Any) -> Callable[..., Any]:
        function = getattr(self._toolbox, name)
        function.restype, function.argtypes = ctypes.c_void_p, list(arguments)
        return function  # type: ignore[no-any-return]


def decoded(value: Any) -> Any:
    """Text as ``str``, anything else as it is."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
