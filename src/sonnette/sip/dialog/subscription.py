"""What both sides of a subscription share: states, events, outputs (RFC 6665 §4)."""

from dataclasses import dataclass
from enum import Enum

from sonnette.sip.message import Request, Response


class State(Enum):
    """The states of RFC 6665 §4.1.2 and §4.2.1, figures 1 and 2."""

    NOTIFY_WAIT = "notify wait"
    PENDING = "pending"
    ACTIVE = "active"
    TERMINATED = "terminated"


class On(Enum):
    """What changes them."""

    PENDING = "NOTIFY pending"
    ACTIVE = "NOTIFY active"
    END = "NOTIFY terminated, expiry, refusal"


# A subscriber believes the notifier, even where it goes back from active to pending.
TABLE: dict[State, dict[On, State]] = {
    State.NOTIFY_WAIT: {
        On.PENDING: State.PENDING,
        On.ACTIVE: State.ACTIVE,
        On.END: State.TERMINATED,
    },
    State.PENDING: {
        On.PENDING: State.PENDING,
        On.ACTIVE: State.ACTIVE,
        On.END: State.TERMINATED,
    },
    State.ACTIVE: {
        On.PENDING: State.PENDING,
        On.ACTIVE: State.ACTIVE,
        On.END: State.TERMINATED,
    },
    State.TERMINATED: {},
}


@dataclass(frozen=True, slots=True)
class Send:
    """Send this request in a transaction."""

    request: Request


@dataclass(frozen=True, slots=True)
class Respond:
    """Answer the request that was fed with this."""

    response: Response


@dataclass(frozen=True, slots=True)
class Notified:
    """A NOTIFY came: its body is the news.  It has to be answered 200."""

    request: Request


@dataclass(frozen=True, slots=True)
class Ended:
    """The subscription is over.

    ``reason`` is the peer's (RFC 6665 §4.1.3) or one of ours: ``no-notify``, ``expired``,
    ``refused``.  ``retry_after`` is in how many seconds to subscribe again, None for never.
    """

    reason: str
    retry_after: float | None = None


Output = Send | Respond | Notified | Ended
