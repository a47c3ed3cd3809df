"""What the server asks of its process: a fast loop, few collections, no core dump."""

import asyncio
import gc
import resource
import sys
from collections.abc import Callable

YOUNGEST_GENERATION = 100_000  # objects between two collections: requests make few cycles


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it is installed, else asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def keep_memory_private() -> None:
    """No core dump: memory holds messages that must never reach a disk."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def allow_many_files() -> None:
    """As many open sockets as the system grants."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY or sys.platform != "darwin":
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def settle() -> None:
    """Once everything is loaded: never look again for garbage in what stays for good."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNGEST_GENERATION, 20, 50)
