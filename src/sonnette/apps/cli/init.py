"""``sonnette init``: everything a new domain needs before its first start."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from sonnette.apps.certificates import certificate_of
from sonnette.apps.cli.screen import AsJson, hint, tell, write_json
from sonnette.apps.reference import commented
from sonnette.apps.settings import FILE_NAME, Settings, load
from sonnette.base.entropy import Entropy, SystemEntropy
from sonnette.base.errors import LocalError

INVITATION_LIFE = timedelta(days=7)
TOKEN_SIZE = 24  # bytes: beyond guessing

app = typer.Typer(add_completion=False)


@app.command()
def init(
    domain: Annotated[str, typer.Option(help="The SIP domain to serve.")] = "example.test",
    folder: Annotated[
        Path, typer.Option("--dir", help="The folder to write into.", file_okay=False)
    ] = Path(),
    as_json: AsJson = False,
) -> None:
    """Write the configuration, TLS keys and the first administrator's invitation."""
    file = folder / FILE_NAME
    if file.exists():
        raise LocalError("init.exists", f"{file} exists: edit it, or choose another --dir")
    now = datetime.now(UTC)
    settings = load(overrides={"domain": domain})  # refuses a domain that cannot be one
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(commented({"domain": settings.domain}), encoding="utf-8")
    settings = load(file)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    certificate = certificate_of(settings, now)
    invitation = _invite(settings, SystemEntropy(), now)
    if as_json:
        written = {"config": file, "ca": certificate.authority, "invitation": invitation}
        write_json({name: str(path) for name, path in written.items()})
        return
    tell("Configuration          {path}", path=file)
    tell("Certificate authority  {path}", path=certificate.authority)
    tell("First administrator    {path}", path=invitation)
    hint(
        "Next: sonnette account add sip:NAME@{domain}, then sonnette serve", domain=settings.domain
    )


def _invite(settings: Settings, entropy: Entropy, now: datetime) -> Path:
    """The file whose bearer may become the first administrator, for a week."""
    path = settings.data_dir / "admin-invitation.json"
    invitation = {
        "role": "admin",
        "domain": settings.domain,
        "token": entropy.draw(TOKEN_SIZE).hex(),
        "expires": (now + INVITATION_LIFE).isoformat(timespec="seconds"),
    }
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(invitation, file)
    return path
