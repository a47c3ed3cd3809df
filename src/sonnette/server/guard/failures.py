"""Wrong passwords: slowed for an account and a source, banned for a source that goes on.

Only a wrong answer to a nonce of ours counts: whoever gives one has received our
challenge, so nobody can have a stranger's address banned.  A challenge is no failure.
"""

from typing import TypeVar

from sonnette.server.guard.bans import Bans

FREE_TRIES = 5
"""Wrong answers before an account is slowed for a source: a person mistyping."""

FIRST_PAUSE = 4.0
LONGEST_PAUSE = 900.0
"""Seconds of refusal after a further wrong answer; each doubles the one before."""

TRIES_BEFORE_BAN = 30
"""Wrong answers of one source, to whatever accounts, before it is banned."""

BAN = 3_600.0
MEMORY = 3_600.0
"""Seconds of a ban, and after which a failure is forgotten."""

MOST_ENTRIES = 50_000

K = TypeVar("K")
Tries = tuple[int, float]
"""How many, and when the last one came."""


class Failures:
    """Counts of wrong answers, by account and source and by source."""

    __slots__ = ("_bans", "_by_account", "_by_source")

    def __init__(self, bans: Bans) -> None:
        self._bans = bans
        self._by_account: dict[tuple[str, str], Tries] = {}
        self._by_source: dict[str, Tries] = {}

    def pause(self, now: float, account: str, host: str) -> float:
        """Seconds for which further tries of this account from this source are refused."""
        if not self._by_account:
            return 0.0
        count, last = self._by_account.get((account, host), (0, now))
        if count < FREE_TRIES:
            return 0.0
        until = last + min(FIRST_PAUSE * 2.0 ** min(count - FREE_TRIES, 16), LONGEST_PAUSE)
        return max(0.0, until - now)

    def count(self, now: float, account: str, host: str, *, is_exempt: bool) -> None:
        """A wrong answer to our own nonce came; ``is_exempt`` sources are never banned."""
        _count(self._by_account, (account, host), now)
        tries = _count(self._by_source, host, now)
        if tries >= TRIES_BEFORE_BAN and not is_exempt:
            self._bans.ban(now, (host, None), BAN, f"{tries} wrong passwords within an hour")
            del self._by_source[host]

    def forgive(self, account: str, host: str) -> None:
        """The right password came."""
        if self._by_account:
            self._by_account.pop((account, host), None)
            self._by_source.pop(host, None)


def _count(table: dict[K, Tries], key: K, now: float) -> int:
    if key not in table and len(table) >= MOST_ENTRIES:
        for oldest in sorted(table, key=lambda each: table[each][1])[: MOST_ENTRIES // 2]:
            del table[oldest]
    tries, last = table.get(key, (0, now))
    tries = 1 if now - last > MEMORY else tries + 1
    table[key] = (tries, now)
    return tries
