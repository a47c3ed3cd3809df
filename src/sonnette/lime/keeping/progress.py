"""How far sessions have come: what changes with every message, kept as cheaply as it can be.

A message to one device writes that session's progress record.  A message to many writes
one journal entry for all of them; after some entries the journal is folded into progress
records.  Of two that speak of the same session the one with the higher serial holds.
"""

from sonnette.lime.keeping.record import StoredSession, join, split
from sonnette.lime.keeping.store import Kind, Store

FOLD_AFTER = 64


class Progress:
    """The progress of one device's sessions; written at the end of each transaction."""

    def __init__(self, store: Store, own: bytes) -> None:
        self._store, self._own = store, own
        self._moved: dict[bytes, bytes] = {}
        self._journal: dict[bytes, bytes] | None = None
        self._entries = 0

    def note(self, stored: StoredSession) -> None:
        """A session went on, and nothing but its progress changed."""
        self._moved[stored.number] = stored.progress()

    def bring(self, stored: StoredSession) -> StoredSession:
        """A session from its whole record, taken on to where it stands."""
        known = (
            self._store.read(Kind.PROGRESS, self._own, stored.number),
            self._entry(stored.number),
            self._moved.get(stored.number),
        )
        for progress in known:
            if progress is not None:
                stored.apply(progress)
        return stored

    def forget(self, number: bytes) -> None:
        """A session was removed."""
        self._moved.pop(number, None)
        self._store.delete(Kind.PROGRESS, self._own, number)

    def flush(self) -> None:
        """Write what was noted."""
        moved, self._moved = self._moved, {}
        if len(moved) == 1:
            self._write(moved)
        elif moved:
            self._append(moved)

    def uncache(self) -> None:
        """A transaction was rolled back: believe the store alone."""
        self._moved.clear()
        self._journal = None

    def _append(self, moved: dict[bytes, bytes]) -> None:
        journal = self._read_journal()
        journal.update(moved)
        self._entries += 1
        if self._entries < FOLD_AFTER:
            entry = join(*(field for pair in moved.items() for field in pair))
            name = self._entries.to_bytes(2, "big")
            self._store.write(Kind.JOURNAL, self._own, name, entry)
            return
        self._write(journal)
        self._store.clear(Kind.JOURNAL, self._own)
        self._journal, self._entries = {}, 0

    def _write(self, progress: dict[bytes, bytes]) -> None:
        for number, value in progress.items():
            self._store.write(Kind.PROGRESS, self._own, number, value)

    def _entry(self, number: bytes) -> bytes | None:
        return self._read_journal().get(number)

    def _read_journal(self) -> dict[bytes, bytes]:
        if self._journal is None:
            entries = self._store.scan(Kind.JOURNAL, self._own)
            self._journal, self._entries = {}, len(entries)
            for entry in entries:
                fields = iter(split(entry))
                for number, progress in zip(fields, fields, strict=True):
                    self._journal[number] = max(progress, self._journal.get(number, b""))
        return self._journal
