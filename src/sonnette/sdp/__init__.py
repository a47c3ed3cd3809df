"""Session descriptions: kept byte for byte, read and edited as values (RFC 8866)."""

from sonnette.sdp.description import Description, MediaSection, Section
from sonnette.sdp.line import Limits
from sonnette.sdp.parser import parse

__all__ = ["Description", "Limits", "MediaSection", "Section", "parse"]
