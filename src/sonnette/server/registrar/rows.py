"""Bindings on their way to and from the database.

Rows go through the store's writer as they are: :class:`BindingRow` has the columns of the
table in its order.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Select, Table, delete, or_, select
from sqlalchemy.orm import Session

from sonnette.server.registrar.models import Binding
from sonnette.store.statement import Statements

TABLE: Table = Binding.metadata.tables[Binding.__tablename__]


class BindingRow(NamedTuple):
    """A row of the table; see :class:`~sonnette.server.registrar.models.Binding`."""

    domain: str
    username: str
    key: str
    contact: bytes
    path: bytes
    instance: str
    reg_id: int
    q: float
    call_id: str
    cseq: int
    expires_at: float
    message_expires_at: float
    transport: str
    source_ip: str
    source_port: int
    user_agent: str
    parameters: bytes
    session: int
    created_at: float
    updated_at: float


class BindingStatements:
    """The statements by which the running server keeps its bindings.

    ``save`` takes a :class:`BindingRow`; ``remove`` takes (domain, username, key);
    ``remove_all`` takes (domain, username).
    """

    __slots__ = ("remove", "remove_all", "save")

    def __init__(self, statements: Statements) -> None:
        self.save = statements.upsert(TABLE, keep=("created_at",))
        self.remove = statements.delete(TABLE, "domain", "username", "key")
        self.remove_all = statements.delete(TABLE, "domain", "username")


def load_bindings(session: Session, now: float) -> Iterator[BindingRow]:
    """Every binding that lives at ``now`` (wall clock), for requests or still for messages."""
    alive = or_(TABLE.c.expires_at > now, TABLE.c.message_expires_at > now)
    for row in session.execute(select(TABLE).where(alive).execution_options(yield_per=1000)):
        yield BindingRow(*row)


def live_sessions(now: float) -> Select[int]:
    """The registration log's numbers of the bindings that live at ``now``."""
    return select(TABLE.c.session).where(TABLE.c.expires_at > now)


def forget_expired(session: Session, now: float) -> int:
    """Delete what :func:`load_bindings` passes over; returns how many (D-12)."""
    gone = (TABLE.c.expires_at <= now) & (TABLE.c.message_expires_at <= now)
    return session.execute(delete(TABLE).where(gone)).rowcount  # type: ignore[attr-defined,no-any-return]
