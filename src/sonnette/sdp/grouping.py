"""Streams that belong together, and the sources within one."""

from dataclasses import dataclass

from sonnette.sdp.grammar import decimal, token, words


@dataclass(frozen=True, slots=True)
class Group:
    """``a=group`` (RFC 5888 section 5), such as BUNDLE (RFC 9143)."""

    semantics: str
    mids: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Group":
        """PeerError unless it is a token and up to 128 more."""
        semantics, *mids = words(text, "a=group", 1, 129)
        return cls(token(semantics, "a=group"), tuple(token(mid, "a=group member") for mid in mids))

    def __str__(self) -> str:
        return " ".join((self.semantics, *self.mids))


@dataclass(frozen=True, slots=True)
class Ssrc:
    """``a=ssrc`` (RFC 5576 section 4.1): an attribute of one source."""

    ssrc: int
    attribute: str
    value: str = ""

    @classmethod
    def parse(cls, text: str) -> "Ssrc":
        """PeerError unless it is a number and an attribute."""
        number, _, rest = text.partition(" ")
        attribute, _, value = rest.partition(":")
        return cls(decimal(number, "a=ssrc", 2**32 - 1), token(attribute, "a=ssrc"), value)

    def __str__(self) -> str:
        value = f":{self.value}" if self.value else ""
        return f"{self.ssrc} {self.attribute}{value}"


@dataclass(frozen=True, slots=True)
class RtcpReports:
    """``a=rtcp-xr`` (RFC 3611 section 5.1): each report block asked for, as written."""

    blocks: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "RtcpReports":
        """PeerError past 32 blocks."""
        return cls(tuple(words(text, "a=rtcp-xr", 0, 32)))

    def __str__(self) -> str:
        return " ".join(self.blocks)
