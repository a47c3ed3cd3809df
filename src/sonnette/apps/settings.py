"""The whole configuration: one TOML file, overlaid by environment and command line.

Each package owns its sections; here they are composed, read once and made absolute: a
relative path is relative to the file that states it, or to the working directory where
there is no file.  Constructors receive *their* settings; nothing here is global.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, StringConstraints, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from sonnette.apps.keys import known_keys, nearest
from sonnette.base.errors import LocalError
from sonnette.base.settings import Reload, Section, split_words
from sonnette.net.settings import Http, Tls
from sonnette.server.settings import Media, Sip
from sonnette.store.settings import Store

FILE_NAME = "sonnette.toml"
PREFIX = "SONNETTE_"

DomainName = Annotated[
    str,
    StringConstraints(
        to_lower=True, max_length=253, pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$"
    ),
]
DomainNames = Annotated[tuple[DomainName, ...], BeforeValidator(split_words)]


class Mail(Section):
    """How letters leave; without this section they are written under data_dir/outbox."""

    url_file: Path
    """A file holding smtp://user:password@host."""


class Sms(Section):
    """How text messages leave; without this section they are written under data_dir/outbox."""

    url_file: Path
    """A file holding the address of the SMS provider."""


class Log(Section):
    """What the server says about its own work, on stderr."""

    level: Annotated[Literal["debug", "info", "warning", "error"], Reload()] = "info"
    """The least severe message that is written."""


class Settings(BaseSettings):
    """Everything an operator can set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        enable_decoding=False,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )

    domain: DomainName = "example.test"
    """The SIP domain: what stands after the @ of an address."""

    domains: DomainNames = ()
    """Further SIP domains served."""

    data_dir: Path = Path("var")
    """The folder of everything the server keeps: database, keys, control socket."""

    sip: Sip = Sip()
    tls: Tls | None = None
    http: Http = Http()
    store: Store = Store()
    media: Media = Media()
    mail: Mail | None = None
    sms: Sms | None = None
    log: Log = Log()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line over environment over file; nothing else is looked at."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def control_socket(self) -> Path:
        """Where the running server listens to its operator."""
        return self.data_dir / "control.sock"


def load(file: Path | None = None, overrides: Mapping[str, str] | None = None) -> Settings:
    """Read the configuration; ``overrides`` are dotted keys and values of the command line.

    Raises :exc:`LocalError` ``config.*`` that names every key found unknown or wrong.
    """
    refuse_unknown_variables()
    if file is not None and not file.is_file():
        raise LocalError("config.missing", f"{file}: no such file; `sonnette init` writes one")

    class Layered(Settings):
        model_config = SettingsConfigDict(toml_file=file)

    try:
        settings = Layered(**_nested(overrides or {}))
    except ValidationError as error:
        raise LocalError("config.invalid", _findings(error)) from None
    except OSError as error:
        raise LocalError("config.unreadable", f"{file}: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise LocalError("config.syntax", f"{file}: {error}") from None
    return _with_database(_anchored(settings, (file.parent if file else Path()).absolute()))


def chosen(file: Path | None, overrides: Mapping[str, str] | None = None) -> Settings:
    """The settings of ``file``, else of sonnette.toml in the working directory, else the
    defaults."""
    here = Path(FILE_NAME)
    return load(file or (here if here.is_file() else None), overrides)


def database_url(settings: Settings) -> str:
    """The database's address, out of its file where it has one.

    Raises :exc:`LocalError` ``config.unreadable`` where that file is not to be read.
    """
    file = settings.store.url_file
    if file is None:
        return settings.store.url
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise LocalError("config.unreadable", f"{file}: {error.strerror}") from None


def refuse_unknown_variables() -> None:
    """Refuse a variable that looks like a setting and is none: a typing mistake."""
    known = known_keys(Settings)
    for variable in os.environ:
        key = variable.removeprefix(PREFIX).lower().replace("__", ".")
        if variable.startswith(PREFIX) and "__" in variable and key not in known:
            raise LocalError("config.invalid", _unknown(variable, _variable(nearest(key, known))))


def _variable(key: str) -> str:
    return PREFIX + key.upper().replace(".", "__")


def _unknown(key: str, near: str) -> str:
    return f"unknown key {key}; the nearest known key is {near}"


def _findings(error: ValidationError) -> str:
    lines = []
    for finding in error.errors(include_url=False, include_context=False, include_input=False):
        key = ".".join(str(step) for step in finding["loc"])
        if finding["type"] == "extra_forbidden":
            lines.append(_unknown(key, nearest(key, known_keys(Settings))))
        else:
            lines.append(f"{key}: {finding['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)


def _nested(overrides: Mapping[str, str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in overrides.items():
        section, _, name = key.rpartition(".")
        (tree.setdefault(section, {}) if section else tree)[name] = value
    return tree


_Model = TypeVar("_Model", bound=BaseModel)


def _anchored(section: _Model, folder: Path) -> _Model:
    """The same section with every relative path taken from ``folder``."""
    changes: dict[str, Any] = {}
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, Path):
            changes[name] = folder / value
        elif isinstance(value, BaseModel):
            changes[name] = _anchored(value, folder)
    if isinstance(section, Store) and "url" in section.model_fields_set:
        changes["url"] = _anchored_url(section.url, folder)
    return section.model_copy(update=changes)


def _anchored_url(url: str, folder: Path) -> str:
    scheme, mark, path = url.partition(":///")
    relative = scheme.startswith("sqlite") and path and path != ":memory:"
    return f"{scheme}{mark}{folder / path}" if relative else url


def _with_database(settings: Settings) -> Settings:
    """Put the database into data_dir where nothing says otherwise."""
    if "url" in settings.store.model_fields_set:
        return settings
    url = f"sqlite:///{settings.data_dir / 'sonnette.db'}"
    return settings.model_copy(update={"store": settings.store.model_copy(update={"url": url})})
