"""What the server needs of the rest of the world: members, a journal, storage, sockets."""

from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from sonnette.sip.flow import Address, Flow, Transport
from sonnette.sip.registrar import Binding


class Member(Protocol):
    """An account, as far as serving a request goes; HA1 in lower-case hexadecimal."""

    id: int
    domain: str
    username: str
    ha1_md5: bytes
    ha1_sha256: bytes
    phone: str | None
    active: bool


class Credentials(Protocol):
    """The members, in memory; domains and names in lower case."""

    @property
    def domains(self) -> Collection[str]:
        """The SIP domains that are ours."""

    def find(self, domain: str, username: str) -> Member | None:
        """The member of that name."""

    def find_phone(self, domain: str, e164: str) -> Member | None:
        """The member with that phone number."""


class Journal(Protocol):
    """The logs that the law asks for (REQ D-2, D-4); ``now`` is the caller's monotonic clock.

    ``call`` is a key of the caller's choice, unique among open calls.
    """

    @property
    def deadline(self) -> float | None:
        """When to tick next."""

    def tick(self, now: float) -> None:
        """Write what was summed up."""

    def call_started(self, now: float, call: str, caller: str, callee: str) -> None:
        """A call has been let through."""

    def call_answered(self, now: float, call: str) -> None:
        """It was answered."""

    def call_ended(self, now: float, call: str) -> None:
        """It is over; not completed where it was never answered."""

    def registered(self, now: float, member: Member, binding: Binding, *, has_moved: bool) -> None:
        """A binding was made or refreshed; ``has_moved``: from another IP address than before."""

    def unregistered(self, now: float, binding: Binding) -> None:
        """A binding was removed or has expired."""

    def registration_failed(self, now: float, domain: str, member: Member | None, ip: str) -> None:
        """Wrong credentials were given for a member, or for a name that is none."""


class BindingStore(Protocol):
    """Where bindings outlive a restart."""

    def save(
        self,
        aor: tuple[str, str],
        saved: Iterable[Binding],
        removed: Iterable[Binding],
        done: Callable[[bool], None] | None,
    ) -> None:
        """Keep these and forget those of one address; ``done`` hears when it is on disk.

        Without ``done`` the rows may wait; with it they are committed within 10 ms, and
        ``done(False)`` says that they could not be.
        """


class Network(Protocol):
    """The sockets, as far as routing needs them."""

    def datagram(self, remote: Address, local: Address | None = None) -> Flow | None:
        """A UDP flow to ``remote`` from the socket bound to ``local``, or from any fitting one."""

    def stream(self, transport: Transport, serial: int) -> Flow | None:
        """The open connection of that number."""
