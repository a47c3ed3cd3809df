"""What a Linphone client is started with. Plain data: it crosses to the child as JSON."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One account on one core.

    ``identity`` and ``registrar`` are SIP URIs; ``tone`` is the WAV file that replaces the
    microphone and ``recording`` the one that replaces the loudspeaker. Empty codec lists leave
    what the library enables. ``hosts`` are names that it resolves to these addresses, and
    ``sections`` further entries of its linphonerc.
    """

    identity: str
    password: str
    registrar: str
    transport: str = "udp"
    tone: str = ""
    recording: str = ""
    audio_codecs: tuple[str, ...] = ()
    video_codecs: tuple[str, ...] = ()
    video: bool = False
    encryption: str = "none"
    root_ca: str = ""
    digest_algorithm: str = ""
    expires: int = 600
    hosts: dict[str, str] = field(default_factory=dict)
    sections: dict[str, dict[str, str]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The fields as JSON knows them."""
        return asdict(self)
