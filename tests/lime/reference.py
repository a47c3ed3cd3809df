"""Debian's liblime, driven through its C interface, against a key server in this process."""

import ctypes
import os
from collections.abc import Callable
from ctypes import c_char_p, c_int, c_size_t, c_uint8, c_uint16, c_void_p
from dataclasses import dataclass
from pathlib import Path

import pytest

URL = "https://keys.example.test"
_DONE = ctypes.CFUNCTYPE(None, c_void_p, c_int, c_char_p)
_POST = ctypes.CFUNCTYPE(None, c_void_p, c_void_p, c_char_p, c_char_p, c_void_p, c_size_t)

Post = Callable[[str, bytes], bytes | None]


class _Recipient(ctypes.Structure):
    _fields_ = (
        ("device", c_char_p),
        ("status", c_int),
        ("message", c_void_p),
        ("size", c_size_t),
    )


@dataclass(frozen=True)
class Sent:
    """What the library made: a message a device (``None`` where it failed), and the rest."""

    messages: dict[str, bytes | None]
    cipher_message: bytes


def library() -> ctypes.CDLL:
    """The shared library; the test is skipped where Debian's package is missing."""
    try:
        return ctypes.CDLL("liblime.so.0")
    except OSError:
        if os.environ.get("SONNETTE_REQUIRE_PEERS"):
            raise
        pytest.skip("needs liblime.so.0, of Debian's package liblime0")


class Reference:
    """One device of the reference implementation, its keys in ``folder``."""

    def __init__(self, folder: Path, post: Post, address: str, curve: int, batch: int = 4) -> None:
        self.address, self._post = address, post
        self._lime = library()
        self._manager = c_void_p()
        self._callbacks = [_POST(self._on_post)]
        self._outcome: list[tuple[int, str]] = []
        path = str(folder / "reference.sqlite").encode()
        check = self._lime.lime_ffi_manager_init
        assert check(ctypes.byref(self._manager), path, self._callbacks[0], None) == 0
        done = self._waiter()
        create = self._lime.lime_ffi_create_user
        name, url = address.encode(), URL.encode()
        assert create(self._manager, name, url, curve, c_uint16(batch), done, None) == 0
        self._expect_success()

    def _on_post(self, _: int, question: int, __: bytes, sender: bytes, at: int, size: int) -> None:
        body = self._post(sender.decode(), ctypes.string_at(at, size))
        answer = body or b""
        self._lime.lime_ffi_processX3DHServerResponse(
            c_void_p(question), 200 if body else 500, answer, c_size_t(len(answer))
        )

    def _waiter(self) -> object:
        done = _DONE(lambda _, code, text: self._outcome.append((code, (text or b"").decode())))
        self._callbacks.append(done)
        return done

    def _expect_success(self) -> None:
        ((code, text),) = self._outcome
        self._outcome.clear()
        del self._callbacks[1:]
        assert code == 0, text

    def encrypt(
        self, conversation: str, devices: list[str], payload: bytes, policy: int = 2
    ) -> Sent:
        """Encrypt; the policies are direct, cipher message, upload size, global size."""
        encrypt, collect = self.prepare(conversation, devices, payload, policy)
        encrypt()
        return collect()

    def prepare(
        self, conversation: str, devices: list[str], payload: bytes, policy: int
    ) -> tuple[Callable[[], None], Callable[[], Sent]]:
        """An encryption to run, any number of times, and what collects its outcome."""
        room = len(payload) + 1024
        buffers = [ctypes.create_string_buffer(room) for _ in devices]
        recipients = (_Recipient * len(devices))()
        for recipient, device, buffer in zip(recipients, devices, buffers, strict=True):
            recipient.device, recipient.message = device.encode(), ctypes.addressof(buffer)
        cipher, size = ctypes.create_string_buffer(room), c_size_t(room)

        def encrypt() -> None:
            size.value = room
            for recipient in recipients:
                recipient.size = room
            result = self._lime.lime_ffi_encrypt(
                self._manager, self.address.encode(), conversation.encode(), recipients,
                c_size_t(len(devices)), payload, c_size_t(len(payload)), cipher,
                ctypes.byref(size), self._waiter(), None, policy,
            )  # fmt: skip
            assert result == 0
            self._expect_success()

        def collect() -> Sent:
            messages = {
                device: buffer.raw[: recipient.size] if recipient.status != 3 else None
                for recipient, device, buffer in zip(recipients, devices, buffers, strict=True)
            }
            return Sent(messages, cipher.raw[: size.value])

        return encrypt, collect

    def decrypt(
        self, conversation: str, sender: str, message: bytes, cipher_message: bytes = b""
    ) -> bytes | None:
        """The payload, or ``None`` where the library refuses."""
        room = max(len(message), len(cipher_message))
        plain, size = ctypes.create_string_buffer(room), c_size_t(room)
        status = self._lime.lime_ffi_decrypt(
            self._manager, self.address.encode(), conversation.encode(), sender.encode(),
            message, c_size_t(len(message)), cipher_message, c_size_t(len(cipher_message)),
            plain, ctypes.byref(size),
        )  # fmt: skip
        return None if status == 3 else plain.raw[: size.value]

    def update(self) -> None:
        """The daily upkeep, whatever the hour."""
        self._lime.lime_ffi_update(self._manager, self._waiter(), None, c_uint16(50), c_uint16(25))
        self._expect_success()

    def identity(self) -> bytes:
        """The device's public identity."""
        buffer, size = (c_uint8 * 64)(), c_size_t(64)
        self._lime.lime_ffi_get_selfIdentityKey(
            self._manager, self.address.encode(), buffer, ctypes.byref(size)
        )
        return bytes(buffer[: size.value])

    def stop(self) -> None:
        """Close its store."""
        self._lime.lime_ffi_manager_destroy(self._manager)
