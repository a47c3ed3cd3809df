"""How commands speak: tables and sentences for people, JSON for programs."""

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sonnette.base.errors import LocalError
from sonnette.base.language import catalogue, from_environment

if TYPE_CHECKING:  # imported where it draws: a program that asks for JSON does not wait for it
    from rich.console import RenderableType
    from rich.table import Table

LANGUAGES = ("en", "fr")

say = catalogue("sonnette.apps.cli", from_environment(os.environ, LANGUAGES))
"""Translates a sentence into the operator's language."""

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="SONNETTE_CONFIG",
        help="The configuration file (else sonnette.toml here, else the defaults).",
    ),
]

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")
"""A time as programs are given it; people see their own clock's."""

Row = Mapping[str, object]


def write_json(document: object) -> None:
    """One document, or one line of a stream, on stdout."""
    typer.echo(json.dumps(document, ensure_ascii=False))


def show(renderable: "RenderableType") -> None:
    """Print for people."""
    from rich.console import Console

    Console(highlight=False).print(renderable)


def tell(sentence: str, **values: object) -> None:
    """A sentence on stdout, in the operator's language."""
    typer.echo(say(sentence, **values))


def hint(sentence: str, **values: object) -> None:
    """A sentence on stderr: what to do next, out of the way of a program that reads stdout."""
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True, highlight=False, soft_wrap=True).print(
        Text(say(sentence, **values), style="dim")
    )


def complain(error: LocalError) -> None:
    """Why a command failed, on stderr."""
    from rich.console import Console
    from rich.text import Text

    line = Text()
    line.append(say("error: "), style="bold red")
    line.append(_explained(error))
    Console(stderr=True, highlight=False, soft_wrap=True).print(line)


def _explained(error: LocalError) -> str:
    """In the operator's language by the error's code, with the particulars as they came."""
    known = say.sentences.get(error.code)
    return f"{known} ({error.message})" if known else error.message


def table(title: str, columns: Sequence[tuple[str, str]], rows: Iterable[Row]) -> "Table":
    """A table whose columns are (key of the row, heading); one that stays empty is left out."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    cells = [{key: _cell(row.get(key)) for key, _ in columns} for row in rows]
    shown = [
        (key, heading) for key, heading in columns if not cells or any(row[key] for row in cells)
    ]
    made = Table(
        title=say(title),
        title_justify="left",
        title_style="bold",
        header_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for _, heading in shown:
        made.add_column(say(heading), overflow="fold")
    for row in cells:
        made.add_row(*(Text(row[key]) for key, _ in shown))
    return made


def facts(rows: Sequence[tuple[str, object]]) -> "Table":
    """Names and values, one below the other; an empty value is left out."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    for name, value in rows:
        if text := _cell(value):
            grid.add_row(Text(say(name), style="bold"), Text(text))
    return grid


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return say("yes") if value else say("no")
        case list() | tuple():
            return ", ".join(_cell(item) for item in value)
        case str() if MOMENT.fullmatch(value):
            return datetime.fromisoformat(value).astimezone().strftime("%Y-%m-%d %H:%M")
        case _:
            return str(value)
