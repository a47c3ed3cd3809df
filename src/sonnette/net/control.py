"""The control socket: how an operator speaks to the running server on the same machine.

A Unix socket of mode 0600 that admits the server's own user and root only.  One request a
line, as JSON; the answer is one line, or several for a stream::

    -> {"command": "device.list", "arguments": {"address": "sip:alice@example.test"}}
    <- {"item": {...}}
    <- {"end": true}

    -> {"command": "server.status", "arguments": {}}
    <- {"answer": {...}}

    <- {"error": {"code": "account.unknown", "message": "..."}}
"""

import asyncio
import json
import os
import socket
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from pathlib import Path

from sonnette.base.errors import LocalError, SonnetteError

MOST_LINE = 1 << 20  # one request or one item: an account with all its devices fits well
MOST_CONNECTIONS = 32  # operators and their scripts, not a service
IDLE_SECONDS = 60.0  # between two requests on one connection
LONGEST_PATH = 100  # sockaddr_un holds 108 bytes on Linux, 104 elsewhere

Arguments = Mapping[str, object]
Command = Callable[[Arguments], Awaitable[object]]
Stream = Callable[[Arguments], AsyncGenerator[object, None]]


class ControlServer:
    """Answers requests with the commands and streams it was given by name."""

    def __init__(
        self, path: Path, commands: Mapping[str, Command], streams: Mapping[str, Stream]
    ) -> None:
        self._path = path
        self._commands = commands
        self._streams = streams
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def start(self) -> None:
        """Listen; a socket left by a dead server is replaced, for data_dir is locked by us."""
        self._path.unlink(missing_ok=True)
        door = socket.socket(socket.AF_UNIX)
        os.fchmod(door.fileno(), 0o600)  # before bind: the file is born with this mode
        with _reachable(self._path) as address:
            door.bind(address)
        self._path.chmod(0o600)
        self._server = await asyncio.start_unix_server(self._serve, sock=door, limit=MOST_LINE)

    async def stop(self) -> None:
        """Stop listening, cut the open connections, remove the file."""
        if self._server is not None:
            self._server.close()
        for writer in self._connections.values():
            writer.close()  # its reader then finds the end
        await asyncio.gather(*self._connections, return_exceptions=True)
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not _is_ours(writer) or len(self._connections) >= MOST_CONNECTIONS:
            writer.close()
            return
        connection = asyncio.current_task()
        assert connection is not None
        self._connections[connection] = writer
        try:
            while line := await asyncio.wait_for(reader.readline(), IDLE_SECONDS):
                await self._answer(line, writer)
        except (OSError, ValueError):
            pass  # gone, idle, or a line past the limit: the connection ends
        finally:
            del self._connections[connection]
            writer.close()

    async def _answer(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        try:
            name, arguments = _request(line)
            if stream := self._streams.get(name):
                async with aclosing(stream(arguments)) as items:
                    async for item in items:
                        await _send(writer, {"item": item})
                await _send(writer, {"end": True})
            elif command := self._commands.get(name):
                await _send(writer, {"answer": await command(arguments)})
            else:
                raise LocalError("control.unknown-command", f"no command is called {name!r}")
        except SonnetteError as error:
            await _send(writer, {"error": {"code": error.code, "message": error.message}})


def _request(line: bytes) -> tuple[str, Arguments]:
    try:
        request = json.loads(line)
        name, arguments = request["command"], request.get("arguments", {})
    except (ValueError, TypeError, KeyError, AttributeError):
        name, arguments = None, None
    if not isinstance(name, str) or not isinstance(arguments, dict):
        raise LocalError(
            "control.malformed", 'expected one line {"command": "NAME", "arguments": {...}}'
        )
    return name, arguments


async def _send(writer: asyncio.StreamWriter, document: Mapping[str, object]) -> None:
    writer.write(json.dumps(document, ensure_ascii=False).encode() + b"\n")
    await writer.drain()


def _is_ours(writer: asyncio.StreamWriter) -> bool:
    """Whether the peer is the server's own user or root, as the kernel says."""
    door = writer.get_extra_info("socket")
    if not hasattr(socket, "SO_PEERCRED"):
        return True  # elsewhere than on Linux the file's mode guards alone
    size = struct.calcsize("3i")
    _, user, _ = struct.unpack("3i", door.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return user in {os.geteuid(), 0}


@contextmanager
def _reachable(path: Path) -> Iterator[str]:
    """The path in a form short enough for a Unix socket's address."""
    if len(os.fsencode(path)) <= LONGEST_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


class ControlClient:
    """The operator's end, for programs without an event loop; usable in a ``with``.

    Raises :exc:`LocalError`: ``control.absent`` where no server listens,
    ``control.timeout`` where it does not answer in time, else the server's own error.
    """

    def __init__(self, path: Path, timeout: float = 10.0) -> None:
        self._door = socket.socket(socket.AF_UNIX)
        self._door.settimeout(timeout)
        try:
            with _reachable(path) as address:
                self._door.connect(address)
        except OSError:
            self._door.close()
            raise LocalError("control.absent", f"no server listens at {path}") from None
        self._file = self._door.makefile("rb")

    def __enter__(self) -> "ControlClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._door.close()

    def call(self, command: str, **arguments: object) -> object:
        """Run ``command`` and return its answer."""
        self._ask(command, arguments)
        return self._next()["answer"]

    def stream(self, command: str, **arguments: object) -> Iterator[object]:
        """Run ``command`` and yield its items as they come."""
        self._ask(command, arguments)
        while "end" not in (line := self._next()):
            yield line["item"]

    def _ask(self, command: str, arguments: Arguments) -> None:
        line = json.dumps({"command": command, "arguments": arguments}).encode() + b"\n"
        try:
            self._door.sendall(line)
        except OSError:
            raise LocalError("control.absent", "the server has hung up") from None

    def _next(self) -> dict[str, object]:
        line = self._read()
        if not line:
            raise LocalError("control.absent", "the server hung up before its answer")
        document = json.loads(line)
        if "error" in document:
            raise LocalError(document["error"]["code"], document["error"]["message"])
        return dict(document)

    def _read(self) -> bytes:
        try:
            return self._file.readline()
        except TimeoutError:
            raise LocalError("control.timeout", "the server did not answer in time") from None
