"""The journal of the running server: what the steps saw, handed to the two logs."""

from collections.abc import Callable

from sonnette.server.logs.calls import CallLog
from sonnette.server.logs.registrations import Login, RegistrationLog
from sonnette.server.ports import Member
from sonnette.sip.registrar import Binding

Seen = Callable[[int, str, str, float], None]
"""Told of each device that registers: account, instance, user agent, wall-clock time (D-1)."""


class LegalJournal:
    """Writes the call log (REQ D-2) and the registration log (REQ D-4)."""

    def __init__(
        self, calls: CallLog, registrations: RegistrationLog, seen: Seen, epoch: float
    ) -> None:
        self._calls = calls
        self._registrations = registrations
        self._seen = seen
        self._epoch = epoch

    @property
    def deadline(self) -> float | None:
        """When to tick next."""
        return self._registrations.deadline

    def tick(self, now: float) -> None:
        """Write what was summed up."""
        self._registrations.tick(now)

    def call_started(self, now: float, call: str, caller: str, callee: str) -> None:
        """A call has been let through."""
        self._calls.started(call, caller, callee, now)

    def call_answered(self, now: float, call: str) -> None:
        """It was answered."""
        self._calls.answered(call, now)

    def call_ended(self, now: float, call: str) -> None:
        """It is over."""
        self._calls.ended(call, now)

    def registered(self, now: float, member: Member, binding: Binding, *, has_moved: bool) -> None:
        """A binding was made or refreshed; it keeps the number of its session."""
        ip = binding.flow.remote[0] if binding.flow else ""
        device = binding.instance or binding.user_agent
        login = Login(member.domain, member.username, device, ip)
        binding.session = self._registrations.registered(binding.session, login, has_moved, now)
        instance = binding.instance or ""
        self._seen(member.id, instance, binding.user_agent, self._epoch + now)

    def unregistered(self, now: float, binding: Binding) -> None:
        """A binding was removed or has expired."""
        self._registrations.unregistered(binding.session, now)

    def registration_failed(self, now: float, domain: str, member: Member | None, ip: str) -> None:
        """Wrong credentials came."""
        self._registrations.failed(domain, member.username if member else "", ip, now)
