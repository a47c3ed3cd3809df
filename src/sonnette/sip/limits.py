"""How much of anything a peer may send: named, with the reason for each value."""

DATAGRAM = 65_536
"""Bytes of a message on UDP: the protocol's own most."""

STREAM_MESSAGE = 524_288
"""Bytes of a message on a stream: what other servers of the family accept."""

HEADER_FIELDS = 256
"""Header fields of a message: sixty Vias and Routes and as many again of all others."""

HEADER_LINE = 8_192
"""Bytes of one header field with its continuation lines: RFC 4475's longest, twice over."""

HEADER_SECTION = 65_536
"""Bytes before the body."""

URI = 2_048
"""Characters of a URI: a GRUU with escaped headers and push parameters takes under 1,000."""

LIST_ELEMENTS = 100
"""Elements of a comma-separated header: enough for Max-Forwards 70 hops of Record-Route."""

PARAMETERS = 64
"""Parameters of one URI or header element."""

MAX_FORWARDS = 70
"""What a request starts with (RFC 3261 §8.1.1.6)."""
