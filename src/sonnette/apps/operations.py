"""What an operator may ask about accounts, by the names the control socket knows.

The same table serves a running server, whose directory hears of each change, and a command
that works on the database alone.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Protocol

from sonnette.accounts.rules import address_of
from sonnette.accounts.service import Accounts, AccountView, DeviceView, Profile
from sonnette.base.errors import LocalError
from sonnette.net.control import Arguments, Command, Stream

ForgetDevice = Callable[[str, str, str], None]
"""Ends a device's registration: domain, user name, instance."""


class PublishedKeys(Protocol):
    """A device's public keys in one algorithm, as they are shown."""

    @property
    def instance(self) -> str:
        """The device."""

    @property
    def shown(self) -> str:
        """The algorithm and the fingerprint that people compare."""


class KeyServer(Protocol):
    """What the key server knows of an account's devices."""

    def published(self, account_id: int) -> Sequence[PublishedKeys]:
        """Every set of keys."""

    def forget_device(self, account_id: int, instance: str) -> int:
        """Remove those of a device."""


class AccountOperations:
    """The operations on ``accounts``; each runs in a thread, for the service is synchronous."""

    def __init__(
        self,
        accounts: Accounts,
        key_server: Callable[[], KeyServer],
        forget_device: ForgetDevice | None = None,
    ) -> None:
        self._accounts = accounts
        self._key_server = key_server
        self._forget_device = forget_device

    @property
    def commands(self) -> Mapping[str, Command]:
        """Those with one answer."""
        return {
            "account.add": self._add,
            "account.show": self._show,
            "account.passwd": self._set_password,
            "account.suspend": self._suspend,
            "account.resume": self._resume,
            "account.delete": self._delete,
            "device.remove": self._remove_device,
        }

    @property
    def streams(self) -> Mapping[str, Stream]:
        """Those with many."""
        return {"account.list": self._list, "device.list": self._devices}

    async def _add(self, arguments: Arguments) -> object:
        profile = Profile(
            phone=optional(arguments, "phone"),
            email=optional(arguments, "email"),
            name=optional(arguments, "name"),
        )
        password = text(arguments, "password")
        address = text(arguments, "address")
        return _account(await asyncio.to_thread(self._accounts.add, address, password, profile))

    async def _show(self, arguments: Arguments) -> object:
        address = text(arguments, "address")
        account = await asyncio.to_thread(self._accounts.show, address)
        return {**_account(account), "devices": await asyncio.to_thread(self._shown, address)}

    async def _set_password(self, arguments: Arguments) -> object:
        address, password = text(arguments, "address"), text(arguments, "password")
        await asyncio.to_thread(self._accounts.set_password, address, password)
        return {"address": address}

    async def _suspend(self, arguments: Arguments) -> object:
        address = text(arguments, "address")
        await asyncio.to_thread(self._accounts.suspend, address)
        return {"address": address, "active": False}

    async def _resume(self, arguments: Arguments) -> object:
        address = text(arguments, "address")
        await asyncio.to_thread(self._accounts.resume, address)
        return {"address": address, "active": True}

    async def _delete(self, arguments: Arguments) -> object:
        address = text(arguments, "address")
        await asyncio.to_thread(self._accounts.delete, address)
        return {"address": address, "deleted": True}

    async def _remove_device(self, arguments: Arguments) -> object:
        address, instance = text(arguments, "address"), text(arguments, "instance")
        await asyncio.to_thread(self._forget, address, instance)
        if self._forget_device is not None:
            who = address_of(address)
            self._forget_device(who.domain, who.username, instance)
        return {"address": address, "instance": instance, "removed": True}

    async def _list(self, arguments: Arguments) -> AsyncGenerator[object, None]:
        domain = optional(arguments, "domain")
        page = await asyncio.to_thread(self._accounts.page, domain)
        while page:
            for account in page:
                yield _account(account)
            page = await asyncio.to_thread(self._accounts.page, domain, page[-1].id)

    async def _devices(self, arguments: Arguments) -> AsyncGenerator[object, None]:
        address = text(arguments, "address")
        for device in await asyncio.to_thread(self._shown, address):
            yield device

    def _shown(self, address: str) -> list[dict[str, object]]:
        """The devices of an account, with the fingerprints of their keys."""
        account = self._accounts.show(address)
        published = self._key_server().published(account.id)
        return [
            _device(device, [p.shown for p in published if _is_of(p, device)])
            for device in self._accounts.devices(address)
        ]

    def _forget(self, address: str, instance: str) -> None:
        self._accounts.remove_device(address, instance)
        self._key_server().forget_device(self._accounts.show(address).id, instance)


def text(arguments: Arguments, name: str) -> str:
    """The argument called ``name``; raises :exc:`LocalError` ``control.argument``."""
    value = arguments.get(name)
    if not isinstance(value, str):
        raise LocalError("control.argument", f"expected a text as argument {name!r}")
    return value


def optional(arguments: Arguments, name: str) -> str | None:
    """The same, or None where it was not given."""
    return None if arguments.get(name) is None else text(arguments, name)


def _account(view: AccountView) -> dict[str, object]:
    return {**asdict(view), "created_at": _moment(view.created_at)}


def _device(view: DeviceView, fingerprints: list[str]) -> dict[str, object]:
    seen = {"first_seen": _moment(view.first_seen), "last_seen": _moment(view.last_seen)}
    return {**asdict(view), **seen, "fingerprints": fingerprints}


def _is_of(published: PublishedKeys, device: DeviceView) -> bool:
    return published.instance == device.instance.strip("<>")


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
