"""The value of a Content-Type header (RFC 2045 section 5.1, RFC 3261 section 25.1)."""

import re
from dataclasses import dataclass

from sonnette.base.errors import LocalError, PeerError

MOST_CHARACTERS = 2048

_NAME = r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+"
_TYPE = re.compile(rf"\s*({_NAME})\s*/\s*({_NAME})\s*")
_PARAMETER = re.compile(
    rf";\s*(?:({_NAME})\s*=\s*(?:([^\s;\"]+)|\"((?:[^\"\\\r\n]|\\[^\r\n])*)\")\s*)?"
)
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class MediaType:
    """``type/subtype`` and parameter names in lower case; parameters in order."""

    type: str
    subtype: str
    parameters: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> "MediaType":
        """PeerError unless it follows the grammar."""
        found = _TYPE.match(text) if len(text) <= MOST_CHARACTERS else None
        if found is None:
            raise _malformed()
        position, parameters = found.end(), []
        while position < len(text):
            parameter = _PARAMETER.match(text, position)
            if parameter is None:
                raise _malformed()
            position = parameter.end()
            if parameter[1] is not None:
                value = parameter[2] or _ESCAPE.sub(r"\1", parameter[3] or "")
                parameters.append((parameter[1].lower(), value))
        return cls(found[1].lower(), found[2].lower(), tuple(parameters))

    @property
    def name(self) -> str:
        """``type/subtype``."""
        return f"{self.type}/{self.subtype}"

    def parameter(self, name: str) -> str | None:
        """The first parameter of that name (in lower case)."""
        return next((value for key, value in self.parameters if key == name), None)

    def __str__(self) -> str:
        return self.name + "".join(f";{name}={_shown(value)}" for name, value in self.parameters)


def _shown(value: str) -> str:
    if re.fullmatch(_NAME, value):
        return value
    if "\r" in value or "\n" in value:
        raise LocalError("bodies.media-type", "parameter: expected no line break in its value")
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _malformed() -> PeerError:
    return PeerError("bodies.media-type", "Content-Type: expected type/subtype;name=value")
