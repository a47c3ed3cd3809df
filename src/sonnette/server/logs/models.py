"""The tables of the call log (D-2) and of the registration log (D-4).

Kept twelve months for legal duty.  Moments are wall-clock seconds; a duration is exact to
the millisecond, whatever the wall clock did meanwhile.
"""

from functools import partial

from sqlalchemy import BigInteger, Double, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from sonnette.privacy.declare import by_address, by_uri, not_personal, personal, subjects
from sonnette.privacy.vocabulary import TWELVE_MONTHS, Basis, Category, Erasure, Export, Keep, Until
from sonnette.store.base import Base, Moment

_logged = partial(personal, basis=Basis.LEGAL_DUTY, export=Export.ACTIVITY, erasure=Erasure.SEAL)
_call = partial(
    _logged, purpose="legal.call-log", keep=Keep(Until.WRITTEN, TWELVE_MONTHS, "started_at")
)
_session = partial(
    _logged,
    purpose="legal.registration-log",
    keep=Keep(Until.WRITTEN, TWELVE_MONTHS, "refreshed_at"),
)
_failure = partial(
    _logged, purpose="legal.registration-log", keep=Keep(Until.WRITTEN, TWELVE_MONTHS, "hour")
)


def _partial(name: str, column: str, condition: str) -> Index:
    """An index of the few rows that a restart must find among a year's."""
    return Index(name, column, sqlite_where=text(condition), postgresql_where=text(condition))


class CallRecord(Base):
    """One call through the server.

    ``ending`` is ``open`` while the call lasts, then ``known``, or ``unknown`` where the server
    did not see it; ``duration_s`` counts from the answer and is there when the end is known.
    """

    __tablename__ = "call_record"
    __table_args__ = (
        Index(None, "caller"),
        Index(None, "callee"),
        Index(None, "started_at"),
        _partial("ix_call_record_open", "id", "ending = 'open'"),
        {"info": subjects(by_uri("caller"), by_uri("callee"))},
    )

    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False, info=not_personal("a random number")
    )
    caller: Mapped[str] = mapped_column(info=_call(category=Category.ADDRESS))
    callee: Mapped[str] = mapped_column(info=_call(category=Category.ADDRESS))
    started_at: Mapped[Moment] = mapped_column(info=_call(category=Category.TRAFFIC))
    completed: Mapped[bool] = mapped_column(info=_call(category=Category.TRAFFIC))
    duration_s: Mapped[float | None] = mapped_column(Double, info=_call(category=Category.TRAFFIC))
    ending: Mapped[str] = mapped_column(info=not_personal("whether the server saw the call's end"))


class RegistrationSession(Base):
    """A device's stay: from its first REGISTER to its last, at one IP address.

    ``ended_at`` is empty while the binding lives.
    """

    __tablename__ = "registration_session"
    __table_args__ = (
        Index(None, "domain", "username"),
        Index(None, "refreshed_at"),
        _partial("ix_registration_session_open", "id", "ended_at IS NULL"),
        {"info": subjects(by_address("domain", "username"))},
    )

    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False, info=not_personal("a random number")
    )
    domain: Mapped[str] = mapped_column(info=_session(category=Category.ADDRESS))
    username: Mapped[str] = mapped_column(info=_session(category=Category.ADDRESS))
    device: Mapped[str] = mapped_column(info=_session(category=Category.DEVICE))
    ip: Mapped[str] = mapped_column(info=_session(category=Category.NETWORK))
    started_at: Mapped[Moment] = mapped_column(info=_session(category=Category.TRAFFIC))
    refreshed_at: Mapped[Moment] = mapped_column(info=_session(category=Category.TRAFFIC))
    ended_at: Mapped[Moment | None] = mapped_column(info=_session(category=Category.TRAFFIC))


class RegistrationFailure(Base):
    """Refused registrations, counted per account, source and hour.

    ``username`` is empty where the name tried is none of ours: a stranger's guess is not
    an account's datum.
    """

    __tablename__ = "registration_failure"
    __table_args__ = (
        Index(None, "hour"),
        {"info": subjects(by_address("domain", "username"))},
    )

    domain: Mapped[str] = mapped_column(primary_key=True, info=_failure(category=Category.ADDRESS))
    username: Mapped[str] = mapped_column(
        primary_key=True, info=_failure(category=Category.ADDRESS)
    )
    ip: Mapped[str] = mapped_column(primary_key=True, info=_failure(category=Category.NETWORK))
    hour: Mapped[Moment] = mapped_column(primary_key=True, info=_failure(category=Category.TRAFFIC))
    failures: Mapped[int] = mapped_column(info=_failure(category=Category.TRAFFIC))
