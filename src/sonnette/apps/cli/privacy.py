"""``sonnette privacy``: what is held of people, read off the declarations."""

from typing import Annotated

import typer

from sonnette.apps.cli.screen import AsJson, show, table, write_json
from sonnette.apps.schema import LOCATIONS, METADATA
from sonnette.privacy.registry import inventory

INVENTORY_COLUMNS = (
    ("place", "Place"),
    ("field", "Field"),
    ("category", "Category"),
    ("purpose", "Purpose"),
    ("basis", "Basis"),
    ("keep", "Kept"),
    ("erasure", "On erasure"),
)
OTHER_COLUMNS = (("place", "Place"), ("field", "Field"), ("not_personal", "Why not personal"))

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Personal data: inventory, export, erasure, retention.",
)


@app.callback()
def _group() -> None:
    """Keeps ``inventory`` a command of its own while it is the only one."""


@app.command("inventory")
def show_inventory(
    everything: Annotated[
        bool, typer.Option("--all", help="Also list what is not personal, and why.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List every stored datum: what it is, why, on which basis and for how long."""
    entries = inventory(METADATA, LOCATIONS)
    if as_json:
        write_json([entry.facts() for entry in entries])
        return
    show(table("Personal data", INVENTORY_COLUMNS, (e.facts() for e in entries if e.is_personal)))
    if everything:
        others = (entry.facts() for entry in entries if not entry.is_personal)
        show(table("Not personal", OTHER_COLUMNS, others))
