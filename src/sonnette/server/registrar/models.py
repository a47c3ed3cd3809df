"""The table of bindings (D-12): where each device of a member can be reached.

The running server works on its own record in memory; this table is what a restart reads.
"""

from functools import partial

from sqlalchemy import BigInteger, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from sonnette.privacy.declare import by_address, not_personal, personal, subjects
from sonnette.privacy.vocabulary import Basis, Category, Erasure, Export, Keep, Until
from sonnette.store.base import Base, Moment

_binding = partial(
    personal,
    purpose="service.reach",
    basis=Basis.CONTRACT,
    keep=Keep(Until.BINDING_GONE),
    export=Export.ACTIVITY,
    erasure=Erasure.DELETE,
)


class Binding(Base):
    """One contact of one address of record (RFC 3261 section 10), as received.

    ``key`` tells the bindings of an account apart: instance and reg-id (RFC 5626 section 6)
    or the contact's address.  Moments are wall-clock; ``message_expires_at`` is how long
    messages are still accepted for the device (0: no longer than the binding).
    """

    __tablename__ = "binding"
    __table_args__ = {"info": subjects(by_address("domain", "username"))}  # noqa: RUF012

    domain: Mapped[str] = mapped_column(primary_key=True, info=_binding(category=Category.ADDRESS))
    username: Mapped[str] = mapped_column(
        primary_key=True, info=_binding(category=Category.ADDRESS)
    )
    key: Mapped[str] = mapped_column(primary_key=True, info=_binding(category=Category.DEVICE))
    contact: Mapped[bytes] = mapped_column(LargeBinary, info=_binding(category=Category.NETWORK))
    path: Mapped[bytes] = mapped_column(LargeBinary, info=_binding(category=Category.NETWORK))
    instance: Mapped[str] = mapped_column(info=_binding(category=Category.DEVICE))
    reg_id: Mapped[int] = mapped_column(
        info=not_personal("which flow of the device, a small number")
    )
    q: Mapped[float] = mapped_column(info=not_personal("preference among the devices"))
    call_id: Mapped[str] = mapped_column(info=_binding(category=Category.DEVICE))
    cseq: Mapped[int] = mapped_column(BigInteger, info=not_personal("order of the requests"))
    expires_at: Mapped[Moment] = mapped_column(info=_binding(category=Category.TRAFFIC))
    message_expires_at: Mapped[Moment] = mapped_column(info=_binding(category=Category.TRAFFIC))
    transport: Mapped[str] = mapped_column(info=not_personal("one word among five"))
    source_ip: Mapped[str] = mapped_column(info=_binding(category=Category.NETWORK))
    source_port: Mapped[int] = mapped_column(info=_binding(category=Category.NETWORK))
    user_agent: Mapped[str] = mapped_column(info=_binding(category=Category.DEVICE))
    parameters: Mapped[bytes] = mapped_column(
        LargeBinary, info=_binding(category=Category.PUSH_TOKEN)
    )
    session: Mapped[int] = mapped_column(
        BigInteger, info=not_personal("the binding's row in the registration log")
    )
    created_at: Mapped[Moment] = mapped_column(info=_binding(category=Category.TRAFFIC))
    updated_at: Mapped[Moment] = mapped_column(info=_binding(category=Category.TRAFFIC))
