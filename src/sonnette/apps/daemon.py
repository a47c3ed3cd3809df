"""The composition root of the server: builds every part, joins them, runs them, ends them.

The parts know each other by their ports only; this is the one place that knows them all.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from sonnette.apps import demo, logs, process
from sonnette.apps.certificates import Certificate, certificate_of
from sonnette.apps.lock import owned
from sonnette.apps.settings import Settings
from sonnette.base.entropy import SystemEntropy
from sonnette.base.errors import LocalError
from sonnette.base.meter import Meter
from sonnette.net.control import Arguments, ControlServer
from sonnette.net.settings import Listener
from sonnette.portal.domain import Account, Domain
from sonnette.portal.door import WebDoor, bind
from sonnette.portal.site import site

GRACE_SECONDS = 4.0  # the contract gives 5 from SIGTERM to the end
LOOPBACK_NAMES = ("127.0.0.1", "[::1]", "localhost")

_log = logging.getLogger("sonnette.apps")

Ready = Mapping[str, object]
"""Where the server listens, in the words of the line that ``serve --json`` prints."""


class Daemon:
    """The server: one domain's parts, in one process and one loop.

    ``again`` reads the settings anew, for SIGHUP; ``is_demo`` adds accounts to try.
    """

    def __init__(
        self, settings: Settings, again: Callable[[], Settings], *, is_demo: bool = False
    ) -> None:
        self._settings = settings
        self._again = again
        self._is_demo = is_demo
        self._meter = Meter()
        self._stopping = asyncio.Event()
        self._reloadable: list[Callable[[Settings], None]] = [_reload_level]

    async def run(self, announce: Callable[[Ready], None]) -> None:
        """Serve until told to stop; ``announce`` hears once every socket listens.

        Raises :exc:`LocalError` where data_dir is taken or a socket is not to be had.
        """
        with owned(self._settings.data_dir):
            running = AsyncExitStack()
            try:
                ready = await self._start(running)
                process.settle()
                announce(ready)
                await self._stopping.wait()
            finally:
                await _end(running)

    def stop(self) -> None:
        """Begin to end: no new calls, running transactions end, state is saved."""
        self._stopping.set()

    def reload(self) -> None:
        """Read again what may change without a restart; what is wrong changes nothing."""
        try:
            settings = self._again()
            for change in self._reloadable:
                change(settings)
        except LocalError as error:
            _log.error("configuration not reloaded", extra={"reason": str(error)})
        else:
            _log.info("configuration reloaded")

    async def _start(self, running: AsyncExitStack) -> Ready:
        settings = self._settings
        certificate = certificate_of(settings, datetime.now(UTC))
        sip: dict[str, str] = {}
        domain = await self._open_web(running, certificate, sip)
        await self._open_control(running)
        self._listen_to_signals(running)
        return _ready(domain)

    async def _open_web(
        self, running: AsyncExitStack, certificate: Certificate, sip: Mapping[str, str]
    ) -> Domain:
        listen = self._settings.http.listen
        door = bind(listen.host, listen.port)
        running.callback(door.close)
        bound = listen._replace(port=door.getsockname()[1])
        domain = self._domain(_base(self._settings, bound), certificate, sip)
        names = _names(self._settings, bound)
        files = (certificate.chain, certificate.key) if bound.scheme == "https" else None
        web = WebDoor(site(domain, self._meter, dict, names), door, files)
        await web.start()
        running.push_async_callback(web.stop)
        self._reloadable.append(lambda _: web.reload_certificate())
        return domain

    def _domain(self, web: str, certificate: Certificate, sip: Mapping[str, str]) -> Domain:
        settings = self._settings
        accounts: tuple[Account, ...] = ()
        if self._is_demo:
            accounts = demo.accounts(settings.data_dir, settings.domain, SystemEntropy())
        return Domain(
            name=settings.domain,
            web=web,
            proxy=_proxy(settings, sip),
            sip=sip,
            authority=certificate.authority,
            accounts=accounts,
        )

    async def _open_control(self, running: AsyncExitStack) -> None:
        control = ControlServer(
            self._settings.control_socket,
            commands={"server.stop": self._stop, "server.reload": self._reload},
            streams={},
        )
        await control.start()
        running.push_async_callback(control.stop)

    def _listen_to_signals(self, running: AsyncExitStack) -> None:
        loop = asyncio.get_running_loop()
        for number, action in (
            (signal.SIGTERM, self.stop),
            (signal.SIGINT, self.stop),
            (signal.SIGHUP, self.reload),
        ):
            loop.add_signal_handler(number, action)
            running.callback(loop.remove_signal_handler, number)

    async def _stop(self, arguments: Arguments) -> object:
        self.stop()
        return {"pid": os.getpid()}

    async def _reload(self, arguments: Arguments) -> object:
        self.reload()
        return {"pid": os.getpid()}


async def _end(running: AsyncExitStack) -> None:
    """Close every part, last opened first, within the grace that the contract gives."""
    try:
        async with asyncio.timeout(GRACE_SECONDS):
            await running.aclose()
    except TimeoutError:
        _log.warning("some work was cut short", extra={"grace_seconds": GRACE_SECONDS})


def _ready(domain: Domain) -> Ready:
    ready: dict[str, object] = {
        "event": "ready",
        "domain": domain.name,
        "pid": os.getpid(),
        "sip": dict(domain.sip),
        "http": domain.web,
        "ca": str(domain.authority) if domain.authority else None,
    }
    if domain.accounts:
        ready["accounts"] = [
            {
                "address": account.address,
                "password": account.password,
                "provisioning": domain.provisioning(account),
            }
            for account in domain.accounts
        ]
    return ready


def _base(settings: Settings, bound: Listener) -> str:
    """The address of the web side as clients write it."""
    if settings.http.url:
        return settings.http.url
    host = settings.domain if bound.host in {"0.0.0.0", "::"} else bound.host  # noqa: S104
    return str(bound._replace(host=host))


def _names(settings: Settings, bound: Listener) -> tuple[str, ...]:
    """The hosts that a server on loopback answers to; elsewhere, any."""
    if not str(bound).partition("://")[2].startswith(("127.", "[::1]", "localhost")):
        return ()
    named = settings.http.url.partition("://")[2].partition("/")[0].partition(":")[0]
    return (*LOOPBACK_NAMES, settings.domain, *settings.domains, *filter(None, (named,)))


def _proxy(settings: Settings, sip: Mapping[str, str]) -> str:
    """The address for clients: over TLS where the certificate is one that phones trust."""
    if settings.tls is not None and "tls" in sip:
        return f"sip:{settings.domain};transport=tls"
    for transport in ("tcp", "udp", "tls"):
        if transport in sip:
            return f"sip:{sip[transport]};transport={transport}"
    return f"sip:{settings.domain}"


def _reload_level(settings: Settings) -> None:
    logs.set_level(settings.log.level)
