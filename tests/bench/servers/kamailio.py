"""Kamailio with two UDP children, registrations and accounts in memory."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench import processes
from tests.bench.population import DOMAIN, accounts
from tests.bench.servers import Running

PORT = 15_060
CHILDREN = 2
SHARED_MEMORY_MIB = 1024
START_S = 60.0

OPTIONS = (
    "OPTIONS sip:{domain} SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:{port};rport;branch=z9hG4bK-{number}\r\n"
    "From: <sip:probe@{domain}>;tag=1\r\nTo: <sip:{domain}>\r\n"
    "Call-ID: probe-{number}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 7\r\nContent-Length: 0\r\n\r\n"
)


class Kamailio:
    """Debian's kamailio, run in the foreground on loopback."""

    name = "Kamailio"

    def missing(self) -> str:
        """Why it cannot run here."""
        return "" if shutil.which("kamailio") else "no kamailio: apt install kamailio"

    @contextmanager
    def serve(self, folder: Path, population: int, *, challenge: bool) -> Iterator[Running]:
        """Serve until the end of the block."""
        write_accounts(folder / "accounts", population)
        with (folder / "kamailio.log").open("wb") as log:
            process = subprocess.Popen(
                self._command(folder, challenge=challenge),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                _wait_until_it_answers(process, folder / "kamailio.log")
                yield Running(self.name, process.pid, f"127.0.0.1:{PORT}")
            finally:
                processes.stop(process)

    def _command(self, folder: Path, *, challenge: bool) -> list[str]:
        config = Path(__file__).with_name("kamailio.cfg")
        command = ["kamailio", "-f", str(config), "-DD", "-E", "-m", str(SHARED_MEMORY_MIB)]
        command += ["-l", f"udp:127.0.0.1:{PORT}", "-n", str(CHILDREN), f"--alias={DOMAIN}"]
        command += ["-w", str(folder), "-Y", str(folder)]
        command += ["-A", f'ACCOUNTS="text://{folder / "accounts"}"']
        return [*command, "-A", "CHALLENGE"] if challenge else command


def write_accounts(folder: Path, population: int) -> None:
    """The two files of a db_text table, in the columns that htable reads."""
    folder.mkdir()
    (folder / "version").write_text(
        "table_name(string) table_version(int)\naccounts:2\n", encoding="ascii"
    )
    columns = "id(int,auto) key_name(string) key_type(int) value_type(int) key_value(string)"
    with (folder / "accounts").open("w", encoding="ascii") as table:
        table.write(f"{columns} expires(int)\n")
        for number, account in enumerate(accounts(population), 1):
            table.write(f"{number}:{account.name}:0:0:{account.ha1}:0\n")


def _wait_until_it_answers(process: subprocess.Popen[bytes], log: Path) -> None:
    """Any final answer to OPTIONS will do: the proxy may well answer 480."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        probe.settimeout(0.25)
        port = probe.getsockname()[1]
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and process.poll() is None:
            number = time.monotonic_ns()
            try:
                text = OPTIONS.format(port=port, number=number, domain=DOMAIN)
                probe.sendto(text.encode(), ("127.0.0.1", PORT))
                if probe.recv(4096).startswith(b"SIP/2.0 "):
                    return
            except OSError:
                time.sleep(0.1)
    raise RuntimeError(f"kamailio did not start: {log.read_text(errors='replace')[-600:]}")
