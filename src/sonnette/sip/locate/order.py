"""The order in which the servers of a service are tried (RFC 2782)."""

from collections.abc import Iterable
from itertools import groupby

from sonnette.base.entropy import Entropy
from sonnette.sip.locate.plan import Server


def by_preference(servers: Iterable[Server], entropy: Entropy) -> list[Server]:
    """Services in their order, priorities ascending, and weighted chance within one."""

    def rank(server: Server) -> tuple[int, int]:
        return (server.service, server.priority)

    ordered = []
    for _, equals in groupby(sorted(servers, key=rank), key=rank):
        ordered += _by_weight(list(equals), entropy)
    return ordered


def _by_weight(left: list[Server], entropy: Entropy) -> list[Server]:
    """Each turn takes a server with a chance in proportion to its weight."""
    left.sort(key=lambda server: server.weight)  # those of weight 0 first, as RFC 2782 says
    ordered = []
    while left:
        drawn = _below(sum(server.weight for server in left) + 1, entropy)
        ordered.append(left.pop(_place(left, drawn)))
    return ordered


def _place(servers: list[Server], drawn: int) -> int:
    running = 0
    for index, server in enumerate(servers):
        running += server.weight
        if running >= drawn:
            return index
    raise AssertionError("drawn is at most the sum of the weights")


def _below(bound: int, entropy: Entropy) -> int:
    return int.from_bytes(entropy.draw(8), "big") % bound
