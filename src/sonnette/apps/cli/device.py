"""``sonnette device``: what an account is used on."""

from typing import Annotated, Any

import typer

from sonnette.apps.cli.account import DEVICE_COLUMNS, Address
from sonnette.apps.cli.screen import AsJson, ConfigFile, show, table, tell, write_json
from sonnette.apps.operator import operator
from sonnette.apps.settings import chosen

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Devices of an account: list, remove."
)


@app.command("list")
def list_devices(address: Address, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show the devices of an account, the latest first."""
    with operator(chosen(config)) as asked:
        devices: list[Any] = list(asked.stream("device.list", address=address))
    if as_json:
        write_json(devices)
    elif devices:
        show(table("Devices", DEVICE_COLUMNS, devices))
    else:
        tell("No device has registered yet.")


@app.command()
def remove(
    address: Address,
    instance: Annotated[str, typer.Argument(help="The device's instance, as `list` shows it.")],
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Forget a device; it must register anew, with the account's password."""
    with operator(chosen(config)) as asked:
        answer = asked.call("device.remove", address=address, instance=instance)
    if as_json:
        write_json(answer)
    else:
        tell("The device is removed.")
