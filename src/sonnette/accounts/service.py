"""What is done to accounts, each act in one transaction, and told to a listener after it.

The command line, the control socket and the portal all come through here, so that the
rules hold and the running server's :class:`~sonnette.accounts.directory.Directory` is in
step.  The service is synchronous: an event loop calls it in a thread.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sonnette.accounts.directory import Member, member_of
from sonnette.accounts.models import Account, Device
from sonnette.accounts.rules import (
    Address,
    address_of,
    check_served,
    domain_of,
    email_of,
    hashes_of,
    name_of,
    phone_of,
)
from sonnette.base.errors import LocalError
from sonnette.store.database import Database

MOST_LISTED = 1000
"""Accounts in one answer: a page of a screen or of a script's loop."""


class Listener(Protocol):
    """Hears of each change once it is committed; the directory is one.

    Called on the thread that called the service.
    """

    def put(self, member: Member, /) -> None:
        """The account is new or changed."""

    def drop(self, domain: str, username: str, /) -> None:
        """The account is gone."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a subscription came from (D-1); empty for one made by the operator."""

    ip: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What a member may tell of themselves."""

    phone: str | None = None
    email: str | None = None
    name: str | None = None


OPERATOR = Origin()
UNTOLD = Profile()


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as it is shown: everything but the credentials."""

    id: int
    address: str
    active: bool
    phone: str | None
    email: str | None
    name: str | None
    created_at: float
    created_ip: str | None
    created_user_agent: str | None


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A device that an account was used on."""

    instance: str
    user_agent: str
    first_seen: float
    last_seen: float


class Accounts:
    """The accounts of the domains that we serve.

    ``clock`` tells the wall-clock time.  Every method that takes an address reads
    ``sip:alice@example.test`` and raises :class:`LocalError` ``account.unknown`` where no
    such account is, beside what :mod:`~sonnette.accounts.rules` raises.
    """

    def __init__(
        self,
        database: Database,
        domains: Collection[str],
        listener: Listener,
        clock: Callable[[], float],
    ) -> None:
        self._database, self._domains = database, domains
        self._listener, self._clock = listener, clock

    def add(
        self,
        address: str,
        password: str,
        profile: Profile = UNTOLD,
        origin: Origin = OPERATOR,
    ) -> AccountView:
        """Make an active account; raises ``account.exists`` or ``account.phone-taken``."""
        who = address_of(address)
        check_served(who.domain, self._domains)
        hashes = hashes_of(who, password)
        account = Account(
            domain=who.domain,
            username=who.username,
            ha1_md5=hashes.md5,
            ha1_sha256=hashes.sha256,
            phone=phone_of(profile.phone) if profile.phone else None,
            email=email_of(profile.email) if profile.email else None,
            name=name_of(profile.name) if profile.name else None,
            active=True,
            created_at=self._clock(),
            created_ip=origin.ip,
            created_user_agent=origin.user_agent,
        )
        with self._database.write() as session:
            _insert(session, account)
            member, view = member_of(account), _view(account)
        self._listener.put(member)
        return view

    def page(self, domain: str | None = None, after: int = 0) -> list[AccountView]:
        """Accounts in the order of their making, at most :data:`MOST_LISTED`.

        ``after`` is the id of the last one of the page before.
        """
        query = select(Account).where(Account.id > after).order_by(Account.id).limit(MOST_LISTED)
        if domain is not None:
            query = query.where(Account.domain == domain_of(domain))
        with self._database.read() as session:
            return [_view(account) for account in session.scalars(query)]

    def show(self, address: str) -> AccountView:
        """Everything but the credentials."""
        with self._database.read() as session:
            return _view(_find(session, address_of(address)))

    def set_password(self, address: str, password: str) -> None:
        """Replace both hashes."""
        who = address_of(address)
        hashes = hashes_of(who, password)

        with self._changing(who) as account:
            account.ha1_md5, account.ha1_sha256 = hashes

    def suspend(self, address: str) -> None:
        """Stop serving the account; its data stay."""
        with self._changing(address_of(address)) as account:
            account.active = False

    def resume(self, address: str) -> None:
        """Serve a suspended account again."""
        with self._changing(address_of(address)) as account:
            account.active = True

    def delete(self, address: str) -> None:
        """Remove the account and its devices from the database."""
        who = address_of(address)
        with self._database.write() as session:
            session.delete(_find(session, who))
        self._listener.drop(who.domain, who.username)

    def devices(self, address: str) -> list[DeviceView]:
        """The devices that the account was used on, the latest first."""
        with self._database.read() as session:
            account = _find(session, address_of(address))
            query = select(Device).where(Device.account_id == account.id)
            return [
                DeviceView(found.instance, found.user_agent, found.first_seen, found.last_seen)
                for found in session.scalars(query.order_by(Device.last_seen.desc()))
            ]

    def remove_device(self, address: str, instance: str) -> None:
        """Forget a device; raises ``device.unknown``."""
        with self._database.write() as session:
            account = _find(session, address_of(address))
            device = session.get(Device, (account.id, instance))
            if device is None:
                raise LocalError("device.unknown", "expected a device of the account, got another")
            session.delete(device)

    @contextmanager
    def _changing(self, who: Address) -> Iterator[Account]:
        with self._database.write() as session:
            account = _find(session, who)
            yield account
            member = member_of(account)
        self._listener.put(member)


def _find(session: Session, who: Address) -> Account:
    query = select(Account).filter_by(domain=who.domain, username=who.username)
    account = session.scalars(query).one_or_none()
    if account is None:
        raise LocalError("account.unknown", "expected the address of an account, got another")
    return account


def _insert(session: Session, account: Account) -> None:
    here = select(Account.id).where(Account.domain == account.domain)
    if session.scalar(here.where(Account.username == account.username)):
        raise _taken()
    if account.phone and session.scalar(here.where(Account.phone == account.phone)):
        raise LocalError(
            "account.phone-taken", "expected a phone number that no account of the domain has"
        )
    session.add(account)
    try:
        session.flush()
    except IntegrityError:  # another program was quicker
        raise _taken() from None


def _taken() -> LocalError:
    return LocalError("account.exists", "expected a new address, got one that has an account")


def _view(account: Account) -> AccountView:
    return AccountView(
        id=account.id,
        address=str(Address(account.username, account.domain)),
        active=account.active,
        phone=account.phone,
        email=account.email,
        name=account.name,
        created_at=account.created_at,
        created_ip=account.created_ip,
        created_user_agent=account.created_user_agent,
    )
