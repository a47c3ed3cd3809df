"""``sonnette config``: what is set, what can be set."""

from typing import Annotated

import typer
from rich.table import Table

from sonnette.apps.cli.screen import AsJson, ConfigFile, show, tell, write_json
from sonnette.apps.keys import Key, known_keys, nearest
from sonnette.apps.reference import page, toml
from sonnette.apps.settings import Settings, chosen
from sonnette.base.errors import LocalError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="The configuration: check, show, explain, docs.",
)


@app.command()
def check(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Say whether the configuration is sound."""
    chosen(config)
    if as_json:
        write_json({"sound": True})
    else:
        tell("The configuration is sound.")


@app.command("show")
def show_settings(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Print every setting as it is in force; secrets are not shown."""
    settings = chosen(config).model_dump(mode="json")
    if as_json:
        write_json(settings)
        return
    grid = Table.grid(padding=(0, 2))
    for name, value in _flat(settings):
        grid.add_row(name, toml(value))
    show(grid)


@app.command()
def explain(
    key: Annotated[str, typer.Argument(help="A key such as sip.listen.")], as_json: AsJson = False
) -> None:
    """Say what a key means."""
    known = known_keys(Settings)
    if key not in known:
        near = nearest(key, known)
        raise LocalError("config.unknown-key", f"no key is called {key}; the nearest is {near}")
    found = known[key]
    if as_json:
        write_json(found._asdict())
    else:
        show(_explained(found))


@app.command()
def docs(as_json: AsJson = False) -> None:
    """Print the reference of every key, in Markdown."""
    if as_json:
        write_json([key._asdict() for key in known_keys(Settings).values()])
    else:
        typer.echo(page())


def _explained(key: Key) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_row(key.name, key.meaning)
    grid.add_row("", f"default: {toml(key.default)}")
    grid.add_row("", f"environment: SONNETTE_{key.name.upper().replace('.', '__')}")
    if key.reloadable:
        grid.add_row("", "read again on SIGHUP")
    return grid


def _flat(tree: dict[str, object], prefix: str = "") -> list[tuple[str, object]]:
    flat: list[tuple[str, object]] = []
    for name, value in tree.items():
        if isinstance(value, dict):
            flat += _flat(value, f"{prefix}{name}.")
        else:
            flat.append((prefix + name, value))
    return flat
