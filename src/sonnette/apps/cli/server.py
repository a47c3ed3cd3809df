"""``sonnette server``: what the running server is doing."""

import time
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from sonnette.apps.cli.screen import AsJson, ConfigFile, facts, show, table, tell, write_json
from sonnette.apps.settings import Settings, chosen
from sonnette.net.control import ControlClient

STEP_COLUMNS = (("name", "Step"), ("enabled", "On"), ("meaning", "What it does"))
BINDING_COLUMNS = (
    ("address", "Address"),
    ("contact", "Contact"),
    ("transport", "Transport"),
    ("alive", "Reachable"),
    ("expires_in", "Expires in (s)"),
    ("user_agent", "Application"),
)
CALL_COLUMNS = (
    ("caller", "Caller"),
    ("callee", "Callee"),
    ("state", "State"),
    ("seconds", "Seconds"),
)
BAN_COLUMNS = (("source", "Source"), ("reason", "Reason"), ("ends_in", "Ends in (s)"))
QUEUE_COLUMNS = (("name", "Queue"), ("waiting", "Waiting"))
TOP_COLUMNS = (("name", "What"), ("value", "Now"), ("rate", "Per second"))

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="What the running server is doing."
)


@app.command()
def status(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show where the server listens, and since when."""
    answer = _call(chosen(config), "server.status")
    if as_json:
        write_json(answer)
    else:
        show(facts([(name, _shown(value)) for name, value in answer.items() if name != "event"]))


@app.command()
def steps(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show the steps a request walks through, in order."""
    _list(chosen(config), "server.steps", ("Steps", STEP_COLUMNS), as_json)


@app.command()
def bindings(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show the devices that are registered now."""
    _list(chosen(config), "server.bindings", ("Bindings", BINDING_COLUMNS), as_json)


@app.command()
def calls(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show the calls in progress."""
    _list(chosen(config), "server.calls", ("Calls", CALL_COLUMNS), as_json)


@app.command()
def bans(
    lift: Annotated[str, typer.Option(help="Lift the ban of this source.")] = "",
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show who is refused for now, and why."""
    settings = chosen(config)
    if lift:
        answer = _call(settings, "server.unban", source=lift)
        if as_json:
            write_json(answer)
        else:
            tell("The ban is lifted.")
        return
    _list(settings, "server.bans", ("Bans", BAN_COLUMNS), as_json)


@app.command()
def queues(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show what waits inside the server."""
    _list(chosen(config), "server.queues", ("Queues", QUEUE_COLUMNS), as_json)


@app.command()
def top(
    count: Annotated[int, typer.Option(help="End after so many looks; 0 never ends.")] = 0,
    every: Annotated[float, typer.Option(help="Seconds between two looks.", min=0.1)] = 1.0,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Watch the counters and their rates."""
    looks = _looks(chosen(config), count, every)
    if as_json:
        for rows in looks:
            write_json({row["name"]: row["value"] for row in rows})
        return
    from rich.live import Live

    with Live(auto_refresh=False) as screen:
        for rows in looks:
            screen.update(table("Now", TOP_COLUMNS, rows), refresh=True)


@app.command()
def reload(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Read certificates, limits and log levels again, as SIGHUP does."""
    answer = _call(chosen(config), "server.reload")
    if as_json:
        write_json(answer)
    else:
        tell("The server has read its configuration again; its log says what it thinks of it.")


def _shown(value: object) -> object:
    """Addresses by transport as one line; the demonstration's accounts are on its page."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {at}" for name, at in value.items())
    return None if isinstance(value, list) else value


def _call(settings: Settings, command: str, **arguments: object) -> Any:
    with ControlClient(settings.control_socket) as server:
        return server.call(command, **arguments)


def _list(
    settings: Settings, stream: str, form: tuple[str, tuple[tuple[str, str], ...]], as_json: bool
) -> None:
    with ControlClient(settings.control_socket) as server:
        rows: list[Any] = list(server.stream(stream))
    if as_json:
        write_json(rows)
    else:
        title, columns = form
        show(table(title, columns, rows))


def _looks(settings: Settings, count: int, every: float) -> Iterator[list[dict[str, Any]]]:
    """The counters again and again, with their rates since the look before."""
    before: dict[str, float] = {}
    with ControlClient(settings.control_socket) as server:
        number = 0
        while not count or number < count:
            if number:
                time.sleep(every)
            number += 1
            now: Any = server.call("server.meter")
            yield [
                {"name": name, "value": value, "rate": _rate(before.get(name), value, every)}
                for name, value in now.items()
            ]
            before = now


def _rate(before: float | None, value: float, every: float) -> float | None:
    return None if before is None else round((value - before) / every, 1)
