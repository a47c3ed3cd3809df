"""The descriptor of a file sent by HTTP: ``application/vnd.gsma.rcs-ft-http+xml``.

GSMA RCC.07 section 3.5.4.8, with the elements that Linphone adds for encrypted files:
``file-key`` (key and IV) and ``file-authTag``, both in base64.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass, field

from lxml import etree

from sonnette.base.errors import PeerError

MEDIA_TYPE = "application/vnd.gsma.rcs-ft-http+xml"
LARGEST = 64 * 1024
_NAMESPACE = "urn:gsma:params:xml:ns:rcs:rcs:fthttp"
_RAM = "urn:gsma:params:xml:ns:rcs:rcs:rram"
_EMPTY = f'<file xmlns="{_NAMESPACE}" xmlns:am="{_RAM}"><file-info type="file"/></file>'


@dataclass(frozen=True, slots=True)
class FileDescriptor:
    """One file; ``size`` in octets, ``playing_ms`` of a recording, ``until`` as RFC 3339 says.

    ``key`` and ``tag`` are there for an encrypted file; peers before 2022 give no tag.
    """

    name: str
    size: int
    content_type: str
    url: str
    until: str = ""
    key: bytes = field(default=b"", repr=False)
    tag: bytes = b""
    playing_ms: int | None = None

    def encode(self) -> bytes:
        """The document."""
        root = etree.fromstring(_EMPTY)
        info = root[0]
        _add(info, "file-size", str(self.size))
        if self.key:
            _add(info, "file-key", b64encode(self.key).decode())
        if self.tag:
            _add(info, "file-authTag", b64encode(self.tag).decode())
        _add(info, "file-name", self.name)
        _add(info, "content-type", self.content_type)
        if self.playing_ms is not None:
            etree.SubElement(info, f"{{{_RAM}}}playing-length").text = str(self.playing_ms)
        etree.SubElement(info, _tag("data"), url=self.url, until=self.until)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    @classmethod
    def parse(cls, document: bytes) -> "FileDescriptor":
        """The file that a document describes, thumbnails passed over; PeerError otherwise."""
        info = _file_info(document)
        data = info.find(_tag("data"))
        if data is None or not data.get("url"):
            raise _malformed("an address")
        playing = info.findtext(f"{{{_RAM}}}playing-length")
        return cls(
            name=info.findtext(_tag("file-name")) or "",
            size=_number(info.findtext(_tag("file-size"))),
            content_type=info.findtext(_tag("content-type")) or "application/octet-stream",
            url=data.get("url") or "",
            until=data.get("until") or "",
            key=_octets(info.findtext(_tag("file-key"))),
            tag=_octets(info.findtext(_tag("file-authTag"))),
            playing_ms=None if playing is None else _number(playing),
        )


def _file_info(document: bytes) -> etree._Element:
    if len(document) > LARGEST:
        raise PeerError(
            "bodies.too-large", f"file transfer: expected at most {LARGEST} octets", 413
        )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise _malformed("a well-formed document") from None
    if root.tag == _tag("file"):
        for info in root.findall(_tag("file-info")):
            if info.get("type", "file") == "file":
                return info
    raise _malformed("a file-info of type file")


def _tag(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, _tag(name)).text = text


def _number(text: str | None) -> int:
    digits = (text or "").strip()
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise _malformed("a number of octets")
    return int(digits)


def _octets(text: str | None) -> bytes:
    try:
        return b64decode("".join((text or "").split()), validate=True)
    except (Base64Error, ValueError):
        raise _malformed("keys in base64") from None


def _malformed(expected: str) -> PeerError:
    return PeerError("bodies.file-transfer", f"file transfer: expected {expected}")
