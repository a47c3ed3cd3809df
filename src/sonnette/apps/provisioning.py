"""Links by which an operator sets up a member's phone."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from sonnette.accounts.rules import address_of
from sonnette.apps.operations import text
from sonnette.apps.storage import Storage
from sonnette.base.errors import LocalError
from sonnette.net.control import Arguments, Command
from sonnette.portal.domain import Account
from sonnette.portal.tickets import LIFE_SECONDS, Tickets

Link = Callable[[Account], str]


class ProvisioningOperations:
    """Issues tickets for accounts; ``link`` makes the address that a phone fetches."""

    def __init__(
        self, storage: Storage, tickets: Tickets, link: Link, algorithms: Sequence[str]
    ) -> None:
        self._storage, self._tickets = storage, tickets
        self._link, self._algorithms = link, algorithms

    @property
    def commands(self) -> Mapping[str, Command]:
        """By the names the control socket knows."""
        return {"account.provision": self._provision}

    async def _provision(self, arguments: Arguments) -> object:
        who = address_of(text(arguments, "address"))
        member = self._storage.directory.find(who.domain, who.username)
        if member is None:
            raise LocalError("account.unknown", "expected the address of an account, got another")
        view = await asyncio.to_thread(self._storage.accounts.show, str(who))
        hashes = {"MD5": member.ha1_md5, "SHA-256": member.ha1_sha256}
        account = Account(
            username=who.username,
            domain=who.domain,
            name=view.name or who.username,
            hashes=tuple((name, hashes[name].decode()) for name in self._algorithms),
        )
        link = self._link(self._tickets.issue(account))
        return {"address": str(who), "link": link, "expires_in": round(LIFE_SECONDS)}
