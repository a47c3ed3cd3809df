"""An encrypted message as the body of a SIP MESSAGE: ``multipart/encrypted``.

In order: a small CPIM message that names the sender, the same for older peers as a SIP
fragment, one part a device with its ratchet message, and the cipher message last.  The
conference server slices it: each device gets only the key part that is its own.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass, replace

from sonnette.base.entropy import Entropy
from sonnette.base.errors import PeerError
from sonnette.bodies.media_type import MediaType
from sonnette.bodies.multipart import Multipart, Part, parse
from sonnette.lime import address
from sonnette.lime.device.events import Encrypted
from sonnette.lime.device.receiving import Incoming

PROTOCOL = "application/lime"
DEFLATED = "deflate"
_SENDER = re.compile(rb"^From:[ \t]*(?:[^<>\r\n]*<([^<>\r\n]+)>|([^<>\s]+))[ \t]*\r?$", re.M | re.I)


@dataclass(frozen=True, slots=True)
class Opened:
    """One device's share; ``deflated`` says that the payload was compressed before."""

    sender: str
    message: bytes
    cipher_message: bytes
    deflated: bool

    def incoming(self, conversation: str) -> Incoming:
        """What to decrypt, in this conversation (the room's address without ``gr``)."""
        return Incoming(self.sender, conversation, self.message, self.cipher_message)


def is_encrypted(media_type: MediaType) -> bool:
    """Whether a body is of this form; some old peers do not say the protocol."""
    return media_type.name == "multipart/encrypted" and (
        media_type.parameter("protocol") or PROTOCOL
    ).lower() == PROTOCOL  # fmt: skip


def build(
    sender: str, encrypted: Encrypted, entropy: Entropy, *, deflated: bool = False
) -> Multipart:
    """The body for all devices; ``deflated`` where the payload was compressed before."""
    parts = [_cpim(sender, entropy), Part.of("message/sipfrag", f"From: {sender}".encode())]
    parts += [
        Part.of(
            PROTOCOL,
            b64encode(message.message),
            content_id=message.device,
            content_description="Cipher key",
        )
        for message in encrypted.messages
    ]
    if encrypted.cipher_message:
        coding = {"content_encoding": DEFLATED} if deflated else {}
        parts.append(
            Part.of(
                "application/octet-stream",
                b64encode(encrypted.cipher_message),
                content_description="Encrypted message",
                **coding,
            )
        )
    return _assemble(parts, entropy)


def open_for(media_type: MediaType, body: bytes, device: str) -> Opened:
    """The share of ``device``, a 488 where the body holds none."""
    if not is_encrypted(media_type):
        raise PeerError("lime.envelope.type", "The body is no LIME message", 415)
    parts = parse(media_type, body).parts
    key = next((p for p in parts if _is_key(p) and _device(p) == device), None)
    if key is None:
        raise PeerError("lime.envelope.no-key", "The message has no key for this device", 488)
    payload = next((p for p in parts if p.media_type.name == "application/octet-stream"), None)
    return Opened(
        sender=_sender(parts),
        message=_decoded(key),
        cipher_message=_decoded(payload) if payload else b"",
        deflated=payload is not None and payload.header("content-encoding") == DEFLATED,
    )


def slice_for(media_type: MediaType, body: bytes, device: str) -> Multipart:
    """The body with the key part of ``device`` alone; a 488 where there is none."""
    whole = parse(media_type, body)
    kept = tuple(p for p in whole.parts if not _is_key(p) or _device(p) == device)
    if not any(_is_key(part) for part in kept):
        raise PeerError("lime.envelope.no-key", "The message has no key for this device", 488)
    return replace(whole, parts=kept)


def _assemble(parts: list[Part], entropy: Entropy) -> Multipart:
    boundary = entropy.draw(16).hex()  # as long as no part can hold it by chance
    parameters = (("protocol", PROTOCOL), ("boundary", boundary))  # peers want it last
    return Multipart(MediaType("multipart", "encrypted", parameters), tuple(parts))


def _cpim(sender: str, entropy: Entropy) -> Part:
    lines = (
        f"From: <{sender}>",
        "NS: imdn <urn:ietf:params:imdn>",
        f"imdn.Message-ID: {entropy.draw(6).hex()}",
        "",
        "Content-Type: text/plain",
        "",
        "",
    )
    return Part.of("message/cpim", "\r\n".join(lines).encode())


def _is_key(part: Part) -> bool:
    return part.media_type.name == PROTOCOL


def _device(part: Part) -> str:
    return (part.header("content-id") or "").strip("<>")


def _sender(parts: tuple[Part, ...]) -> str:
    for kind in ("message/cpim", "message/sipfrag"):
        part = next((p for p in parts if p.media_type.name == kind), None)
        found = _SENDER.search(part.body) if part else None
        if found:
            sender = (found[1] or found[2]).decode("ascii", "replace")
            address.theirs(sender)
            return sender
    raise PeerError("lime.envelope.sender", "The message does not name its device", 488)


def _decoded(part: Part) -> bytes:
    try:
        return b64decode(part.body, validate=True)
    except (Base64Error, ValueError):
        raise PeerError("lime.envelope.base64", "A part is no base64", 488) from None
