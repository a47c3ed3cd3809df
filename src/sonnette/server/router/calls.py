"""The calls in progress, as far as a proxy knows them: for the call log and the operator."""

from dataclasses import dataclass

from sonnette.server.ports import Journal, Member
from sonnette.sip.uri import Uri

LONGEST_CALL = 86_400.0
"""Seconds after which a call without a sign is taken to be over."""


@dataclass(slots=True)
class Call:
    """One call, from the INVITE that was let through."""

    caller: str
    callee: str
    started_at: float
    answered_at: float | None = None


class Calls:
    """Open calls by Call-ID and caller's tag."""

    def __init__(self, journal: Journal) -> None:
        self._calls: dict[str, Call] = {}
        self._journal = journal

    def __len__(self) -> int:
        return len(self._calls)

    def start(self, now: float, key: str, caller: str, callee: str) -> None:
        """An INVITE that opens a dialog goes to its targets."""
        if key in self._calls:
            return
        self._calls[key] = Call(caller, callee, now)
        self._journal.call_started(now, key, caller, callee)

    def answer(self, now: float, key: str) -> None:
        """A 2xx came."""
        call = self._calls.get(key)
        if call is not None and call.answered_at is None:
            call.answered_at = now
            self._journal.call_answered(now, key)

    def fail(self, now: float, key: str) -> None:
        """A final answer other than 2xx went to the caller."""
        call = self._calls.get(key)
        if call is not None and call.answered_at is None:
            self._end(now, key)

    def end(self, now: float, *keys: str) -> None:
        """A BYE passed, from either side."""
        for key in keys:
            if key in self._calls:
                self._end(now, key)

    def expire(self, now: float) -> None:
        """Close what has been open for longer than any call lasts."""
        while self._calls:  # in the order of their starts
            key, oldest = next(iter(self._calls.items()))
            if now - oldest.started_at < LONGEST_CALL:
                break
            self._end(now, key)

    def _end(self, now: float, key: str) -> None:
        del self._calls[key]
        self._journal.call_ended(now, key)

    def describe(self, now: float) -> list[dict[str, object]]:
        """Every call in progress, for the operator."""
        return [
            {
                "caller": call.caller,
                "callee": call.callee,
                "state": "ringing" if call.answered_at is None else "talking",
                "seconds": round(now - (call.answered_at or call.started_at)),
            }
            for call in self._calls.values()
        ]


def logged_address(member: Member | None, uri: Uri) -> str:
    """The address alone, in its one spelling: by it a person's calls are found (REQ D-2)."""
    if member is not None:
        return f"sip:{member.username}@{member.domain}"
    if not uri.domain:
        return f"{uri.scheme}:{uri.opaque}"
    return f"sip:{uri.user}@{uri.domain}" if uri.user else f"sip:{uri.domain}"
