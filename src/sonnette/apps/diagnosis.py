"""What ``sonnette doctor`` looks at: each finding names the one thing to do about it."""

import os
import socket
import ssl
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from sonnette.apps.certificates import certificate_of
from sonnette.apps.settings import Settings, database_url
from sonnette.apps.web import ANYWHERE, is_loopback
from sonnette.base.errors import LocalError
from sonnette.net.authority import names_of, read_certificate
from sonnette.net.control import ControlClient
from sonnette.net.settings import Listener
from sonnette.store.schema import open_database

SOON = timedelta(days=14)
LEAST_ROOM = 200 * 1024 * 1024  # bytes: the database's journal and a month of logs


class State(StrEnum):
    """How bad a finding is."""

    GOOD = "ok"
    NOTE = "note"  # works, but look at it
    BAD = "bad"  # does not work


class Finding(NamedTuple):
    """One thing looked at; ``fix`` is empty where nothing is to be done."""

    subject: str
    state: State
    what: str
    fix: str = ""


def examine(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Every finding about an installation, as it is found; nothing is made by looking."""
    is_running = _is_running(settings)
    yield _server(is_running)
    yield from _data_dir(settings.data_dir)
    if _is_ours(settings.data_dir):
        yield _database(settings)
        yield from _certificate(settings, now)
    if not is_running:
        for listener in (*settings.sip.listen, settings.http.listen):
            yield _port(listener)
    yield from _public_name(settings)
    yield from _dns(settings)


def _is_ours(path: Path) -> bool:
    """Whether this user may look inside without leaving files of a wrong owner."""
    return path.exists() and path.stat().st_uid == os.geteuid()


def _is_running(settings: Settings) -> bool:
    try:
        with ControlClient(settings.control_socket) as server:
            server.call("server.status")
    except LocalError as error:
        return error.code != "control.absent"
    return True


def _server(is_running: bool) -> Finding:
    if is_running:
        return Finding("server", State.GOOD, "it runs; its ports are its own")
    return Finding("server", State.NOTE, "it does not run", "start it: sonnette serve")


def _data_dir(path: Path) -> Iterator[Finding]:
    if not path.exists():
        yield Finding("data_dir", State.NOTE, f"{path} is not there yet", "sonnette serve makes it")
        return
    if not _is_ours(path):
        what = f"{path} belongs to another user"
        yield Finding("data_dir", State.BAD, what, f"run this command as {path.owner()}")
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        what = f"{path} is open to other users (mode {mode:o})"
        yield Finding("data_dir", State.BAD, what, f"chmod 700 {path}")
    else:
        yield Finding("data_dir", State.GOOD, f"{path} is this user's alone")
    free = _free(path)
    if free < LEAST_ROOM:
        what = f"{free // 2**20} MB are left on its disk"
        yield Finding("disk", State.BAD, what, "make room, or move data_dir")


def _free(path: Path) -> int:
    disk = os.statvfs(path)
    return disk.f_bavail * disk.f_frsize


def _database(settings: Settings) -> Finding:
    try:
        open_database(database_url(settings)).close()
    except LocalError as error:
        return Finding(
            "database", State.BAD, error.message, "correct store.url, or start the database"
        )
    return Finding("database", State.GOOD, "it opens, and its schema is this program's")


def _certificate(settings: Settings, now: datetime) -> Iterator[Finding]:
    try:
        files = certificate_of(settings, now)
        certificate = read_certificate(files.chain)
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files.chain, files.key)
    except (LocalError, OSError) as error:
        fix = "name a PEM certificate and its own key in [tls], readable by this user"
        yield Finding("certificate", State.BAD, str(error), fix)
        return
    left = certificate.not_valid_after_utc - now
    missing = {settings.domain, *settings.domains} - names_of(certificate)
    if left < SOON:
        what = f"it ends in {max(left.days, 0)} days"
        yield Finding("certificate", State.BAD, what, "renew it, then: sonnette server reload")
    elif missing:
        what = f"it does not name {', '.join(sorted(missing))}"
        yield Finding("certificate", State.BAD, what, "get one that names every domain (RFC 5922)")
    else:
        yield Finding("certificate", State.GOOD, f"it names the domain, and lasts {left.days} days")
    if files.authority and not all(is_loopback(at.host) for at in settings.sip.listen):
        what = "it is of the built-in authority, which phones do not know"
        yield Finding("certificate", State.NOTE, what, "set [tls], or give phones /ca.pem")


def _port(listener: Listener) -> Finding:
    kind = socket.SOCK_DGRAM if listener.scheme == "udp" else socket.SOCK_STREAM
    family = socket.AF_INET6 if ":" in listener.host else socket.AF_INET
    with socket.socket(family, kind) as door:
        if kind is socket.SOCK_STREAM:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((listener.host, listener.port))
        except OSError as error:
            fix = "end what holds it, or choose another port or address"
            return Finding("port", State.BAD, f"{listener}: {error.strerror}", fix)
    return Finding("port", State.GOOD, f"{listener} is free")


def _public_name(settings: Settings) -> Iterator[Finding]:
    if any(at.host in ANYWHERE for at in settings.sip.listen) and not settings.sip.advertise:
        what = "the server listens everywhere, and does not know the address others see"
        yield Finding("address", State.BAD, what, "set sip.advertise to the public name or address")


def _dns(settings: Settings) -> Iterator[Finding]:
    if all(is_loopback(at.host) for at in settings.sip.listen):
        yield Finding("dns", State.GOOD, "not needed: this server listens on loopback alone")
        return
    for domain in (settings.domain, *settings.domains):
        if addresses_of(domain):
            yield Finding("dns", State.GOOD, f"{domain} has an address")
        else:
            what = f"{domain} has neither an address nor SRV records"
            fix = f"add an A record, or SRV records _sips._tcp.{domain} and _sip._udp.{domain}"
            yield Finding("dns", State.BAD, what, fix)


def addresses_of(domain: str) -> set[str]:
    """The addresses or SIP servers that the DNS gives for ``domain``."""
    import dns.exception
    import dns.resolver

    found: set[str] = set()
    services = (f"_sips._tcp.{domain}", f"_sip._tcp.{domain}", f"_sip._udp.{domain}")
    for name, kind in ((domain, "A"), (domain, "AAAA"), *((name, "SRV") for name in services)):
        try:
            found |= {str(record) for record in dns.resolver.resolve(name, kind, lifetime=3)}
        except dns.exception.DNSException:
            continue
    return found
