"""The section about the database."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, PlainSerializer

from sonnette.base.settings import Section


def without_password(url: str) -> str:
    """The URL with its password blanked, to be shown."""
    password = urlsplit(url).password
    return url.replace(f":{password}@", ":***@", 1) if password else url


class Store(Section):
    """Where accounts, logs and bindings are kept."""

    url: Annotated[str, PlainSerializer(without_password)] = Field(
        default="sqlite:///var/sonnette.db", repr=False
    )
    """SQLAlchemy's address of the database: sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME.
    When it is left out: sonnette.db in data_dir."""

    url_file: Path | None = None
    """A file holding the address, for one with a password; it then replaces url."""
