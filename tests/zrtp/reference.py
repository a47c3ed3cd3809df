"""Debian's bzrtp, the library in Linphone, as a machine of this process in virtual time."""

import ctypes
import os
from collections import deque
from ctypes import POINTER, Structure, c_char_p, c_int, c_int32, c_uint8, c_uint16, c_void_p
from dataclasses import dataclass

import pytest

from sonnette.zrtp import Transmit

NAMES = {
    b"S256": 0x11, b"S384": 0x12,
    b"AES1": 0x21, b"AES3": 0x23,
    b"HS32": 0x31, b"HS80": 0x32,
    b"X255": 0x42, b"X448": 0x44, b"DH3k": 0x45, b"Mult": 0x4F,
    b"B32 ": 0x51, b"B256": 0x52,
}  # fmt: skip
KINDS = {0x10: 1, 0x20: 2, 0x30: 4, 0x40: 8, 0x50: 16}
SECURE = 0x1004
POLL = 0.01


class Secrets(Structure):
    _fields_ = (
        ("own_key", c_void_p), ("own_key_size", c_uint8),
        ("own_salt", c_void_p), ("own_salt_size", c_uint8),
        ("peer_key", c_void_p), ("peer_key_size", c_uint8),
        ("peer_salt", c_void_p), ("peer_salt_size", c_uint8),
        ("cipher", c_uint8), ("cipher_key_size", c_uint8), ("tag", c_uint8),
        ("sas", c_char_p), ("sas_size", c_uint8),
        ("hash", c_uint8), ("agreement", c_uint8), ("scheme", c_uint8),
        ("cache_mismatch", c_uint8), ("auxiliary_mismatch", c_uint8),
    )  # fmt: skip


ON_STATUS = ctypes.CFUNCTYPE(c_int, c_void_p, c_uint8, c_uint8, c_char_p)
ON_SEND = ctypes.CFUNCTYPE(c_int, c_void_p, POINTER(c_uint8), c_uint16)
ON_SECRETS = ctypes.CFUNCTYPE(c_int, c_void_p, POINTER(Secrets), c_uint8)
ON_START = ctypes.CFUNCTYPE(c_int, c_void_p, POINTER(Secrets), c_int32)
ON_EXPORT = ctypes.CFUNCTYPE(c_int, c_void_p, c_int, c_uint8)


class Callbacks(Structure):
    _fields_ = (
        ("status", ON_STATUS),
        ("level", c_int),
        ("send", ON_SEND),
        ("secrets", ON_SECRETS),
        ("start", ON_START),
        ("export", ON_EXPORT),
    )


@dataclass(frozen=True)
class Reached:
    """What the library says of a secured channel."""

    sas: str
    own_key: bytes
    own_salt: bytes
    peer_key: bytes
    peer_salt: bytes
    verified: bool
    cache_mismatch: bool
    auxiliary: int


def library():
    """The shared library; the test is skipped where Debian's package is missing."""
    try:
        loaded = ctypes.CDLL("libbzrtp.so.0")
    except OSError:
        if os.environ.get("SONNETTE_REQUIRE_PEERS") == "1":
            raise
        pytest.skip("needs libbzrtp.so.0, of Debian's package libbzrtp0")
    loaded.bzrtp_createBzrtpContext.restype = c_void_p
    return loaded


class SecretStore:
    """The library's own cache, an SQLite database in memory."""

    def __init__(self):
        self._sqlite = ctypes.CDLL("libsqlite3.so.0")
        self.pointer = c_void_p()
        assert self._sqlite.sqlite3_open(b":memory:", ctypes.byref(self.pointer)) == 0
        library().bzrtp_initCache_lock(self.pointer, None)

    def close(self):
        self._sqlite.sqlite3_close(self.pointer)


