"""A network address translator, with the behaviours that RFC 4787 names.

Mapping says when two flows of one inside address share an outside port (section 4.1),
filtering says whose datagrams come back in (section 5).  A mapping lives while datagrams
go out (REQ-6); those that come in do not refresh it.
"""

from enum import Enum

from sonnette.base.errors import LocalError

Address = tuple[str, int]


class Behaviour(Enum):
    """How much of the remote address matters to a mapping or a filter."""

    INDEPENDENT = 0
    ADDRESS = 1
    ADDRESS_AND_PORT = 2

    def part(self, remote: Address) -> tuple[object, ...]:
        """The part of ``remote`` that matters."""
        return remote[: self.value]


class _Mapping:
    __slots__ = ("admitted", "inside", "last_out")

    def __init__(self, inside: Address) -> None:
        self.inside = inside
        self.last_out = 0.0
        self.admitted: set[tuple[object, ...]] = set()


class Nat:
    """Translates the hosts behind it to ``outside``, one port a mapping.

    ``lifetime`` is in seconds without a datagram going out; outside ports are given in
    order from ``first_port``, so that a test knows them.
    """

    def __init__(
        self,
        outside: str,
        *,
        mapping: Behaviour = Behaviour.INDEPENDENT,
        filtering: Behaviour = Behaviour.ADDRESS_AND_PORT,
        lifetime: float = 120.0,
        first_port: int = 40000,
    ) -> None:
        self.outside = outside
        self.lifetime = lifetime
        self._mapping = mapping
        self._filtering = filtering
        self._next_port = first_port
        self._port_of: dict[tuple[Address, tuple[object, ...]], int] = {}
        self._mappings: dict[int, _Mapping] = {}

    def out(self, now: float, inside: Address, remote: Address) -> Address:
        """The outside address of a datagram from ``inside`` to ``remote``."""
        key = (inside, self._mapping.part(remote))
        port = self._port_of.get(key)
        if port is None or self._has_expired(now, port):
            port = self._port_of[key] = self._open(inside)
        mapping = self._mappings[port]
        mapping.last_out = now
        mapping.admitted.add(self._filtering.part(remote))
        return (self.outside, port)

    def back(self, now: float, remote: Address, port: int) -> Address | None:
        """The inside address for a datagram from ``remote`` to ``port``; None: it is dropped."""
        if port not in self._mappings or self._has_expired(now, port):
            return None
        mapping = self._mappings[port]
        return mapping.inside if self._filtering.part(remote) in mapping.admitted else None

    def forget(self) -> None:
        """Lose every mapping, as a restarted box does."""
        self._port_of.clear()
        self._mappings.clear()

    def _open(self, inside: Address) -> int:
        port = self._next_port
        if port > 65535:
            raise LocalError("testing.nat-ports", f"{self.outside}: no outside port is left")
        self._next_port += 1
        self._mappings[port] = _Mapping(inside)
        return port

    def _has_expired(self, now: float, port: int) -> bool:
        mapping = self._mappings.get(port)
        return mapping is None or now - mapping.last_out >= self.lifetime
