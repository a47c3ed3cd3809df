"""The registration log (D-4): one row a session, and failures counted by the hour.

A session is a device's stay at one IP address.  Its row is opened by the first REGISTER,
moved on by refreshes and closed when the binding goes; another address or another device
opens another row.  Takes ``now`` (seconds, monotonic) and queues rows; waits for nothing.
"""

from typing import NamedTuple

from sqlalchemy import Select, update
from sqlalchemy.orm import Session

from sonnette.base.entropy import Entropy
from sonnette.server.logs.models import RegistrationFailure, RegistrationSession
from sonnette.server.logs.row_id import draw_row_id
from sonnette.store.statement import Put, Statements

_SESSIONS = RegistrationSession.metadata.tables[RegistrationSession.__tablename__]
_FAILURES = RegistrationFailure.metadata.tables[RegistrationFailure.__tablename__]

HOUR_S = 3600.0

FAILURES_WAIT_S = 0.4
"""Failures are summed so long before they go to the writer: a flood makes few rows."""

MOST_SUMS = 1000
"""Sums in memory at once; past that they are written early."""


class Login(NamedTuple):
    """Who registered, on which device (its instance or user agent), from which address."""

    domain: str
    username: str
    device: str
    ip: str


class RegistrationLog:
    """Writes the rows; ``epoch`` is the wall-clock time at ``now`` = 0.

    A session is a number that the registrar keeps with the binding, also on disk, so that
    it goes on after a restart; 0 stands for none.
    """

    __slots__ = (
        "_close",
        "_count",
        "_entropy",
        "_failures",
        "_put",
        "_save",
        "deadline",
        "epoch",
    )

    def __init__(self, statements: Statements, put: Put, entropy: Entropy, epoch: float) -> None:
        self._save = statements.upsert(_SESSIONS, keep=("started_at",))
        self._close = statements.update(_SESSIONS, "refreshed_at", "ended_at")
        self._count = statements.upsert(_FAILURES, add=("failures",))
        self._put = put
        self._entropy = entropy
        self._failures: dict[tuple[str, str, str, float], int] = {}
        self.deadline: float | None = None
        self.epoch = epoch

    def registered(self, session: int, login: Login, has_moved: bool, now: float) -> int:
        """A REGISTER was accepted; returns the session to keep with the binding.

        ``has_moved`` says that the device or its IP address is not that of ``session``.
        """
        if session and has_moved:
            self.unregistered(session, now)
            session = 0
        session = session or draw_row_id(self._entropy)
        at = self.epoch + now
        self._put(self._save, (session, *login, at, at, None))
        return session

    def unregistered(self, session: int, now: float) -> None:
        """The binding was removed or has expired."""
        at = self.epoch + now
        self._put(self._close, (at, at, session))

    def failed(self, domain: str, username: str, ip: str, now: float) -> None:
        """Credentials were wrong; ``username`` is empty unless it is an account's."""
        hour = (self.epoch + now) // HOUR_S * HOUR_S
        key = (domain, username, ip, hour)
        self._failures[key] = self._failures.get(key, 0) + 1
        if self.deadline is None:
            self.deadline = now + FAILURES_WAIT_S
        if len(self._failures) >= MOST_SUMS:
            self._flush()

    def tick(self, now: float) -> None:
        """Write the sums whose time has come."""
        if self.deadline is not None and now >= self.deadline:
            self._flush()

    def _flush(self) -> None:
        for key, count in self._failures.items():
            self._put(self._count, (*key, count))
        self._failures.clear()
        self.deadline = None


def close_lost_sessions(session: Session, alive: Select[int]) -> int:
    """After a stop or a crash: close, at their last refresh, all sessions but those ``alive``.

    ``alive`` selects the sessions of the bindings that live; returns how many were closed.
    """
    lost = _SESSIONS.c.ended_at.is_(None) & _SESSIONS.c.id.not_in(alive)
    change = update(_SESSIONS).where(lost).values(ended_at=_SESSIONS.c.refreshed_at)
    return session.execute(change).rowcount  # type: ignore[attr-defined,no-any-return]
