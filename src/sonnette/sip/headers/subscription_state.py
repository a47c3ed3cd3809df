"""Subscription-State: what a NOTIFY says of its subscription (RFC 6665 §4.1.3, §8.4)."""

from dataclasses import dataclass

from sonnette.base.errors import PeerError
from sonnette.sip.grammar import TOKEN, parse_number, parse_parameters

MOST_SECONDS = 2**32 - 1


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """``state`` and ``reason`` in lower case; times in seconds, None where not told."""

    state: str
    expires: int | None = None
    reason: str | None = None
    retry_after: int | None = None

    def __str__(self) -> str:
        parts = [self.state]
        if self.expires is not None:
            parts.append(f"expires={self.expires}")
        if self.reason is not None:
            parts.append(f"reason={self.reason}")
        if self.retry_after is not None:
            parts.append(f"retry-after={self.retry_after}")
        return ";".join(parts)


def parse_subscription_state(value: str) -> SubscriptionState:
    """Raises :class:`PeerError` where it is no token with parameters, or a time is no number."""
    state, semicolon, rest = value.partition(";")
    state = state.strip().lower()
    if not TOKEN.match(state):
        raise PeerError("sip.subscription-state.malformed", "Malformed Subscription-State")
    parameters = parse_parameters(semicolon + rest) if rest else {}
    reason = parameters.get("reason")
    return SubscriptionState(
        state,
        _seconds(parameters.get("expires")),
        reason.lower() if reason else None,
        _seconds(parameters.get("retry-after")),
    )


def _seconds(text: str | None) -> int | None:
    return None if text is None else parse_number(text, MOST_SECONDS, "Subscription-State Time")
