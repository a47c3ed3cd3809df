"""The configuration written out: as a file to edit, and as a page to read."""

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from textwrap import wrap

from sonnette.apps.keys import Key, keys
from sonnette.apps.settings import Settings

WIDTH = 96
INTRODUCTION = (
    "One file, `sonnette.toml`, overridden by the environment: `SONNETTE_SIP__LISTEN=…` stands for",
    "`listen` under `[sip]`.  A relative path is relative to the file.  An unknown key is an error",
    "that names the nearest known one.",
)


def commented(values: Mapping[str, object]) -> str:
    """A sonnette.toml that explains every key; those in ``values`` are set, the others stand
    as comments that show their default."""
    return "\n".join(_file(values)) + "\n"


def page() -> str:
    """The reference page, in Markdown."""
    return "\n".join(_page()) + "\n"


def toml(value: object) -> str:
    """A default as TOML writes it: JSON's strings, numbers and arrays are TOML too."""
    return json.dumps(value, ensure_ascii=False)


def _file(values: Mapping[str, object]) -> Iterator[str]:
    yield "# The configuration of a Sonnette server.  What is commented out shows its default."
    for section, members in _sections():
        yield ""
        if section:
            is_optional = any(key.required for key in members)
            yield f"{'# ' if is_optional else ''}[{section}]"
        for key in members:
            yield from (f"# {line}" for line in wrap(key.meaning, WIDTH))
            name = key.name.rpartition(".")[2]
            if key.name in values:
                yield f"{name} = {toml(values[key.name])}"
            else:
                yield f"# {name} = {toml(_default(key))}"


def _page() -> Iterator[str]:
    yield "# Configuration"
    yield ""
    yield from INTRODUCTION
    for section, members in _sections():
        yield ""
        yield f"## `[{section}]`" if section else "## The domain"
        for key in members:
            yield ""
            yield f"### `{key.name}`"
            yield ""
            yield key.meaning
            yield ""
            yield f"- Default: {_default_shown(key)}"
            yield f"- Environment: `SONNETTE_{key.name.upper().replace('.', '__')}`"
            if key.reloadable:
                yield "- Read again on SIGHUP"


def _sections() -> Iterator[tuple[str, list[Key]]]:
    for section, members in groupby(keys(Settings), lambda key: key.name.rpartition(".")[0]):
        yield section, list(members)


def _default_shown(key: Key) -> str:
    if key.required:
        return "none: the section needs it"
    return "none" if key.default is None else f"`{toml(key.default)}`"


def _default(key: Key) -> object:
    return "" if key.default is None else key.default
