"""What the web side knows of the domain it speaks for, once every socket listens."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Check = Callable[[], Awaitable[str]]
"""A check of health: the reason why something does not work, or nothing."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account that a client can be set up for, by its provisioning address.

    A client is given the password where it is known (the demonstration's), else the digest
    hashes by algorithm.
    """

    username: str
    domain: str
    name: str
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    hashes: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def address(self) -> str:
        """Its SIP address."""
        return f"sip:{self.username}@{self.domain}"


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain, the addresses it is served at, and the demonstration's accounts if any."""

    name: str
    web: str
    """The web side's address, without a slash at its end."""
    proxy: str
    """The SIP address that clients send everything to, with its transport."""
    sip: Mapping[str, str]
    """``host:port`` by transport."""
    authority: Path | None = None
    """The built-in authority's certificate, where a client must be told to trust it."""
    accounts: tuple[Account, ...] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)

    def account_of(self, token: str) -> Account | None:
        """The account whose provisioning address ends in ``token``."""
        return next((account for account in self.accounts if account.token == token), None)

    def provisioning(self, account: Account) -> str:
        """Where the client of ``account`` fetches its settings."""
        return f"{self.web}/provisioning/{account.token}"

    @property
    def well_known(self) -> dict[str, str]:
        """Every service of the domain by its key, as the contract fixes their addresses."""
        return {
            "chat": f"sip:conference-factory@{self.name}",
            "conference": f"sip:videoconference-factory@{self.name}",
            "lists": f"sip:rls@{self.name}",
            "lime": f"{self.web}/lime-server",
            "files": f"{self.web}/files/",
            "api": f"{self.web}/api/",
        }
