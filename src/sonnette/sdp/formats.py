"""What payload types mean and what may be said about them."""

from dataclasses import dataclass

from sonnette.sdp.grammar import decimal, malformed, token, words

_MOST_PAYLOAD = 127
_MOST_CLOCK = 10**9


@dataclass(frozen=True, slots=True)
class Rtpmap:
    """``a=rtpmap`` (RFC 8866 section 6.6); ``clock`` in Hz."""

    payload: int
    encoding: str
    clock: int
    channels: int = 1

    @classmethod
    def parse(cls, text: str) -> "Rtpmap":
        """PeerError unless it is ``payload encoding/clock[/channels]``."""
        payload, mapping = words(text, "a=rtpmap", 2, 2)
        encoding, _, rest = mapping.partition("/")
        clock, slash, channels = rest.partition("/")
        return cls(
            decimal(payload, "a=rtpmap payload", _MOST_PAYLOAD),
            token(encoding, "a=rtpmap encoding"),
            decimal(clock, "a=rtpmap clock", _MOST_CLOCK),
            decimal(channels, "a=rtpmap channels", 255) if slash else 1,
        )

    def is_same_codec(self, other: "Rtpmap") -> bool:
        """Whether both name one codec, whatever its number; encodings have no case."""
        return (self.encoding.lower(), self.clock, self.channels) == (
            other.encoding.lower(),
            other.clock,
            other.channels,
        )

    def __str__(self) -> str:
        channels = "" if self.channels == 1 else f"/{self.channels}"
        return f"{self.payload} {self.encoding}/{self.clock}{channels}"


@dataclass(frozen=True, slots=True)
class Fmtp:
    """``a=fmtp`` (RFC 8866 section 6.15): what its codec understands."""

    format: str
    parameters: str

    @classmethod
    def parse(cls, text: str) -> "Fmtp":
        """PeerError unless it is a format and something about it."""
        name, space, parameters = text.partition(" ")
        if not name or not space:
            raise malformed("a=fmtp", "a format and its parameters")
        return cls(name, parameters)

    def pairs(self) -> dict[str, str]:
        """The parameters by lower-case name, where the codec uses ``name=value;...``."""
        found = {}
        for part in self.parameters.split(";"):
            name, _, value = part.partition("=")
            if name.strip():
                found[name.strip().lower()] = value.strip()
        return found

    def __str__(self) -> str:
        return f"{self.format} {self.parameters}"


@dataclass(frozen=True, slots=True)
class RtcpFeedback:
    """``a=rtcp-fb`` (RFC 4585 section 4.2); ``payload`` None means every one (``*``)."""

    payload: int | None
    kind: str
    parameter: str = ""

    @classmethod
    def parse(cls, text: str) -> "RtcpFeedback":
        """PeerError unless it is a payload type and a kind of feedback."""
        payload, _, rest = text.partition(" ")
        kind, _, parameter = rest.partition(" ")
        number = None if payload == "*" else decimal(payload, "a=rtcp-fb payload", _MOST_PAYLOAD)
        return cls(number, token(kind, "a=rtcp-fb"), parameter)

    def __str__(self) -> str:
        payload = "*" if self.payload is None else str(self.payload)
        return " ".join(filter(None, (payload, self.kind, self.parameter)))


@dataclass(frozen=True, slots=True)
class Extmap:
    """``a=extmap`` (RFC 8285 section 5): the number of a header extension."""

    number: int
    uri: str
    direction: str = ""
    parameters: str = ""

    @classmethod
    def parse(cls, text: str) -> "Extmap":
        """PeerError unless it is ``number[/direction] uri [parameters]``."""
        head, _, rest = text.partition(" ")
        number, _, direction = head.partition("/")
        uri, _, parameters = rest.partition(" ")
        if not uri:
            raise malformed("a=extmap", "a number and a URI")
        return cls(decimal(number, "a=extmap", 4351), uri, direction, parameters)

    def __str__(self) -> str:
        head = f"{self.number}/{self.direction}" if self.direction else str(self.number)
        return " ".join(filter(None, (head, self.uri, self.parameters)))


STATIC_PAYLOADS = {
    static.payload: static
    for static in (  # RFC 3551 tables 4 and 5
        Rtpmap(0, "PCMU", 8000),
        Rtpmap(3, "GSM", 8000),
        Rtpmap(4, "G723", 8000),
        Rtpmap(5, "DVI4", 8000),
        Rtpmap(6, "DVI4", 16000),
        Rtpmap(7, "LPC", 8000),
        Rtpmap(8, "PCMA", 8000),
        Rtpmap(9, "G722", 8000),
        Rtpmap(10, "L16", 44100, 2),
        Rtpmap(11, "L16", 44100),
        Rtpmap(12, "QCELP", 8000),
        Rtpmap(13, "CN", 8000),
        Rtpmap(14, "MPA", 90000),
        Rtpmap(15, "G728", 8000),
        Rtpmap(16, "DVI4", 11025),
        Rtpmap(17, "DVI4", 22050),
        Rtpmap(18, "G729", 8000),
        Rtpmap(25, "CelB", 90000),
        Rtpmap(26, "JPEG", 90000),
        Rtpmap(28, "nv", 90000),
        Rtpmap(31, "H261", 90000),
        Rtpmap(32, "MPV", 90000),
        Rtpmap(33, "MP2T", 90000),
        Rtpmap(34, "H263", 90000),
    )
}
