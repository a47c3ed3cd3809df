"""Drives a real baresip (Debian's 1.0) through its control port: JSON in netstrings.

It plays a sine tone instead of a microphone and writes what it decodes to a WAV file.
"""

import json
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.interop.ports import LOOPBACK, free_port
from tests.interop.process import Child
from tests.interop.tones import Recording, write_tone
from tests.interop.waiting import PATIENCE, Event, Follower, Journal, until

MODULES = "/usr/lib/baresip/modules"
RTP_PORTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BaresipAccount:
    """``address`` and ``registrar`` are SIP URIs; ``tone`` is what it plays, in hertz."""

    address: str
    user: str
    password: str
    registrar: str
    tone: float = 620.0


class Baresip:
    """One running baresip with one account. Leaving the ``with`` block ends it."""

    def __init__(self, directory: Path, account: BaresipAccount) -> None:
        directory.mkdir(parents=True)
        self.address = account.address
        self._directory = directory
        control = free_port("tcp")
        write_tone(directory / "tone.wav", account.tone, rate=8_000)
        (directory / "config").write_text(configuration(directory, control))
        (directory / "accounts").touch()
        (directory / "contacts").touch()
        self._child = Child(["baresip", "-f", str(directory), "-s"], directory)
        self.log = self._child.log
        self._journal = Journal(f"baresip {account.user}")
        self._events = Follower(self._journal, {"event": True})
        self._socket = until(lambda: connection(control), "control port of baresip")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        # Only now, so that no event of the registration is missed.
        self._command(
            "uanew",
            f"<{account.address}>;auth_user={account.user};auth_pass={account.password}"
            f';outbound="{account.registrar}";regint=600;audio_codecs=PCMU/8000/1',
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait_registered(self) -> Event:
        """The event of a successful registration; raises PeerError when there is none."""
        return self.wait("REGISTER_OK")

    def wait(self, *types: str, timeout: float = PATIENCE) -> Event:
        """The next event of one of these types (``CALL_INCOMING``, ``CALL_ESTABLISHED``, ...)."""
        return self._events.next(timeout, type=types)

    def call(self, uri: str) -> None:
        self._command("dial", uri)

    def answer(self) -> None:
        self._command("accept")

    def hang_up(self) -> None:
        self._command("hangup")

    @property
    def hears(self) -> Recording:
        """What it decodes; there is a file once a call has sound."""
        found = until(lambda: list(self._directory.glob("dump-*-dec.wav")), "recording by baresip")
        return Recording(max(found))

    def stop(self) -> None:
        """Unregister and end; harmless when it is gone already."""
        self._child.stop()
        self._reader.join(PATIENCE)
        self._socket.close()

    def _command(self, command: str, parameters: str = "") -> None:
        request = {"command": command, "params": parameters, "token": command}
        octets = json.dumps(request).encode()
        self._socket.sendall(b"%d:%s," % (len(octets), octets))

    def _read(self) -> None:
        pending = b""
        with suppress(ConnectionResetError):
            while read := self._socket.recv(65_536):
                pending = self._take(pending + read)
        self._journal.close(f"it is gone, its log is {self.log}")

    def _take(self, pending: bytes) -> bytes:
        """Journal the whole netstrings; what is left over."""
        while b":" in pending:
            length, _, rest = pending.partition(b":")
            size = int(length)
            if len(rest) <= size:
                break
            event: dict[str, Any] = json.loads(rest[:size])
            self._journal.append(event)
            pending = rest[size + 1 :]
        return pending


def connection(port: int) -> socket.socket | None:
    """A connection to the control port, once somebody listens there."""
    try:
        made = socket.create_connection((LOOPBACK, port), 1.0)
    except OSError:
        return None
    made.settimeout(None)
    return made


def configuration(directory: Path, control: int) -> str:
    """Everything on loopback, no sound card, no video."""
    rtp = free_port("udp")
    return f"""\
poll_method epoll
net_interface {LOOPBACK}
sip_listen {LOOPBACK}:{free_port()}
ctrl_tcp_listen {LOOPBACK}:{control}
rtp_ports {rtp}-{rtp + RTP_PORTS}
audio_source aufile,{directory}/tone.wav
audio_player aubridge,sink
audio_alert aubridge,alert
audio_path /nonexistent
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
snd_path {directory}
module_path {MODULES}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
"""
