"""Writes the generated pages of the documentation: commands, configuration, decisions.

They come from the program itself, at each `make docs`, and therefore are not kept in the
repository.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ["LC_ALL"] = "C"  # the pages are English; the commands speak the reader's language

from sonnette.apps.cli.program import BRANCHES, Program, load
from sonnette.apps.reference import page

DOCS = Path(__file__).parents[1] / "docs"


def commands() -> Iterator[str]:
    """The page of commands, in Markdown."""
    yield "# Commands"
    yield ""
    yield "Exit status: 0 done, 1 refused or failed (the reason is on stderr), 2 wrong usage,"
    yield "3 timed out."
    present = Program(name="sonnette").commands
    for name in (name for name in BRANCHES if name in present):
        yield from _command(f"sonnette {name}", load(name))


def _command(path: str, command: Any, depth: int = 2) -> Iterator[str]:
    yield ""
    yield f"{'#' * depth} `{path}`"
    yield ""
    yield command.help or ""
    parameters = [one for one in command.params if "--help" not in one.opts]
    if parameters:
        yield ""
        yield "| | |"
        yield "|---|---|"
    for one in parameters:
        yield f"| `{_spelled(one)}` | {one.help or ''} |"
    for name, child in getattr(command, "commands", {}).items():
        yield from _command(f"{path} {name}", child, depth + 1)


def _spelled(parameter: Any) -> str:
    if not parameter.opts[0].startswith("-"):
        return str(parameter.name).upper()
    value = "" if getattr(parameter, "is_flag", False) else f" {str(parameter.name).upper()}"
    return ", ".join(parameter.opts) + value


def decisions() -> Iterator[str]:
    """The list of decision records."""
    yield "# Decisions"
    yield ""
    yield "Each says what the matter was, what was chosen, and what follows."
    yield ""
    for record in sorted((DOCS / "decisions").glob("[0-9]*.md")):
        title = record.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
        yield f"- [{title}]({record.name})"


def main() -> None:
    """Write the pages."""
    pages = {
        "reference/commands.md": "\n".join(commands()),
        "reference/configuration.md": page(),
        "decisions/index.md": "\n".join(decisions()),
    }
    for name, text in pages.items():
        (DOCS / name).write_text(text.rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
