"""Doors to the network for asyncio: SIP flows, TLS, DNS, the control socket."""
