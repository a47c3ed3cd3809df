"""``sonnette account``: who may use the service."""

from typing import Annotated, Any

import typer

from sonnette.apps.cli.screen import (
    AsJson,
    ConfigFile,
    facts,
    hint,
    say,
    show,
    table,
    tell,
    write_json,
)
from sonnette.apps.operator import operator
from sonnette.apps.settings import chosen
from sonnette.base.errors import LocalError
from sonnette.net.control import ControlClient

Address = Annotated[str, typer.Argument(help="The account's address: sip:NAME@DOMAIN.")]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of stdin.")
]

LIST_COLUMNS = (
    ("address", "Address"),
    ("active", "Active"),
    ("name", "Name"),
    ("phone", "Phone"),
    ("email", "E-mail"),
    ("created_at", "Created"),
)
DEVICE_COLUMNS = (
    ("instance", "Instance"),
    ("user_agent", "Application"),
    ("first_seen", "First seen"),
    ("last_seen", "Last seen"),
    ("fingerprints", "Key fingerprints"),
)

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Accounts: add, list, show, passwd, suspend, resume, delete.",
)


@app.command()
def add(
    address: Address,
    password_stdin: PasswordStdin = False,
    phone: Annotated[str | None, typer.Option(help="International number: +33…")] = None,
    email: Annotated[str | None, typer.Option(help="E-mail address.")] = None,
    name: Annotated[str | None, typer.Option(help="The member's name.")] = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Make an account."""
    settings = chosen(config)
    told = {"phone": phone, "email": email, "name": name}
    with operator(settings) as asked:
        secret = _password(password_stdin)
        account: Any = asked.call("account.add", address=address, password=secret, **told)
    if as_json:
        write_json(account)
        return
    tell("{address} can now register.", address=account["address"])
    hint(
        "Set up a phone with this address, its password and the server {domain}.",
        domain=settings.domain,
    )


@app.command("list")
def list_accounts(
    domain: Annotated[str | None, typer.Option(help="Of this domain only.")] = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show every account."""
    with operator(chosen(config)) as asked:
        accounts: list[Any] = list(asked.stream("account.list", domain=domain))
    if as_json:
        write_json(accounts)
    elif accounts:
        show(table("Accounts", LIST_COLUMNS, accounts))
    else:
        tell("There is no account yet.")
        hint("Make one: sonnette account add sip:NAME@DOMAIN")


@app.command("show")
def show_account(address: Address, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show one account and its devices."""
    with operator(chosen(config)) as asked:
        account: Any = asked.call("account.show", address=address)
    if as_json:
        write_json(account)
        return
    show(facts([(heading, account[key]) for key, heading in LIST_COLUMNS]))
    if account["devices"]:
        tell("")
        show(table("Devices", DEVICE_COLUMNS, account["devices"]))


@app.command()
def passwd(
    address: Address,
    password_stdin: PasswordStdin = False,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Change the password of an account."""
    with operator(chosen(config)) as asked:
        secret = _password(password_stdin)
        answer = asked.call("account.passwd", address=address, password=secret)
    _report(answer, as_json, "The password is changed; phones must be given the new one.")


@app.command()
def provision(address: Address, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Make a link and QR code that set up a Linphone app, once."""
    with ControlClient(chosen(config).control_socket) as server:
        answer: Any = server.call("account.provision", address=address)
    if as_json:
        write_json(answer)
        return
    import segno

    segno.make(answer["link"], error="l", micro=False).terminal(compact=True)
    tell(answer["link"])
    hint("It works once, within a day. Whoever has it can use the account: hand it over in person.")


@app.command()
def suspend(address: Address, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Stop serving an account; its data stay."""
    with operator(chosen(config)) as asked:
        answer = asked.call("account.suspend", address=address)
    _report(answer, as_json, "The account is suspended; `sonnette account resume` serves it again.")


@app.command()
def resume(address: Address, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Serve a suspended account again."""
    with operator(chosen(config)) as asked:
        answer = asked.call("account.resume", address=address)
    _report(answer, as_json, "The account is served again.")


@app.command()
def delete(
    address: Address,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Delete an account and its devices."""
    if not yes and not as_json:
        typer.confirm(say("Delete {address}? This cannot be undone.", address=address), abort=True)
    with operator(chosen(config)) as asked:
        answer = asked.call("account.delete", address=address)
    _report(answer, as_json, "The account is deleted.")


def _report(answer: object, as_json: bool, sentence: str) -> None:
    if as_json:
        write_json(answer)
    else:
        tell(sentence)


def _password(from_stdin: bool) -> str:
    """Never an argument: those are seen by every user of the machine."""
    if from_stdin:
        return typer.get_text_stream("stdin").readline().rstrip("\r\n")
    if not typer.get_text_stream("stdin").isatty():
        raise LocalError("account.no-password", "no terminal to ask on: use --password-stdin")
    answer: str = typer.prompt(say("Password"), hide_input=True, confirmation_prompt=True)
    return answer
