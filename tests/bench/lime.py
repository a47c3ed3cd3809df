"""LIME against Debian's liblime: messages a CPU second, both writing durably to disk.

Both stores are SQLite files in WAL mode with full synchronisation, in the same folder, and
the payload of 1 kB goes as a cipher message.
"""

import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sonnette.base.entropy import SystemEntropy
from sonnette.base.shield import Secret
from sonnette.lime import C448, C25519, Algorithm, Incoming, Outgoing, Policy
from sonnette.lime.device.events import Encrypted
from sonnette.store.lime import KeyringKey, LimeStore
from tests.bench.unavailable import Unavailable
from tests.lime.reference import Reference
from tests.lime.world import NOW, ROOM, Directory, Member

PAYLOAD = bytes(1000)
ROUND = 10
MOST_MESSAGES = 401
CIPHER_MESSAGE = 1

Rates = tuple[float, float]


def run(seconds: float = 3.0) -> dict[str, Any]:
    """Rates and their ratios, curve by curve and for 1 and 50 devices."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for algorithm in (C25519, C448):
            for devices in (1, 50):
                place = Path(folder) / f"{algorithm.name}-{devices}"
                place.mkdir()
                rows += compare(place, algorithm, devices, seconds)
    return {
        "tables": {"1 kB messages a CPU second, durable writes": rows},
        "ratio": {f"{row['algorithm']} {row['operation']}": row["ratio"] for row in rows},
        "notes": ["Decryption is of messages that one device received, one transaction each."],
    }


def compare(
    place: Path, algorithm: Algorithm, devices: int, seconds: float
) -> list[dict[str, Any]]:
    """Both libraries sending to the same devices, and one device of each receiving."""
    directory = Directory()
    others = [Member(directory, f"other{n}", (algorithm,)) for n in range(devices - 1)]
    ours = on_disk(place, directory, algorithm)
    theirs = reference(place, directory, algorithm)
    to_us = [ours.address, *(other.address for other in others)]
    to_them = [theirs.address, *(other.address for other in others)]
    sent_by_us: list[Encrypted] = []

    def send_ours() -> None:
        ours.device.encrypt(NOW, Outgoing(ROOM, tuple(to_them), PAYLOAD, Policy.CIPHER_MESSAGE))
        ours.settle(NOW)
        sent = ours.take(Encrypted)
        if devices == 1:
            sent_by_us.extend(sent)

    send_theirs, collect = theirs.prepare(ROOM, to_us, PAYLOAD, CIPHER_MESSAGE)
    rows = [row(algorithm, f"encrypt to {devices}", race(send_ours, send_theirs, seconds))]
    if devices == 1:
        count = len(sent_by_us)
        to_read = iter([received(theirs, ours, send_theirs, collect) for _ in range(count)])
        for_them = iter(sent_by_us)
        read = race(
            lambda: ours.device.decrypt(NOW, next(to_read)),
            lambda: give(theirs, ours, next(for_them)),
            seconds,
            count,
        )
        rows.append(row(algorithm, "decrypt", read))
    theirs.stop()
    return rows


def row(algorithm: Algorithm, operation: str, rates: Rates) -> dict[str, Any]:
    ours, theirs = rates
    return {
        "algorithm": algorithm.name, "operation": operation, "ours": ours, "liblime": theirs,
        "ratio": ours / theirs,
    }  # fmt: skip


def race(
    ours: Callable[[], object],
    theirs: Callable[[], object],
    seconds: float,
    most: int = MOST_MESSAGES,
) -> Rates:
    """Calls a CPU second of each, in turns, so that a busy machine is busy for both.

    The first calls, which open the sessions, are not counted.
    """
    ours(), theirs()
    spent = [0.0, 0.0]
    rounds, until = 0, time.monotonic() + 2 * seconds
    while rounds < (most - 1) // ROUND and time.monotonic() < until:
        for side, work in enumerate((ours, theirs)):
            started = time.process_time()
            for _ in range(ROUND):
                work()
            spent[side] += time.process_time() - started
        rounds += 1
    return rounds * ROUND / spent[0], rounds * ROUND / spent[1]


def received(
    theirs: Reference, ours: Member, send: Callable[[], None], collect: Callable[[], Any]
) -> Incoming:
    send()
    sent = collect()
    return Incoming(theirs.address, ROOM, sent.messages[ours.address], sent.cipher_message)


def give(theirs: Reference, ours: Member, sent: Encrypted) -> None:
    (message,) = (m.message for m in sent.messages if m.device == theirs.address)
    assert theirs.decrypt(ROOM, ours.address, message, sent.cipher_message) == PAYLOAD


def on_disk(place: Path, directory: Directory, algorithm: Algorithm) -> Member:
    ours = Member(directory, "ours", (algorithm,), 0)
    directory.rows.pop((ours.address, algorithm.number))
    ours.store = LimeStore(place / "ours", KeyringKey(Secret(bytes(32))), SystemEntropy())
    ours.entropy, ours.algorithms = SystemEntropy(), (algorithm,)
    ours.start()
    ours.device.register(NOW)
    ours.settle(NOW)
    return ours


def reference(place: Path, directory: Directory, algorithm: Algorithm) -> Reference:
    # liblime opens the file with SQLite's defaults; WAL stays with the file once set.
    connection = sqlite3.connect(place / "reference.sqlite")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    address = "sip:theirs@example.test;gr=urn:uuid:theirs"
    try:
        return Reference(place, directory.post, address, algorithm.number, 100)
    except OSError as error:
        raise Unavailable("liblime.so.0, of Debian's package liblime0") from error