class Reference:
    """A call of the library; ``names`` are the algorithms it offers, the rest its defaults."""

    def __init__(self, *names, store=None, auxiliary=None):
        self._bzrtp = library()
        self._context = c_void_p(self._bzrtp.bzrtp_createBzrtpContext())
        if store:
            addresses = b"sip:bob@example.test", b"sip:alice@example.test"
            self._bzrtp.bzrtp_setZIDCache_lock(self._context, store.pointer, *addresses, None)
        self._callbacks = self._channels = None
        for kind in {name & 0xF0 for name in (NAMES[name] for name in names)}:
            values = [NAMES[name] for name in names if NAMES[name] & 0xF0 == kind]
            wanted = (c_uint8 * 7)(*values)
            self._bzrtp.bzrtp_setSupportedCryptoTypes(
                self._context, c_uint8(KINDS[kind]), wanted, c_uint8(len(values))
            )
        self._auxiliary = auxiliary
        self.channels = {}

    def channel(self, ssrc):
        """The first channel, or one more once that is secure."""
        return Channel(self, ssrc, is_first=not self.channels)

    def verify(self):
        """A person compared the string."""
        self._bzrtp.bzrtp_SASVerified(self._context)

    def close(self):
        for ssrc in list(self.channels):
            self._bzrtp.bzrtp_destroyBzrtpContext(self._context, ssrc)
        self.channels = {}


class Channel:
    """One stream, by the contract of ``sonnette.base.machine``."""

    def __init__(self, call, ssrc, is_first):
        self._call, self._ssrc = call, ssrc
        self._bzrtp, self._context = call._bzrtp, call._context
        self._out, self._secrets = deque(), None
        self._wake = None
        self.deadline = None
        self._keep = Callbacks(
            ON_STATUS(lambda *_: 0),
            0,
            ON_SEND(self._on_send),
            ON_SECRETS(self._on_secrets),
            ON_START(self._on_start),
            ON_EXPORT(lambda *_: 0),
        )
        call.channels[ssrc] = self
        if is_first:
            assert self._bzrtp.bzrtp_setCallbacks(self._context, ctypes.byref(self._keep)) == 0
            self._bzrtp.bzrtp_initBzrtpContext(self._context, ssrc)
            if call._auxiliary:
                size = ctypes.c_size_t(len(call._auxiliary))
                self._bzrtp.bzrtp_setAuxiliarySharedSecret(self._context, call._auxiliary, size)
            call.by_client = {}
        else:
            assert self._bzrtp.bzrtp_addChannel(self._context, ssrc) == 0
        call.by_client[ssrc] = self
        self._bzrtp.bzrtp_setClientData(self._context, ssrc, c_void_p(ssrc))

    def start(self, now):
        assert self._bzrtp.bzrtp_startChannelEngine(self._context, self._ssrc) == 0
        self.tick(now)

    def feed(self, now, datagram):
        self._iterate(now)
        self._bzrtp.bzrtp_processMessage(
            self._context, self._ssrc, datagram, c_uint16(len(datagram))
        )

    def tick(self, now):
        self._iterate(now)
        self.deadline = now + POLL

    def drain(self):
        while self._out:
            yield self._out.popleft()

    @property
    def hello_hash(self):
        text = ctypes.create_string_buffer(70)
        size = ctypes.c_size_t(70)
        assert self._bzrtp.bzrtp_getSelfHelloHash(self._context, self._ssrc, text, size) == 0
        return text.value.decode()

    def expect(self, value):
        text, size = value.encode(), ctypes.c_size_t(len(value))
        self._bzrtp.bzrtp_setPeerHelloHash(self._context, self._ssrc, text, size)

    def _iterate(self, now):
        time = ctypes.c_uint64(int(now * 1000))
        self._bzrtp.bzrtp_iterate(self._context, self._ssrc, time)

    # The library calls the first channel's functions for every channel.

    def _on_send(self, client, data, size):
        self._of(client)._out.append(Transmit(ctypes.string_at(data, size)))
        return 0

    def _on_secrets(self, client, secrets, part):
        self._of(client)._secrets = _copied(secrets.contents)
        return 0

    def _on_start(self, client, secrets, verified):
        channel, s = self._of(client), secrets.contents
        keys = channel._secrets or _copied(s)
        sas = (s.sas or b"").decode()
        flags = bool(verified), bool(s.cache_mismatch), s.auxiliary_mismatch
        channel._out.append(Reached(sas, *keys, *flags))
        return 0

    def _of(self, client):
        return self._call.by_client[client]


def _copied(secrets):
    return tuple(
        ctypes.string_at(getattr(secrets, name), getattr(secrets, f"{name}_size"))
        for name in ("own_key", "own_salt", "peer_key", "peer_salt")
    )
