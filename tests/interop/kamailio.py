"""Kamailio on free loopback ports: the server to compare with."""

import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

from tests.interop.authority import make_authority
from tests.interop.ports import LOOPBACK, free_port
from tests.interop.process import Child
from tests.interop.waiting import PeerError, until

TEMPLATE = Path(__file__).with_name("kamailio.cfg.in")
MODULE_PLACES = ("/usr/lib/{}/kamailio/modules", "/usr/lib/kamailio/modules")
START_TIME = 10.0


class Kamailio:
    """One Kamailio; its accounts and digest algorithm are fixed at its start."""

    def __init__(
        self, directory: Path, domain: str, accounts: Mapping[str, str], *, algorithm: str = "MD5"
    ) -> None:
        self.domain = domain
        authority = make_authority(directory / "tls", domain)
        self.ca = authority.root
        sip, tls = free_port(), free_port("tcp")
        self.listening = {
            "udp": f"{LOOPBACK}:{sip}",
            "tcp": f"{LOOPBACK}:{sip}",
            "tls": f"{LOOPBACK}:{tls}",
        }
        passwords = (f'\t$sht(passwords=>{user}) = "{word}";' for user, word in accounts.items())
        values = {
            "DOMAIN": domain,
            "LISTEN": "\n".join(f"listen={kind}:{at}" for kind, at in self.listening.items()),
            "MODULES": module_directory(),
            "CERTIFICATE": str(authority.certificate),
            "KEY": str(authority.key),
            "ALGORITHM": "" if algorithm == "MD5" else algorithm,
            "PASSWORDS": "\n".join(passwords),
        }
        configuration = directory / "kamailio.cfg"
        configuration.write_text(filled(TEMPLATE.read_text(encoding="utf-8"), values))
        self._child = Child(command(configuration, directory), directory)
        self.log = self._child.log
        until(lambda: self._accepts(sip), "listening Kamailio", START_TIME)

    def stop(self) -> int:
        """The main process ends its own children."""
        return self._child.stop()

    def _accepts(self, port: int) -> bool:
        if not self._child.running:
            raise PeerError(f"Kamailio ended at once: {self._child.tail()}")
        try:
            socket.create_connection((LOOPBACK, port), 0.5).close()
        except OSError:
            return False
        return True


def command(configuration: Path, directory: Path) -> list[str]:
    """Kamailio in the foreground, with little memory, its run-time files in ``directory``."""
    program = shutil.which("kamailio") or "/usr/sbin/kamailio"
    files = ["-f", str(configuration), "-Y", str(directory), "-P", str(directory / "pid")]
    return [program, "-DD", "-E", "-m", "32", "-M", "8", *files]


def filled(template: str, values: Mapping[str, str]) -> str:
    """The template with each ``@NAME@`` replaced."""
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    return template


def module_directory() -> str:
    """Where Debian keeps Kamailio's modules on this architecture."""
    places = [place.format(f"{os.uname().machine}-linux-gnu") for place in MODULE_PLACES]
    return next((place for place in places if Path(place).is_dir()), places[-1])
