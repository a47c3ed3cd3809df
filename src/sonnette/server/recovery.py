"""What a start puts right after a stop or a crash, before anything is served."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from sonnette.server.logs.calls import close_open_calls
from sonnette.server.logs.registrations import close_lost_sessions
from sonnette.server.registrar.rows import forget_expired, live_sessions


@dataclass(frozen=True, slots=True)
class Recovered:
    """How much was put right."""

    bindings_expired: int
    calls_closed: int
    sessions_closed: int


def recover(session: Session, now: float) -> Recovered:
    """Forget dead bindings and close what the logs hold open; ``now`` is wall-clock time."""
    return Recovered(
        bindings_expired=forget_expired(session, now),
        calls_closed=close_open_calls(session),
        sessions_closed=close_lost_sessions(session, live_sessions(now)),
    )
