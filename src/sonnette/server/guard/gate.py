"""The gate: whether a packet is looked at, decided before it is parsed."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from sonnette.server.guard.bans import Bans
from sonnette.server.guard.rates import Rates
from sonnette.sip.flow import Flow

Networks = Sequence[IPv4Network | IPv6Network]

MOST_REMEMBERED = 100_000
"""Addresses of which it is known whether they are exempt: 12 MB."""


class Gate:
    """Bans and rates; sources of ``trusted`` networks are exempt from both."""

    def __init__(self, rate: float, period: float, ban_s: float, trusted: Networks) -> None:
        self.bans = Bans()
        self.dropped = 0
        self._trusted = trusted
        self._ban_s = ban_s
        self._rate = rate
        self._rates = Rates(rate, period)
        self._exempt: dict[str, bool] = {}

    def trust(self, networks: Networks) -> None:
        """Take another list of trusted networks."""
        self._trusted = networks
        self._exempt.clear()

    def is_exempt(self, host: str) -> bool:
        """Whether the address lies in a trusted network."""
        known = self._exempt.get(host)
        if known is None:
            if len(self._exempt) >= MOST_REMEMBERED:
                self._exempt.clear()
            address = ip_address(host.partition("%")[0])
            known = self._exempt[host] = any(address in network for network in self._trusted)
        return known

    def admits(self, now: float, flow: Flow) -> bool:
        """Whether a packet of this flow is to be looked at; a flood is banned."""
        host, port = flow.remote
        if self.is_exempt(host):
            return True
        if self.bans.is_banned(now, host, port):
            self.dropped += 1
            return False
        if self._rates.is_over(now, (host, port)):
            reason = f"more than {self._rate:g} packets a second"
            self.bans.ban(now, (host, port), self._ban_s, reason)
            self.dropped += 1
            return False
        return True
