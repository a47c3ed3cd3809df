"""The call log (D-2): one row a call, written at its start, its answer and its end.

Takes what the pipeline saw with ``now`` (seconds, monotonic) and queues rows; waits for
nothing.  A call that the server forgets stays ``open`` until the next start, which calls
its ending unknown.
"""

from collections.abc import Hashable

from sqlalchemy import update
from sqlalchemy.orm import Session

from sonnette.base.entropy import Entropy
from sonnette.server.logs.models import CallRecord
from sonnette.server.logs.row_id import draw_row_id
from sonnette.store.statement import Put, Statements

_TABLE = CallRecord.metadata.tables[CallRecord.__tablename__]

MOST_OPEN = 100_000
"""Calls in memory at once; past that the oldest one's ending becomes unknown."""


class _OpenCall:
    __slots__ = ("answered", "callee", "caller", "id", "started")

    def __init__(self, row_id: int, caller: str, callee: str, started: float) -> None:
        self.id = row_id
        self.caller = caller
        self.callee = callee
        self.started = started
        self.answered: float | None = None


class CallLog:
    """Writes the rows; ``epoch`` is the wall-clock time at ``now`` = 0.

    A call is told from others by any key of its caller's choice, the same at every event.
    """

    __slots__ = ("_entropy", "_open", "_put", "_save", "epoch")

    def __init__(self, statements: Statements, put: Put, entropy: Entropy, epoch: float) -> None:
        self._save = statements.upsert(_TABLE)
        self._put = put
        self._entropy = entropy
        self._open: dict[Hashable, _OpenCall] = {}
        self.epoch = epoch

    def __len__(self) -> int:
        """Calls that began and have not ended."""
        return len(self._open)

    def started(self, key: Hashable, caller: str, callee: str, now: float) -> None:
        """A call goes out; the addresses are ``sip:username@domain``."""
        if key in self._open:
            return
        if len(self._open) >= MOST_OPEN:
            self._close(next(iter(self._open)), None)
        call = _OpenCall(draw_row_id(self._entropy), caller, callee, now)
        self._open[key] = call
        self._write(call, None, "open")

    def answered(self, key: Hashable, now: float) -> None:
        """Someone took the call; only the first answer counts."""
        call = self._open.get(key)
        if call is not None and call.answered is None:
            call.answered = now
            self._write(call, None, "open")

    def ended(self, key: Hashable, now: float) -> None:
        """The call is over: hung up, refused or given up."""
        if key in self._open:
            self._close(key, now)

    def _close(self, key: Hashable, now: float | None) -> None:
        call = self._open.pop(key)
        if now is None:
            self._write(call, None, "unknown")
        else:
            duration = 0.0 if call.answered is None else round(now - call.answered, 3)
            self._write(call, duration, "known")

    def _write(self, call: _OpenCall, duration: float | None, ending: str) -> None:
        completed = call.answered is not None
        start = self.epoch + call.started
        self._put(
            self._save, (call.id, call.caller, call.callee, start, completed, duration, ending)
        )


def close_open_calls(session: Session) -> int:
    """After a stop or a crash: what is still open has an unknown ending; returns how many."""
    change = update(_TABLE).where(_TABLE.c.ending == "open").values(ending="unknown")
    return session.execute(change).rowcount  # type: ignore[attr-defined,no-any-return]
