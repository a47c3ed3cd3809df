"""The registrar: the records of all our members, in memory, and who must know of a change.

Reads are dictionary look-ups.  Changes go to the :class:`BindingStore`; the caller answers
the REGISTER when told that the change is on disk.
"""

from collections.abc import Callable, Iterator
from typing import Protocol

from sonnette.base.timers import Buckets
from sonnette.server.ports import BindingStore, Journal, Member
from sonnette.sip.flow import Flow, Transport
from sonnette.sip.message import Request
from sonnette.sip.registrar import Binding, Change, Policy, Record, apply

REFRESH_SAVED_EVERY = 30.0
"""Seconds between two writes of a binding of which only the expiry moves."""

MOST_FLOWS = 10_000
"""Flows remembered beyond two a record: those that reconnecting phones left behind."""

Aor = tuple[str, str]
"""Domain and user name of an address of record."""

FlowKey = tuple[Transport, tuple[str, int]]
"""What is left of a flow when its connection is gone: the transport and the peer's address."""


class Listener(Protocol):
    """Hears of devices that become reachable."""

    def __call__(self, now: float, aor: Aor, binding: Binding) -> None:
        """``binding`` has just been made, or has a new flow."""


class Registrar:
    """Records by address; flows to bindings; expiry."""

    def __init__(self, policy: Policy, store: BindingStore, journal: Journal) -> None:
        self.policy = policy
        self.records: dict[Aor, Record] = {}
        self.on_reachable: list[Listener] = []
        self._store = store
        self._journal = journal
        self._by_flow: dict[FlowKey, tuple[Aor, str]] = {}
        self._expiry: Buckets[Aor] = Buckets()

    # --- reading --------------------------------------------------------------------------

    def bindings(self, now: float, member: Member) -> list[Binding]:
        """The bindings in force for calls, whether or not their flow is alive."""
        record = self.records.get((member.domain, member.username))
        if record is None:
            return []
        return [binding for binding in record.bindings.values() if binding.expires_at > now]

    def successor(self, transport: Transport, remote: tuple[str, int]) -> Flow | None:
        """The present flow of the device that once had this one, if it is alive."""
        found = self._by_flow.get((transport, remote))
        if found is None:
            return None
        aor, key = found
        record = self.records.get(aor)
        binding = record.bindings.get(key) if record else None
        flow = binding.flow if binding else None
        return None if flow is None or flow.is_closed else flow

    def describe(self, now: float) -> Iterator[dict[str, object]]:
        """Every binding in force, for the operator."""
        for (domain, username), record in self.records.items():
            for binding in record.bindings.values():
                if binding.expires_at > now:
                    yield _row(f"sip:{username}@{domain}", binding, now)

    def __len__(self) -> int:
        return sum(len(record.bindings) for record in self.records.values())

    # --- changing -------------------------------------------------------------------------

    def register(
        self, now: float, member: Member, request: Request, flow: Flow
    ) -> tuple[Record, Change]:
        """Carry out a REGISTER in memory; the record after it, and what changed.

        Raises :class:`PeerError` where the request is refused.
        """
        aor = member.domain, member.username
        record = self.records.get(aor) or Record()
        change = apply(record, request, now, self.policy, flow)
        if record.bindings:
            self.records[aor] = record
            self._plan(aor, record)
        else:
            self.records.pop(aor, None)
        self._note(now, aor, member, change, flow)
        return record, change

    def keep(
        self, now: float, member: Member, change: Change, done: Callable[[bool], None]
    ) -> bool:
        """Save a change; whether the answer must wait for ``done``.

        It must where a binding is new or gone.  A refresh that only moves the expiry is
        saved now and then: a restart loses at most :data:`REFRESH_SAVED_EVERY` of it.
        """
        aor = member.domain, member.username
        if change.is_durable:
            saved = [*change.added, *change.refreshed]
            self._store.save(aor, saved, change.removed, done)
        else:
            saved = [b for b in change.refreshed if now - b.saved_at > REFRESH_SAVED_EVERY]
            if saved:
                self._store.save(aor, saved, (), None)
        for binding in saved:
            binding.saved_at = now
        return change.is_durable

    def _note(self, now: float, aor: Aor, member: Member, change: Change, flow: Flow) -> None:
        for binding in (*change.added, *change.refreshed):
            self._remember(flow, aor, binding.key)
            has_moved = any(binding is moved for moved in change.moved)
            if has_moved or now - binding.saved_at > REFRESH_SAVED_EVERY:
                self._journal.registered(now, member, binding, has_moved=has_moved)
            for listener in self.on_reachable:
                listener(now, aor, binding)
        for binding in change.removed:
            self._drop(now, aor, binding)

    def _drop(self, now: float, aor: Aor, binding: Binding) -> None:
        if binding.flow is not None:
            key = binding.flow.transport, binding.flow.remote
            if self._by_flow.get(key) == (aor, binding.key):
                del self._by_flow[key]
        self._journal.unregistered(now, binding)

    def remove(self, now: float, aor: Aor, key: str | None = None) -> int:
        """Take away one device's binding, or all of an address's; how many there were."""
        record = self.records.get(aor)
        if record is None:
            return 0
        keys = list(record.bindings) if key is None else [key]
        removed = [record.bindings.pop(each) for each in keys if each in record.bindings]
        for binding in removed:
            self._drop(now, aor, binding)
        if not record.bindings:
            self.records.pop(aor, None)
        if removed:
            self._store.save(aor, (), removed, None)
        return len(removed)

    def restore(self, member: Member, binding: Binding, lost: FlowKey | None) -> None:
        """Put back a binding that was read from the store; ``lost`` names the flow it had."""
        aor = member.domain, member.username
        record = self.records.setdefault(aor, Record())
        record.bindings[binding.key] = binding
        self._plan(aor, record)
        if lost is not None:
            self._by_flow[lost] = (aor, binding.key)

    def expire(self, now: float) -> None:
        """Drop what has expired; to be called about once a second."""
        for aor in self._expiry.pop(now):
            record = self.records.get(aor)
            if record is None:
                continue
            gone = [b for b in record.bindings.values() if b.message_expires_at <= now]
            for binding in gone:
                del record.bindings[binding.key]
                self._drop(now, aor, binding)
            if gone:
                self._store.save(aor, (), gone, None)
            if record.bindings:
                record.check_at = None
                self._plan(aor, record)
            else:
                del self.records[aor]

    def _plan(self, aor: Aor, record: Record) -> None:
        """Look at a record when its first binding ends; a refresh does not plan anew."""
        end = record.next_end
        if end is not None and (record.check_at is None or end < record.check_at):
            record.check_at = end
            self._expiry.add(aor, end)

    def _remember(self, flow: Flow, aor: Aor, key: str) -> None:
        """Know whose flow this is, also when it has died; the ones unused longest are forgotten."""
        name = flow.transport, flow.remote
        self._by_flow.pop(name, None)
        self._by_flow[name] = (aor, key)
        if len(self._by_flow) > MOST_FLOWS + 2 * len(self.records):
            del self._by_flow[next(iter(self._by_flow))]

    @property
    def deadline(self) -> float | None:
        """When something may expire next."""
        return self._expiry.next


def _row(address: str, binding: Binding, now: float) -> dict[str, object]:
    flow = binding.flow
    return {
        "address": address,
        "contact": binding.uri,
        "instance": binding.instance,
        "transport": flow.transport.value if flow else None,
        "from": f"{flow.remote[0]}:{flow.remote[1]}" if flow else None,
        "alive": flow is not None and not flow.is_closed,
        "expires_in": round(binding.expires_at - now),
        "q": binding.q,
        "user_agent": binding.user_agent,
    }
