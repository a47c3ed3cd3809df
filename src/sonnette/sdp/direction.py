"""Which way media flows (RFC 8866 section 6.7)."""

from enum import Enum


class Direction(Enum):
    """As seen by whoever says it."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @classmethod
    def named(cls, name: str) -> "Direction | None":
        """The direction of that name, or None if it is the name of something else."""
        return _BY_NAME.get(name)

    @classmethod
    def of(cls, sends: bool, receives: bool) -> "Direction":
        """The direction that sends and receives as said."""
        return _BY_FLOW[sends, receives]

    @property
    def sends(self) -> bool:
        """Whether the speaker sends."""
        return self in {Direction.SENDRECV, Direction.SENDONLY}

    @property
    def receives(self) -> bool:
        """Whether the speaker receives."""
        return self in {Direction.SENDRECV, Direction.RECVONLY}

    def reversed(self) -> "Direction":
        """The same flow as seen from the other side."""
        return Direction.of(self.receives, self.sends)


_BY_NAME = {direction.value: direction for direction in Direction}
_BY_FLOW = {(direction.sends, direction.receives): direction for direction in Direction}
