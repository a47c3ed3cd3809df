"""``sonnette stop``: end the running server, and wait until it has ended."""

import os
import select
from typing import Annotated, Any

import typer

from sonnette.apps.cli.screen import AsJson, ConfigFile, tell, write_json
from sonnette.apps.settings import chosen
from sonnette.base.errors import LocalError
from sonnette.net.control import ControlClient

PATIENCE_SECONDS = 10.0

app = typer.Typer(add_completion=False)


@app.command()
def stop(
    config: ConfigFile = None,
    every: Annotated[
        bool,
        typer.Option("--all", help="Also end what outlives the server: the keeper of messages."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Stop the running server."""
    with ControlClient(chosen(config).control_socket) as server:
        answer: Any = server.call("server.stop", everything=every)
    _wait_for(answer["pid"])
    if as_json:
        write_json({"stopped": answer["pid"]})
    else:
        tell("The server has stopped.")


def _wait_for(pid: int) -> None:
    """Return once the process has ended; raises :exc:`LocalError` ``server.timeout``."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        ended, _, _ = select.select([process], [], [], PATIENCE_SECONDS)
    finally:
        os.close(process)
    if not ended:
        raise LocalError("server.timeout", f"process {pid} is still ending")
