"""Messages that the parser reads in a CPU second, against C parsers and a bare split loop.

Ours: the scan, and Via, From, To, Call-ID, CSeq, Contact, Expires and Authorization, as typed
values and as text, of a REGISTER of 777 bytes from many phones in turn.  The C parsers, where their
development packages are installed, parse every header.  The floor splits lines at the colon
and does nothing else.  All run in turn, several times; the best of each counts.
"""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from sonnette.base.kernels import is_compiled
from sonnette.sip import names, scan
from sonnette.sip.digest import parse_credentials
from sonnette.sip.parser import parse
from tests.bench.messages import REGISTER, registers

ROUNDS = 5
BETWEEN_LOOKS = 200
DIFFERENT = 20_000
SHARE_OF_SECONDS = 0.2
READ = (
    names.VIA,
    names.FROM,
    names.TO,
    names.CALL_ID,
    names.CSEQ,
    names.CONTACT,
    names.EXPIRES,
    names.AUTHORIZATION,
)
SOURCES = Path(__file__).parent / "parsers"
PEERS = {
    "sofia-sip (C)": ("sofia.c", "sofia-sip-ua", "libsofia-sip-ua-dev"),
    "libosip2 (C)": ("osip.c", "libosip2", "libosip2-dev"),
}


def run(seconds: float) -> dict[str, Any]:
    """Every parser there is, in turn."""
    spell = seconds * SHARE_OF_SECONDS
    messages = list(registers(DIFFERENT))
    with tempfile.TemporaryDirectory() as name:
        contestants = {
            "Sonnette, typed values": lambda: rate(read_like_a_registrar, messages, spell),
            "Sonnette, values as text": lambda: rate(cut_like_a_registrar, messages, spell),
            "floor: bytes.split": lambda: rate(split_lines, messages, spell),
            **built_peers(Path(name), spell),
        }
        best = dict.fromkeys(contestants, 0.0)
        for _ in range(ROUNDS):
            for name, contest in contestants.items():
                best[name] = max(best[name], contest())
    rows = [
        {
            "parser": name,
            "messages per CPU s": value,
            "us": 1e6 / value,
            "of the floor": value / best["floor: bytes.split"],
        }
        for name, value in best.items()
    ]
    return {
        "tables": {f"One REGISTER of {len(REGISTER)} bytes": rows},
        "scan compiled": is_compiled(scan),
    }


def read_like_a_registrar(message: bytes) -> None:
    """What a registrar reads of a REGISTER."""
    request = parse(message)
    _ = request.via, request.from_, request.to, request.call_id, request.cseq
    _ = request.contacts, request.expires
    parse_credentials(request.first(names.AUTHORIZATION) or "")


def cut_like_a_registrar(message: bytes) -> None:
    """The same headers as text: what is parsed is parsed where it is first asked for."""
    _, fields = scan.scan(message, scan.find_end(message))
    for header in READ:
        scan.first(fields, header)


def split_lines(message: bytes) -> None:
    """The least that any parser in Python does: a list of names and values."""
    [line.split(b":", 1) for line in message.split(b"\r\n")]


def rate(read: Callable[[bytes], None], messages: list[bytes], seconds: float) -> float:
    """How many of ``messages``, taken round and round, are read in a CPU second."""
    count, start, endless = 0, time.process_time(), cycle(messages)
    while (spent := time.process_time() - start) < seconds:
        for message in islice(endless, BETWEEN_LOOKS):
            read(message)
        count += BETWEEN_LOOKS
    return count / spent


def built_peers(folder: Path, seconds: float) -> dict[str, Callable[[], float]]:
    """A measurement for each C parser that compiles here."""
    return {
        name: lambda program=program: run_peer(program, seconds)
        for name, (source, package, _) in PEERS.items()
        if (program := build(SOURCES / source, package, folder))
    }


def build(source: Path, package: str, folder: Path) -> Path | None:
    """The compiled program, or None where the library or the compiler is missing."""
    if not shutil.which("cc") or not shutil.which("pkg-config"):
        return None
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", package], capture_output=True, text=True, check=False
    )
    if flags.returncode:
        return None
    program = folder / source.stem
    command = ["cc", "-O2", "-o", str(program), str(source), *flags.stdout.split()]
    subprocess.run(command, check=True)
    return program


def run_peer(program: Path, seconds: float) -> float:
    """Messages a CPU second."""
    command = [str(program), str(seconds)]
    ran = subprocess.run(command, input=REGISTER, capture_output=True, check=True)
    return float(ran.stdout)
