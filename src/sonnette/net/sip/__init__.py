"""The sockets of SIP: UDP, TCP, TLS and WebSocket listeners, and the driver of a machine."""

from sonnette.net.sip.door import SipDoor

__all__ = ["SipDoor"]
