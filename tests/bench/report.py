"""Turns what a bench returns into tables for people.

A bench returns a dictionary.  ``tables`` (a title to its rows, each row a dictionary of the
same columns) and ``notes`` (texts) are laid out; any other key becomes a line of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

Row = Mapping[str, Any]


def show(console: Console, name: str, result: Mapping[str, Any]) -> None:
    """Print the result of the bench ``name``."""
    console.rule(name)
    for title, rows in result.get("tables", {}).items():
        console.print(table(title, rows))
    plain = {key: value for key, value in result.items() if key not in {"tables", "notes"}}
    for key, value in flat(plain):
        console.print(f"{key}: {cell(value)}", markup=False, highlight=False)
    for note in result.get("notes", []):
        console.print(note, style="dim", markup=False, highlight=False)


def table(title: str, rows: Sequence[Row]) -> Table:
    """A table with the first row's keys as its columns."""
    grid = Table(title=title, title_justify="left", box=None, header_style="bold")
    for column, value in rows[0].items():
        grid.add_column(column, justify="right" if isinstance(value, int | float) else "left")
    for row in rows:
        grid.add_row(*(cell(row.get(column, "")) for column in rows[0]))
    return grid


def cell(value: object) -> str:
    """A number with the figures that mean something, or the text of anything else."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested dictionaries as dotted keys."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
