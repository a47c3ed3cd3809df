"""A message that is sent again and again until it is answered (RFC 6189 6)."""

from sonnette.zrtp.settings import Backoff


class Retransmission:
    """``due`` is when ``message`` goes out next; the gaps double up to the longest."""

    __slots__ = ("_backoff", "_gap", "_left", "due", "message")

    def __init__(self, now: float, message: bytes, backoff: Backoff) -> None:
        self.message, self._backoff = message, backoff
        self.restart(now)

    def restart(self, now: float) -> None:
        """Begin anew, as if the message had been sent for the first time."""
        self._gap, self._left = self._backoff.first, self._backoff.times
        self.due = now + self._gap

    def again(self, now: float) -> bool:
        """Whether the message may be sent once more; False when it was sent often enough."""
        if not self._left:
            return False
        self._left -= 1
        self._gap = min(2 * self._gap, self._backoff.longest)
        self.due = now + self._gap
        return True
