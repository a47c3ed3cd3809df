"""The members in memory, as the server asks for them on the path of each request.

A look-up is two dictionary reads.  The directory is loaded once and kept in step by
:class:`~sonnette.accounts.service.Accounts`, whose listener it is.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from sys import intern

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from sonnette.accounts.models import Account


@dataclass(slots=True, eq=False)
class Member:
    """What the server needs of an account; HA1 as lower-case hexadecimal bytes."""

    id: int
    domain: str
    username: str
    ha1_md5: bytes = field(repr=False)
    ha1_sha256: bytes = field(repr=False)
    phone: str | None
    active: bool


_COLUMNS = (
    Account.id,
    Account.domain,
    Account.username,
    Account.ha1_md5,
    Account.ha1_sha256,
    Account.phone,
    Account.active,
)


def member_of(account: Account | Row[*tuple[object, ...]]) -> Member:
    """The member that ``account``, or a row with its columns, makes."""
    return Member(
        account.id,
        intern(account.domain),  # one string for all of a domain
        account.username,
        account.ha1_md5.encode(),
        account.ha1_sha256.encode(),
        account.phone,
        account.active,
    )


class Directory:
    """Members by domain and user name, and by domain and phone number."""

    __slots__ = ("_by_name", "_by_phone")

    def __init__(self, domains: Collection[str]) -> None:
        self._by_name: dict[str, dict[str, Member]] = {domain: {} for domain in domains}
        self._by_phone: dict[str, dict[str, Member]] = {domain: {} for domain in domains}

    @property
    def domains(self) -> Collection[str]:
        """The domains that the server serves, in lower case."""
        return self._by_name.keys()

    def __len__(self) -> int:
        return sum(map(len, self._by_name.values()))

    def find(self, domain: str, username: str) -> Member | None:
        """The member of that exact name, active or not; both in lower case."""
        members = self._by_name.get(domain)
        return None if members is None else members.get(username)

    def find_phone(self, domain: str, e164: str) -> Member | None:
        """The member with that number, such as ``+33123456789``."""
        members = self._by_phone.get(domain)
        return None if members is None else members.get(e164)

    def load(self, session: Session) -> int:
        """Read every account of our domains; returns how many."""
        query = select(*_COLUMNS).where(Account.domain.in_(self.domains))
        for row in session.execute(query.execution_options(yield_per=1000)):
            self.put(member_of(row))
        return len(self)

    def put(self, member: Member) -> None:
        """Add a member, or replace the one of that name; a foreign domain's is passed over."""
        members = self._by_name.get(member.domain)
        if members is None:
            return
        self.drop(member.domain, member.username)
        members[member.username] = member
        if member.phone:
            self._by_phone[member.domain][member.phone] = member

    def drop(self, domain: str, username: str) -> None:
        """Forget the member of that name, if there is one."""
        member = self._by_name.get(domain, {}).pop(username, None)
        if member is not None and member.phone:
            self._by_phone[domain].pop(member.phone, None)
