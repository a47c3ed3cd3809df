"""The demonstration: three accounts on loopback whose passwords the start page shows.

Passwords and provisioning tokens are derived from one random key in data_dir, so that they
stay the same from start to start without being stored.
"""

import base64
import hmac
import os
from pathlib import Path

from sonnette.base.entropy import Entropy
from sonnette.portal.domain import Account

NAMES = ("Alice", "Bob", "Carol")
KEY_FILE = "demo.key"
KEY_SIZE = 32


def accounts(data_dir: Path, domain: str, entropy: Entropy) -> tuple[Account, ...]:
    """The three accounts of ``domain``, with what opens them."""
    key = _key(data_dir / KEY_FILE, entropy)
    return tuple(
        Account(
            username=name.lower(),
            domain=domain,
            name=name,
            password=_derived(key, f"password:{name}@{domain}", 10),
            token=_derived(key, f"provisioning:{name}@{domain}", 20),
        )
        for name in NAMES
    )


def _derived(key: bytes, purpose: str, length: int) -> str:
    """Letters and digits that a person can type: five bits each."""
    digest = hmac.digest(key, purpose.encode(), "sha256")
    return base64.b32encode(digest).decode().lower()[:length]


def _key(path: Path, entropy: Entropy) -> bytes:
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(entropy.draw(KEY_SIZE))
    return path.read_bytes()
