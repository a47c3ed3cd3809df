"""The port to where a device keeps its keys, and the adapter that keeps them in memory.

A store holds sealed records and understands none: a kind, an owner, a name, a value.  The
rest of the package relies on two promises: what happens within a transaction becomes
durable as a whole before the transaction ends, or not at all; and one process at a time
has the store, for two would use the same message keys.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import IntEnum
from typing import Protocol

from sonnette.base.errors import LocalError


class Kind(IntEnum):
    """What a record is about."""

    ACCOUNT = 1
    SIGNED_PREKEY = 2
    ONE_TIME_PREKEY = 3
    PEER = 4
    SESSION = 5
    PROGRESS = 6
    JOURNAL = 7
    KEPT_KEY = 8
    SEEN_INIT = 9
    TALLY = 10


class Store(Protocol):
    """Records by kind, owner and name; writes happen within a transaction only."""

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing, and durable once left; raises what the block raises."""

    def read(self, kind: Kind, owner: bytes, name: bytes) -> bytes | None:
        """One record."""

    def scan(self, kind: Kind, owner: bytes) -> list[bytes]:
        """Every record of an owner, in no particular order."""

    def write(self, kind: Kind, owner: bytes, name: bytes, value: bytes) -> None:
        """Make or replace a record."""

    def delete(self, kind: Kind, owner: bytes, name: bytes) -> None:
        """Remove a record, if it is there."""

    def clear(self, kind: Kind, owner: bytes) -> None:
        """Remove every record of an owner."""


_Records = dict[tuple[Kind, bytes], dict[bytes, bytes]]


class MemoryStore:
    """A store that ends with the process: for tests, and for devices that live a call."""

    def __init__(self) -> None:
        self._records: _Records = {}
        self._undo: _Records | None = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._undo is not None:
            raise LocalError("lime.store.nested", "a transaction is already open")
        self._undo = {}
        try:
            yield
        except BaseException:
            self._records.update(self._undo)
            raise
        finally:
            self._undo = None

    def read(self, kind: Kind, owner: bytes, name: bytes) -> bytes | None:
        return self._records.get((kind, owner), {}).get(name)

    def scan(self, kind: Kind, owner: bytes) -> list[bytes]:
        return list(self._records.get((kind, owner), {}).values())

    def write(self, kind: Kind, owner: bytes, name: bytes, value: bytes) -> None:
        self._touch(kind, owner)[name] = value

    def delete(self, kind: Kind, owner: bytes, name: bytes) -> None:
        self._touch(kind, owner).pop(name, None)

    def clear(self, kind: Kind, owner: bytes) -> None:
        self._touch(kind, owner).clear()

    def _touch(self, kind: Kind, owner: bytes) -> dict[bytes, bytes]:
        if self._undo is None:
            raise LocalError("lime.store.transaction", "a write needs an open transaction")
        records = self._records.setdefault((kind, owner), {})
        self._undo.setdefault((kind, owner), records.copy())
        return records
