"""SIP messages out of a Linphone client's own log.

The log names each message that leaves or arrives; a body that the client compressed is not in
it. A message that came in several pieces over a stream is put together again.
"""

import re
from dataclasses import dataclass

_STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3} "
_ENTRY = re.compile(
    r"(?:message (?P<sent>sent) to|received \[\d+\] new bytes from) \[(?P<peer>[^\]]+)\][^\n]*\n"
    rf"(?P<text>.*?)(?=\n{_STAMP}|\Z)",
    re.DOTALL,
)
_FIRST_LINE = re.compile(r"SIP/2\.0 \d|[A-Z]+ \S+ SIP/2\.0")


@dataclass(slots=True)
class SipMessage:
    """``direction`` is ``"sent"`` or ``"received"``; ``peer`` an address such as ``UDP://...``."""

    direction: str
    peer: str
    text: str


def sip_messages(log: str) -> list[SipMessage]:
    """The SIP messages of a client's log, in their order."""
    found: list[SipMessage] = []
    for entry in _ENTRY.finditer(log):
        direction = "sent" if entry["sent"] else "received"
        if _FIRST_LINE.match(entry["text"]):
            found.append(SipMessage(direction, entry["peer"], entry["text"]))
        elif found and found[-1].direction == direction == "received":
            found[-1].text += entry["text"]
    return found
