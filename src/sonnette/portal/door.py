"""The web side's socket: uvicorn inside the loop that everything else runs in."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from sonnette.base.errors import LocalError

MOST_CONNECTIONS = 1000  # open at once; past it a client is answered 503
GRACE_SECONDS = 2  # for running requests, when the server stops


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; raises :exc:`LocalError` ``http.port`` where it is not to be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
    except OSError as error:
        door.close()
        raise LocalError("http.port", f"cannot listen on {host}:{port}: {error.strerror}") from None
    return door


class WebDoor:
    """Serves an application on a bound socket until it is stopped."""

    def __init__(
        self, app: ASGIApp, door: socket.socket, certificate: tuple[Path, Path] | None
    ) -> None:
        chain, key = certificate or (None, None)
        self._config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=GRACE_SECONDS,
            ssl_certfile=chain,
            ssl_keyfile=key,
        )
        self._server = _Server(self._config)
        self._door = door
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Return once it listens."""
        self._task = asyncio.create_task(self._server.serve([self._door]))
        await self._server.listening.wait()

    async def stop(self) -> None:
        """Let running requests end, then close."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._door.close()

    def show_certificate(self, chain: Path, key: Path) -> None:
        """Show this certificate to connections to come."""
        if self._config.ssl is not None:
            self._config.ssl.load_cert_chain(chain, key)


class _Server(uvicorn.Server):
    """A server that leaves signals to the program it is part of."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()
