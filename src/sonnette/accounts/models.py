"""The tables of members and their devices, with what each column is for (D-1).

A password is never stored: only the digest hashes ``H(username:realm:password)`` that SIP
and HTTP authentication need (P-5).
"""

from functools import partial

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sonnette.privacy.declare import by_account, not_personal, personal, subjects
from sonnette.privacy.vocabulary import TWELVE_MONTHS, Basis, Category, Erasure, Export, Keep, Until
from sonnette.store.base import Base, Moment

_subscription = partial(
    personal,
    purpose="service.account",
    basis=Basis.CONSENT | Basis.CONTRACT,
    keep=Keep(Until.ACCOUNT_CLOSED, archive_days=TWELVE_MONTHS),
    export=Export.PROVIDED,
    erasure=Erasure.ARCHIVE,
)
_credential = partial(
    _subscription,
    category=Category.CREDENTIAL,
    keep=Keep(Until.ACCOUNT_CLOSED),
    export=Export.WITHHELD,
    erasure=Erasure.DELETE,
)
_device = partial(
    personal,
    category=Category.DEVICE,
    purpose="service.devices",
    basis=Basis.CONTRACT,
    keep=Keep(Until.DEVICE_REMOVED),
    export=Export.ACTIVITY,
    erasure=Erasure.DELETE,
)


class Account(Base):
    """A member of one of our domains."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("domain", "username"),
        UniqueConstraint("domain", "phone"),
        {"info": subjects(by_account("id"))},
    )

    id: Mapped[int] = mapped_column(
        primary_key=True, info=not_personal("a number without meaning outside the database")
    )
    domain: Mapped[str] = mapped_column(info=_subscription(category=Category.ADDRESS))
    username: Mapped[str] = mapped_column(info=_subscription(category=Category.ADDRESS))
    ha1_md5: Mapped[str] = mapped_column(info=_credential())
    ha1_sha256: Mapped[str] = mapped_column(info=_credential())
    phone: Mapped[str | None] = mapped_column(info=_subscription(category=Category.PHONE))
    email: Mapped[str | None] = mapped_column(info=_subscription(category=Category.EMAIL))
    name: Mapped[str | None] = mapped_column(info=_subscription(category=Category.NAME))
    active: Mapped[bool] = mapped_column(
        info=not_personal("whether the service serves the account")
    )
    created_at: Mapped[Moment] = mapped_column(info=_subscription(category=Category.TRAFFIC))
    created_ip: Mapped[str | None] = mapped_column(info=_subscription(category=Category.NETWORK))
    created_user_agent: Mapped[str | None] = mapped_column(
        info=_subscription(category=Category.DEVICE)
    )


class Device(Base):
    """A device that an account was used on; ``instance`` is its ``+sip.instance`` or empty."""

    __tablename__ = "device"
    __table_args__ = {"info": subjects(by_account("account_id"))}  # noqa: RUF012  # SQLAlchemy's form

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"),
        primary_key=True,
        info=not_personal("link to a subject"),
    )
    instance: Mapped[str] = mapped_column(primary_key=True, info=_device())
    user_agent: Mapped[str] = mapped_column(info=_device())
    first_seen: Mapped[Moment] = mapped_column(info=_device())
    last_seen: Mapped[Moment] = mapped_column(info=_device())
