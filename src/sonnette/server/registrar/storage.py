"""Bindings between the registrar's memory and the table: rows out, rows back in."""

from collections.abc import Callable, Iterable, Iterator

from sonnette.server.ports import Credentials, Member, Network
from sonnette.server.registrar.rows import BindingRow, BindingStatements
from sonnette.server.registrar.service import Registrar
from sonnette.sip.flow import Transport
from sonnette.sip.headers.address import parse_address
from sonnette.sip.registrar import Binding
from sonnette.store.commit import Item
from sonnette.store.writer import Writer


class StoredBindings:
    """Saves through the store's writer; ``epoch`` is the wall-clock time at ``now`` = 0."""

    def __init__(self, writer: Writer, epoch: float) -> None:
        self._writer = writer
        self._statements = BindingStatements(writer.statements)
        self._epoch = epoch

    def save(
        self,
        aor: tuple[str, str],
        saved: Iterable[Binding],
        removed: Iterable[Binding],
        done: Callable[[bool], None] | None,
    ) -> None:
        """Queue the rows; ``done`` hears when they are committed."""
        items: list[Item] = [(self._statements.remove, (*aor, binding.key)) for binding in removed]
        items += [(self._statements.save, self._row(aor, binding)) for binding in saved]
        if done is not None:
            self._writer.put_durable(items, done)
        else:
            for statement, row in items:
                self._writer.put(statement, row)

    def _row(self, aor: tuple[str, str], binding: Binding) -> BindingRow:
        flow = binding.flow
        host, port = flow.remote if flow else ("", 0)
        return BindingRow(
            *aor,
            binding.key,
            binding.contact.encode("utf-8", "surrogateescape"),
            "\n".join(binding.path).encode("utf-8", "surrogateescape"),
            binding.instance or "",
            binding.reg_id if binding.reg_id is not None else -1,
            binding.q,
            binding.call_id,
            binding.cseq,
            self._epoch + binding.expires_at,
            self._epoch + binding.message_expires_at,
            flow.transport.value if flow else "",
            host,
            port,
            binding.user_agent,
            b"",
            binding.session,
            self._epoch + binding.created_at,
            self._epoch + binding.updated_at,
        )


def binding_of(row: BindingRow, epoch: float) -> Binding:
    """The binding that a row holds, without a flow."""
    contact = row.contact.decode("utf-8", "surrogateescape")
    binding = Binding(row.key, contact, str(parse_address(contact).uri))
    binding.instance = row.instance or None
    binding.reg_id = row.reg_id if row.reg_id >= 0 else None
    binding.q = row.q
    binding.call_id, binding.cseq = row.call_id, row.cseq
    binding.expires_at = row.expires_at - epoch
    binding.message_expires_at = row.message_expires_at - epoch
    binding.updated_at = row.updated_at - epoch
    binding.created_at = row.created_at - epoch
    binding.path = (
        tuple(row.path.decode("utf-8", "surrogateescape").split("\n")) if row.path else ()
    )
    binding.user_agent = row.user_agent
    binding.session = row.session
    return binding


def restore(
    registrar: Registrar,
    members: Credentials,
    rows: Iterator[BindingRow],
    network: Network,
    epoch: float,
) -> int:
    """Put the bindings of an earlier run back; how many.

    A UDP flow is there again at once; a connection is gone until its device opens another.
    """
    restored = 0
    for row in rows:
        member: Member | None = members.find(row.domain, row.username)
        if member is None:
            continue
        binding = binding_of(row, epoch)
        lost = None
        if row.transport:
            transport, remote = Transport(row.transport), (row.source_ip, row.source_port)
            lost = transport, remote
            if not transport.is_reliable:
                binding.flow = network.datagram(remote)
        registrar.restore(member, binding, lost)
        restored += 1
    return restored
