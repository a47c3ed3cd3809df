"""The composition root of the server: builds every part, joins them, runs them, ends them.

The parts know each other by their ports only; this is the one place that knows them all.
"""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from sonnette.apps import demo, logs, process, web
from sonnette.apps.certificates import Certificate, certificate_of
from sonnette.apps.lime import lime_routes
from sonnette.apps.lock import owned
from sonnette.apps.operations import AccountOperations
from sonnette.apps.provisioning import ProvisioningOperations
from sonnette.apps.settings import Settings
from sonnette.apps.sip import SipService, open_sip
from sonnette.apps.storage import Storage, open_storage
from sonnette.base.entropy import SystemEntropy
from sonnette.base.errors import LocalError
from sonnette.base.meter import Meter
from sonnette.net.control import Arguments, ControlServer
from sonnette.portal.domain import Account, Domain
from sonnette.portal.door import WebDoor, bind
from sonnette.portal.metrics import readings
from sonnette.portal.site import site
from sonnette.portal.tickets import Tickets

GRACE_SECONDS = 4.0  # the contract gives 5 from SIGTERM to the end
RENEWAL_SECONDS = 86_400.0

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
        self._since = time.monotonic()
        self._stopping = asyncio.Event()
        self._tickets = Tickets(SystemEntropy(), time.monotonic)
        self._reloadable: list[Callable[[Settings, Certificate], None]] = [_take_level]

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
        self._take(self._again)

    def _take(self, read: Callable[[], Settings]) -> None:
        try:
            settings = read()
            certificate = certificate_of(settings, datetime.now(UTC))
            for change in self._reloadable:
                change(settings, certificate)
        except (LocalError, OSError) as error:
            _log.error("configuration not reloaded", extra={"reason": str(error)})
        else:
            _log.info("configuration reloaded")

    async def _start(self, running: AsyncExitStack) -> Ready:
        certificate = certificate_of(self._settings, datetime.now(UTC))
        storage = await open_storage(self._settings)
        running.push_async_callback(storage.close)
        accounts = await self._demonstration(storage)
        sip = await open_sip(self._settings, certificate, storage, self._meter)
        running.push_async_callback(sip.close)
        self._reloadable.append(sip.reload)
        domain = await self._open_web(running, storage, certificate, (sip, accounts))
        await self._open_control(running, storage, sip, domain)
        self._listen_to_signals(running)
        renewal = asyncio.create_task(self._renew_daily())
        running.callback(renewal.cancel)
        return _ready(domain)

    async def _demonstration(self, storage: Storage) -> tuple[Account, ...]:
        if not self._is_demo:
            return ()
        settings = self._settings
        accounts = demo.accounts(settings.data_dir, settings.domain, SystemEntropy())
        for account in accounts:
            await storage.ensure(account)
        return accounts

    async def _open_web(
        self,
        running: AsyncExitStack,
        storage: Storage,
        certificate: Certificate,
        served: tuple[SipService, tuple[Account, ...]],
    ) -> Domain:
        settings, (sip, accounts) = self._settings, served
        listen = settings.http.listen
        door = bind(listen.host, listen.port)
        running.callback(door.close)
        bound = listen._replace(port=door.getsockname()[1])
        domain = Domain(
            name=settings.domain,
            web=web.base_of(settings, bound),
            proxy=web.proxy_of(settings, sip.bound),
            sip=sip.bound,
            authority=certificate.authority,
            accounts=accounts,
            checks={"database": storage.check},
        )
        names, keys = web.names_of(settings, bound), lime_routes(storage, settings.sip.digest)
        gauges = self._gauges(storage, sip)
        pages = site(domain, self._meter, gauges, names, keys, self._tickets.take)
        files = (certificate.chain, certificate.key) if bound.scheme == "https" else None
        opened = WebDoor(pages, door, files)
        await opened.start()
        running.push_async_callback(opened.stop)
        self._reloadable.append(lambda _, new: opened.show_certificate(new.chain, new.key))
        return domain

    def _gauges(self, storage: Storage, sip: SipService) -> Callable[[], Mapping[str, float]]:
        return lambda: {
            **sip.gauges(),
            "sonnette_accounts": len(storage.directory),
            "sonnette_rows_waiting": storage.writer.waiting,
            "sonnette_uptime_seconds": round(time.monotonic() - self._since, 3),
        }

    async def _open_control(
        self, running: AsyncExitStack, storage: Storage, sip: SipService, domain: Domain
    ) -> None:
        accounts = AccountOperations(storage.accounts, lambda: storage.lime_keys, sip.forget_device)
        links = ProvisioningOperations(
            storage, self._tickets, domain.provisioning, self._settings.sip.digest
        )
        gauges = self._gauges(storage, sip)

        async def status(arguments: Arguments) -> object:
            return {**_ready(domain), **gauges()}

        async def meter(arguments: Arguments) -> object:
            return {**gauges(), **readings(self._meter)}

        own = {
            "server.stop": self._stop,
            "server.reload": self._reload,
            "server.status": status,
            "server.meter": meter,
        }
        control = ControlServer(
            self._settings.control_socket,
            {**own, **accounts.commands, **links.commands, **sip.commands},
            {**accounts.streams, **sip.streams},
        )
        await control.start()
        running.push_async_callback(control.stop)

    async def _renew_daily(self) -> None:
        """A certificate of ours nears its end while the server runs, too."""
        while True:
            await asyncio.sleep(RENEWAL_SECONDS)
            self._take(lambda: self._settings)

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
    if domain.accounts:  # the demonstration's, whose passwords its start page shows anyway
        ready["accounts"] = [
            {
                "address": account.address,
                "password": account.password,
                "provisioning": domain.provisioning(account),
            }
            for account in domain.accounts
        ]
    return ready


def _take_level(settings: Settings, certificate: Certificate) -> None:
    logs.set_level(settings.log.level)
