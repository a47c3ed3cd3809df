"""The declarative base of every table, and its one naming convention.

A name for every constraint makes each of them alterable by a migration, on every database.
Moments are columns of type :data:`Moment`: seconds of the Unix epoch, UTC.
"""

from typing import Annotated, ClassVar

from sqlalchemy import Double, MetaData
from sqlalchemy.orm import DeclarativeBase

Moment = Annotated[float, "seconds of the Unix epoch"]

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What every model derives from."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[object, object]] = {Moment: Double()}
