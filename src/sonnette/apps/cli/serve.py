"""``sonnette serve``: run the server in the foreground."""

import asyncio
from typing import Annotated, Any

import typer
from rich.panel import Panel
from rich.text import Text

from sonnette.apps import logs, process
from sonnette.apps.cli.screen import AsJson, ConfigFile, hint, say, show, write_json
from sonnette.apps.daemon import Daemon, Ready
from sonnette.apps.schema import personal_fields
from sonnette.apps.settings import Settings, chosen

app = typer.Typer(add_completion=False)


@app.command()
def serve(
    config: ConfigFile = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Add the accounts alice, bob and carol to try.")
    ] = False,
    address: Annotated[
        str,
        typer.Option(help="Listen on this address of the machine instead of loopback."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Serve the domain."""

    def settings() -> Settings:
        return _moved(chosen(config), address)

    first = settings()
    logs.configure(first.log.level, personal_fields())
    process.keep_memory_private()
    process.allow_many_files()
    announce = write_json if as_json else _announce

    async def run() -> None:
        await Daemon(first, settings, is_demo=demo).run(announce)

    with asyncio.Runner(loop_factory=process.loop_factory()) as runner:
        runner.run(run())


def _moved(settings: Settings, address: str) -> Settings:
    """The same listeners on ``address`` where they stand on loopback."""
    if not address:
        return settings
    sip = tuple(
        at._replace(host=address) if at.host == "127.0.0.1" else at for at in settings.sip.listen
    )
    http = settings.http.listen
    if http.host == "127.0.0.1":
        http = http._replace(host=address)
    return settings.model_copy(
        update={
            "sip": settings.sip.model_copy(update={"listen": sip}),
            "http": settings.http.model_copy(update={"listen": http}),
        }
    )


def _announce(ready: Ready) -> None:
    facts: Any = ready
    text = Text()
    text.append(say("Start page  "), style="bold")
    text.append(f"{facts['http']}/\n", style="link " + facts["http"])
    for transport, where in facts["sip"].items():
        text.append(f"SIP {transport:<7} ", style="bold")
        text.append(f"{where}\n")
    for account in facts.get("accounts", ()):
        text.append(f"\n{account['address']}", style="bold")
        text.append(say("   password {password}", password=account["password"]) + "\n")
        text.append(f"  {account['provisioning']}\n", style="link " + account["provisioning"])
    title = say("{domain} is served", domain=facts["domain"])
    show(Panel(text, title=title, title_align="left", expand=False))
    if "accounts" in facts:
        hint("Paste a link above into Linphone's assistant (remote provisioning), or scan its code")
        hint("on the start page; do the same elsewhere with another account, and call.")
    hint("Stop with Ctrl+C, or with `sonnette stop`.")
