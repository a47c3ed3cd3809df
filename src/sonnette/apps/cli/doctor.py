"""``sonnette doctor``: what is wrong with the installation, and the one thing to do about it."""

from datetime import UTC, datetime

import typer

from sonnette.apps.cli.screen import AsJson, ConfigFile, say, show, tell, write_json
from sonnette.apps.diagnosis import Finding, State, examine
from sonnette.apps.settings import chosen

STYLES = {State.GOOD: "green", State.NOTE: "yellow", State.BAD: "bold red"}
MARKS = {State.GOOD: "✓", State.NOTE: "!", State.BAD: "✗"}

app = typer.Typer(add_completion=False)


@app.command()
def doctor(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Check the installation; each finding names its fix."""
    findings = list(examine(chosen(config), datetime.now(UTC)))
    if as_json:
        write_json([finding._asdict() for finding in findings])
    else:
        _show(findings)
    if any(finding.state is State.BAD for finding in findings):
        raise typer.Exit(1)


def _show(findings: list[Finding]) -> None:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    for finding in findings:
        style = STYLES[finding.state]
        told = Text(finding.what)
        if finding.fix:
            told.append(f"\n→ {finding.fix}", style=style)
        grid.add_row(Text(MARKS[finding.state], style=style), Text(say(finding.subject)), told)
    show(grid)
    bad = sum(finding.state is State.BAD for finding in findings)
    tell("")
    if bad:
        tell("To repair: {count}", count=bad)
    else:
        tell("Nothing stands in the way.")
