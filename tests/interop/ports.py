"""Free ports on the loopback interface.

Ports below the kernel's ephemeral range are handed out, so that no outgoing connection
takes one between the look and the use.
"""

import random
import socket
from contextlib import ExitStack

LOOPBACK = "127.0.0.1"
LOWEST, HIGHEST = 20_000, 29_998
ATTEMPTS = 200

_KINDS = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}


def free_port(*kinds: str) -> int:
    """An even port free for every kind asked for (``"udp"``, ``"tcp"``; both by default)."""
    dice = random.SystemRandom()
    for _ in range(ATTEMPTS):
        port = dice.randrange(LOWEST, HIGHEST, 2)
        if all(is_free(port, kind) for kind in kinds or ("udp", "tcp")):
            return port
    raise RuntimeError(f"no free port between {LOWEST} and {HIGHEST}")


def is_free(port: int, kind: str) -> bool:
    """Whether nobody is bound to this port of the loopback interface."""
    with ExitStack() as stack:
        probe = stack.enter_context(socket.socket(socket.AF_INET, _KINDS[kind]))
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
