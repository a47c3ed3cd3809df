"""The key server: bundles a CPU second, and how long a request takes, with its database on disk.

There is no other implementation of it to compare with; the anchor is the bare signature
check that a client makes of each bundle, in the same run.
"""

import tempfile
import time
from pathlib import Path
from typing import Any

from sonnette.accounts.directory import Directory
from sonnette.accounts.service import Accounts
from sonnette.base.entropy import SeededEntropy
from sonnette.lime import C25519
from sonnette.lime.keys import Identity
from sonnette.lime.server_messages import Bundles, GetBundles, encode_request, parse_response
from sonnette.server.lime_keys import rules
from sonnette.server.lime_keys.service import LimeKeys
from sonnette.store.schema import open_database
from tests.lime.world import Member

DEVICES, STOCK = 50, 100
MOST_REQUESTS = 200


class Post:
    """The service as a device's key server, without HTTP."""

    def __init__(self, folder: Path) -> None:
        database = open_database(f"sqlite:///{folder}/keys.db")
        self.close = database.close
        self.now = 0.0
        Accounts(database, ("example.test",), Directory(("example.test",)), time.time).add(
            "sip:all@example.test", "correct horse"
        )
        self._keys = LimeKeys(database, lambda: self.now)

    def post(self, device: str, body: bytes) -> bytes:
        # A window further each time: the bench measures serving, not refusing.
        self.now += rules.ONE_TIME_WINDOW
        return self._keys.answer(1, device, body)


def run(seconds: float = 3.0) -> dict[str, Any]:
    """Requests for the bundles of 1 and of 50 devices."""
    with tempfile.TemporaryDirectory() as folder:
        post = Post(Path(folder))
        members = [Member(post, f"device{n}", (C25519,), STOCK) for n in range(DEVICES)]
        rows = [measure(post, members[:count], seconds) for count in (1, DEVICES)]
        post.close()
    checks = verifications(seconds)
    return {
        "tables": {"Bundles of c25519": rows},
        "ratio": {
            f"bundles of {row['devices']} devices a signature check": row["bundles a CPU s"]
            / checks
            for row in rows
        },
        "signature checks a CPU s": checks,
    }


def measure(post: Post, members: list[Member], seconds: float) -> dict[str, Any]:
    devices = tuple(member.address for member in members)
    body = encode_request(C25519, GetBundles(devices))
    took, started, until = [], time.process_time(), time.monotonic() + seconds
    while len(took) < MOST_REQUESTS and time.monotonic() < until:
        began = time.perf_counter()
        answer = post.post("sip:all@example.test;gr=1", body)
        took.append(time.perf_counter() - began)
    spent = time.process_time() - started
    found = parse_response(C25519, answer)
    assert isinstance(found, Bundles)
    assert all(bundle for _, bundle in found.bundles)
    took.sort()
    return {
        "devices": len(devices),
        "bundles a CPU s": len(took) * len(devices) / spent,
        "p50 ms": 1000 * took[len(took) // 2],
        "p99 ms": 1000 * took[int(len(took) * 0.99)],
    }


def verifications(seconds: float) -> float:
    identity = Identity.generate(C25519, SeededEntropy(1))
    signature = C25519.curve.sign(identity.seed, bytes(32))
    count, started, until = 0, time.process_time(), time.monotonic() + seconds / 2
    while time.monotonic() < until:
        assert C25519.curve.verify(identity.public, bytes(32), signature)
        count += 1
    return count / (time.process_time() - started)
