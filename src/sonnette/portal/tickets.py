"""Links that set up a phone once: who holds one gets an account's credentials.

Kept in memory only.  A ticket lives for a day, or for a minute after its first use: an app
may ask twice in a row, a thief that finds the link later gets nothing.
"""

from collections.abc import Callable
from dataclasses import replace

from sonnette.base.entropy import Entropy
from sonnette.portal.domain import Account

LIFE_SECONDS = 86_400.0
GRACE_SECONDS = 60.0
MOST_TICKETS = 1_000  # phones being set up at once; past it the oldest link ends
TOKEN_SIZE = 20  # bytes: beyond guessing


class Tickets:
    """Accounts by the token of their link; ``clock`` is monotonic."""

    def __init__(self, entropy: Entropy, clock: Callable[[], float]) -> None:
        self._entropy, self._clock = entropy, clock
        self._waiting: dict[str, tuple[float, Account]] = {}

    def issue(self, account: Account) -> Account:
        """The same account with a fresh token."""
        while len(self._waiting) >= MOST_TICKETS:
            del self._waiting[next(iter(self._waiting))]
        token = self._entropy.draw(TOKEN_SIZE).hex()
        issued = replace(account, token=token)
        self._waiting[token] = (self._clock() + LIFE_SECONDS, issued)
        return issued

    def take(self, token: str) -> Account | None:
        """The account of a token that still holds; its end is near from now on."""
        ends, account = self._waiting.get(token, (0.0, None))
        now = self._clock()
        if account is None or ends <= now:
            self._waiting.pop(token, None)
            return None
        self._waiting[token] = (min(ends, now + GRACE_SECONDS), account)
        return account
