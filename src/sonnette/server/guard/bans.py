"""Bans: who is not heard for a while, and why.

A ban has a reason that an operator can read, and ends by itself.  Bounded: when the table
is full the ban that ends first makes room.
"""

from dataclasses import dataclass

MOST_BANS = 10_000

Source = tuple[str, int | None]
"""An address and a port; None stands for every port of the address."""


@dataclass(frozen=True, slots=True)
class Ban:
    """One ban, in seconds of the server's clock."""

    reason: str
    since: float
    until: float


class Bans:
    """The bans in force, by source."""

    __slots__ = ("_bans",)

    def __init__(self) -> None:
        self._bans: dict[Source, Ban] = {}

    def __len__(self) -> int:
        return len(self._bans)

    def ban(self, now: float, source: Source, seconds: float, reason: str) -> None:
        """Do not hear ``source`` for ``seconds``."""
        if len(self._bans) >= MOST_BANS:
            self.expire(now)
        if len(self._bans) >= MOST_BANS:
            del self._bans[min(self._bans, key=lambda key: self._bans[key].until)]
        self._bans[source] = Ban(reason, now, now + seconds)

    def is_banned(self, now: float, host: str, port: int) -> bool:
        """Whether anything from there is to be dropped."""
        bans = self._bans
        if not bans:
            return False
        for source in ((host, port), (host, None)):
            ban = bans.get(source)
            if ban is not None:
                if ban.until > now:
                    return True
                del bans[source]
        return False

    def lift(self, text: str) -> int:
        """End the bans of an address, or of an ``address:port``; how many there were."""
        sources = [each for each in self._bans if text in (each[0], f"{each[0]}:{each[1]}")]
        for source in sources:
            del self._bans[source]
        return len(sources)

    def expire(self, now: float) -> None:
        """Forget the bans that are over."""
        self._bans = {source: ban for source, ban in self._bans.items() if ban.until > now}

    def describe(self, now: float) -> list[dict[str, object]]:
        """Every ban in force, the newest first, for the operator's eyes."""
        self.expire(now)
        return [
            {
                "source": source[0] if source[1] is None else f"{source[0]}:{source[1]}",
                "reason": ban.reason,
                "ends_in": round(ban.until - now),
            }
            for source, ban in sorted(self._bans.items(), key=lambda item: -item[1].since)
        ]
