"""Which certificate the server shows: the operator's, or one of the built-in authority."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sonnette.apps.settings import Settings
from sonnette.net.authority import ensure, read_certificate


class Certificate(NamedTuple):
    """PEM files: the chain to show, its key, and the authority phones must be told of."""

    chain: Path
    key: Path
    authority: Path | None


def certificate_of(settings: Settings, now: datetime) -> Certificate:
    """The files to serve with; ours are made, or renewed near their end.

    Raises :exc:`LocalError` ``tls.certificate`` where the operator's own is not to be read.
    """
    if settings.tls is not None:
        read_certificate(settings.tls.certificate)
        return Certificate(settings.tls.certificate, settings.tls.key_file, None)
    listeners = (*settings.sip.listen, settings.http.listen)
    hosts = (settings.sip.advertise, *settings.sip.aliases, *(at.host for at in listeners))
    domains = (settings.domain, *settings.domains)
    made = ensure(settings.data_dir / "tls", domains, filter(None, hosts), now)
    return Certificate(made.certificate, made.key, made.authority)
