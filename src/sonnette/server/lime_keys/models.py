"""The tables of public keys (D-14): what devices publish for others to encrypt to.

All of it is public by nature and goes with the account, or with the device.
"""

from functools import partial

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from sonnette.privacy.declare import by_account, not_personal, personal, subjects
from sonnette.privacy.vocabulary import Basis, Category, Erasure, Export, Keep, Until
from sonnette.store.base import Base, Moment

_key = partial(
    personal,
    category=Category.PUBLIC_KEY,
    purpose="service.encryption",
    basis=Basis.CONTRACT,
    keep=Keep(Until.DEVICE_REMOVED),
    export=Export.SHOWN,
    erasure=Erasure.DELETE,
)
_device = partial(_key, category=Category.DEVICE)
_ALGORITHM = "which algorithm of LIME, a small number"
_NUMBER = "a random number that tells keys of a device apart"


class LimeDevice(Base):
    """A device's identity and signed prekey in one algorithm; ``device`` is its GRUU."""

    __tablename__ = "lime_device"
    __table_args__ = {"info": subjects(by_account("account_id"))}  # noqa: RUF012

    device: Mapped[str] = mapped_column(primary_key=True, info=_device())
    algorithm: Mapped[int] = mapped_column(primary_key=True, info=not_personal(_ALGORITHM))
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"),
        index=True,
        info=not_personal("link to a subject"),
    )
    identity: Mapped[bytes] = mapped_column(LargeBinary, info=_key())
    signed_number: Mapped[int] = mapped_column(BigInteger, info=not_personal(_NUMBER))
    signed_public: Mapped[bytes] = mapped_column(LargeBinary, info=_key())
    signed_signature: Mapped[bytes] = mapped_column(LargeBinary, info=_key())
    published_at: Mapped[Moment] = mapped_column(info=_device())


class LimeOneTimeKey(Base):
    """A one-time prekey that has not been handed out yet."""

    __tablename__ = "lime_one_time_key"
    __table_args__ = (
        ForeignKeyConstraint(
            ["device", "algorithm"],
            ["lime_device.device", "lime_device.algorithm"],
            ondelete="CASCADE",
        ),
        {"info": subjects(by_account("account_id"))},
    )

    device: Mapped[str] = mapped_column(primary_key=True, info=_device())
    algorithm: Mapped[int] = mapped_column(primary_key=True, info=not_personal(_ALGORITHM))
    number: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False, info=not_personal(_NUMBER)
    )
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"),
        index=True,
        info=not_personal("link to a subject"),
    )
    public: Mapped[bytes] = mapped_column(LargeBinary, info=_key())
