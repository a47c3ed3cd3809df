"""Flows that clients open to us (RFC 5626): signed flow tokens, keep-alives.

A token names a flow in the user part of our Path and Record-Route URIs, sealed so that
nobody can make us send to a flow of their choosing (§5.2).
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error

from sonnette.base.errors import PeerError
from sonnette.sip.flow import Address, Flow, Transport

PING = b"\r\n\r\n"
PONG = b"\r\n"

FLOW_TIMER = 120
"""Seconds between keep-alives that we suggest (§4.4, Flow-Timer)."""

_SEAL = 10

_REMEMBERED = 10_000
"""Tokens whose meaning is remembered, so that a dialog's requests cost no cryptography."""


class FlowToken:
    """What a token says: the transport, a stream's serial, and both addresses."""

    __slots__ = ("local", "remote", "serial", "transport")

    def __init__(self, transport: Transport, serial: int, local: Address, remote: Address) -> None:
        self.transport = transport
        self.serial = serial
        self.local = local
        self.remote = remote


class FlowTokens:
    """Seals and opens tokens with one key."""

    def __init__(self, key: bytes) -> None:
        self._mac = hmac.new(key, digestmod="sha256")
        self._sealed: dict[Flow, str] = {}
        self._opened: dict[str, FlowToken] = {}

    def seal(self, flow: Flow) -> str:
        """The token of a flow."""
        token = self._sealed.get(flow)
        if token is None:
            if len(self._sealed) >= _REMEMBERED:
                self._sealed.clear()
            token = self._sealed[flow] = self._make(flow)
        return token

    def _make(self, flow: Flow) -> str:
        local, remote = flow.local, flow.remote
        text = f"{flow.transport.value}|{flow.serial}|{local[0]}|{local[1]}|{remote[0]}|{remote[1]}"
        payload = text.encode()
        return _write(self._sign(payload) + payload)

    def _sign(self, payload: bytes) -> bytes:
        mac = self._mac.copy()
        mac.update(payload)
        return mac.digest()[:_SEAL]

    def open(self, token: str) -> FlowToken:
        """What a token of ours says; :class:`PeerError` 403 for any other text."""
        named = self._opened.get(token)
        if named is None:
            if len(self._opened) >= _REMEMBERED:
                self._opened.clear()
            named = self._opened[token] = self._read(token)
        return named

    def _read(self, token: str) -> FlowToken:
        try:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (Base64Error, ValueError):
            raw = b""
        seal, payload = raw[:_SEAL], raw[_SEAL:]
        is_canonical = _write(raw) == token  # decoders read several texts as the same octets
        if not payload or not is_canonical or not hmac.compare_digest(seal, self._sign(payload)):
            raise PeerError("sip.outbound.forged-token", "Forged Flow Token", 403)
        kind, serial, *addresses = payload.decode().split("|")
        local, remote = addresses[:2], addresses[2:]
        return FlowToken(
            Transport(kind), int(serial), (local[0], int(local[1])), (remote[0], int(remote[1]))
        )


def _write(octets: bytes) -> str:
    return urlsafe_b64encode(octets).decode().rstrip("=")
