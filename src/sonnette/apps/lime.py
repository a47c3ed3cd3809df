"""The key server, joined to the members and to the web side."""

import time
from collections.abc import Sequence

from starlette.routing import Route

from sonnette.apps.storage import Storage
from sonnette.base.entropy import SystemEntropy
from sonnette.portal.lime_server import Gate, routes
from sonnette.server.guard.bans import Bans
from sonnette.server.guard.failures import Failures
from sonnette.sip.digest import Algorithm, DigestServer


def lime_routes(storage: Storage, algorithms: Sequence[str]) -> list[Route]:
    """Where devices publish and fetch keys, each proving whose it is as it does for SIP."""
    entropy = SystemEntropy()
    gate = Gate(
        members=storage.directory,
        digest=DigestServer(entropy.draw(32), entropy),
        algorithms=tuple(Algorithm(name) for name in algorithms),
        failures=Failures(Bans()),
        clock=time.monotonic,
    )
    return routes(storage.lime_keys, gate)
