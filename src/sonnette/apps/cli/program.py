"""The tree of commands; a branch is imported when it is climbed, so that --help is fast.

A branch whose package is not installed, or whose module another package brings later, is
left out.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

import sonnette
from sonnette.apps.cli.screen import say


class Branch(NamedTuple):
    """One name under ``sonnette``: its module exports ``app``."""

    meaning: str
    is_group: bool = False


BRANCHES = {
    "init": Branch("Write the configuration, TLS keys and the first administrator's invitation."),
    "serve": Branch("Serve the domain."),
    "stop": Branch("Stop the running server."),
    "doctor": Branch("Check the installation; each finding names its fix."),
    "account": Branch("Accounts: add, list, show, passwd, suspend, resume, delete.", True),
    "device": Branch("Devices of an account: list, remove.", True),
    "server": Branch("What the running server is doing.", True),
    "config": Branch("The configuration: check, show, explain, docs.", True),
    "privacy": Branch("Personal data: inventory, export, erasure, retention.", True),
    "phone": Branch("A phone in the terminal.", True),
    "g729": Branch("Encode and decode G.729.", True),
}


class Program(TyperGroup):
    """The root: knows every branch by name and loads the one that is asked for."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, branch in BRANCHES.items():
            if find_spec(_module(name)):
                self.commands[name] = TyperCommand(name, help=say(branch.meaning))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Put the real branch in the place of its name before it is looked up."""
        name = args[0] if args else ""
        if name in self.commands and name in BRANCHES:
            self.commands[name] = load(name)
        return super().resolve_command(ctx, args)


def load(name: str) -> TyperCommand | TyperGroup:
    """The command called ``name``, with its help in the operator's language."""
    branch, module = BRANCHES[name], import_module(_module(name))
    command: Any = get_group(module.app) if branch.is_group else get_command(module.app)
    command.name, command.help = name, command.help or branch.meaning
    _translate(command)
    loaded: TyperCommand | TyperGroup = command
    return loaded


def _module(name: str) -> str:
    return f"sonnette.apps.cli.{name}"


def _translate(command: Any) -> None:
    command.help = say(command.help or "")
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = say(parameter.help)
    for child in getattr(command, "commands", {}).values():
        _translate(child)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sonnette {sonnette.__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=Program,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=say("Calling and messaging that you run yourself."),
)


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_version, help=say("Print the version and end.")
        ),
    ] = False,
) -> None:
    """The options before any command."""
