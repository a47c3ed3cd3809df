"""A device's end-to-end encryption: the one object an application drives.

``now`` is in seconds since the epoch, not of a monotonic clock, for keys age while the
process is not there.  After each call :meth:`Device.drain` gives what the driver must ask
the key server and what the application must know.
"""

from collections.abc import Iterable

from sonnette.base.entropy import Entropy
from sonnette.base.errors import LocalError, PeerError
from sonnette.lime.device.events import Output
from sonnette.lime.device.key_server import KeyServer
from sonnette.lime.device.keyring import Keyring
from sonnette.lime.device.receiving import Incoming, Received, Receiver, SuspectError, concern_of
from sonnette.lime.device.sending import Outgoing, Sender
from sonnette.lime.device.upkeep import Upkeep
from sonnette.lime.keeping.peers import Status
from sonnette.lime.keeping.prekeys import STOCK
from sonnette.lime.keeping.store import Store
from sonnette.lime.keys import fingerprint
from sonnette.lime.primitives.algorithm import C25519, Algorithm


class Device:
    """One device of ours; ``address`` is its contact URI with ``gr``, as registered.

    ``algorithms`` stand in the order we prefer them for new sessions.
    """

    def __init__(
        self,
        store: Store,
        entropy: Entropy,
        address: str,
        algorithms: tuple[Algorithm, ...] = (C25519,),
    ) -> None:
        self._keyring = Keyring(store, entropy, address, algorithms)
        self._server = KeyServer(self._keyring.outputs)
        self._upkeep = Upkeep(self._keyring, self._server)
        self._sender = Sender(self._keyring, self._server)
        self._receiver = Receiver(self._keyring)

    @property
    def deadline(self) -> float | None:
        """When :meth:`tick` next has something to do."""
        return self._upkeep.deadline

    def tick(self, now: float) -> None:
        """Renew and refill what the key server holds, once a day."""
        self._upkeep.tick(now)

    def drain(self) -> list[Output]:
        """Every output since the last call, in order."""
        outputs = self._keyring.outputs[:]
        self._keyring.outputs.clear()
        return outputs

    def answer(self, now: float, number: int, body: bytes | None) -> None:
        """The key server's answer to an ``Ask``: the body of a 200, else ``None``."""
        self._server.answer(now, number, body)

    def register(self, now: float, batch: int = STOCK) -> None:
        """Make keys where there are none and publish them, with ``batch`` one-time prekeys."""
        self._upkeep.register(now, batch)

    def unregister(self, now: float) -> None:
        """Remove our keys and sessions, first from the server."""
        self._upkeep.unregister()

    def encrypt(self, now: float, outgoing: Outgoing) -> int:
        """Encrypt a payload; ``Encrypted`` or ``NotEncrypted`` comes with this ticket."""
        return self._sender.send(now, outgoing)

    def cancel(self, ticket: int) -> None:
        """Forget a payload that is still waiting."""
        self._sender.cancel(ticket)

    def decrypt(self, now: float, incoming: Incoming) -> Received:
        """The payload of a message; a :class:`PeerError` says why there is none.

        ``lime.peer.suspect``: the message is genuine but its device is not as we knew it; a
        ``PeerConcern`` tells more, and after consent the same message decrypts.
        """
        try:
            return self._receiver.receive(now, incoming)
        except SuspectError as suspected:
            self._sender.hold(suspected.suspect)
            self._keyring.outputs.append(concern_of(suspected))
            raise PeerError(
                "lime.peer.suspect", "The sender's keys are not the ones known", 488
            ) from None

    def consent(self, now: float, device: str) -> None:
        """Take a device of concern as it now comes; what waited for it goes on."""
        self._sender.consent(now, device)

    def refuse(self, now: float, device: str) -> None:
        """Leave a device of concern out of what waits for it."""
        self._sender.refuse(now, device)

    def identity(self, algorithm: Algorithm) -> bytes:
        """Our public identity, to be shown or compared."""
        if algorithm not in self._keyring.own:
            raise LocalError("lime.algorithm.unused", f"{algorithm.name} is not used here")
        return self._keyring.own[algorithm].identity().public

    def fingerprint(self, algorithm: Algorithm) -> str:
        """Our identity as the text people compare."""
        return fingerprint(self.identity(algorithm))

    def status(self, device: str) -> Status:
        """How far a device is trusted; our own is."""
        if device == self._keyring.device:
            return Status.TRUSTED
        return self._keyring.peers.status(device)

    def group_status(self, devices: Iterable[str]) -> Status:
        """How far a conversation with all these devices is trusted."""
        others = [device for device in devices if device != self._keyring.device]
        return self._keyring.peers.group_status(others)

    def trust(self, device: str, algorithm: Algorithm, identity: bytes) -> None:
        """The person has compared this identity: pin it and trust the device."""
        with self._keyring.change():
            self._keyring.peers.trust(device, algorithm, identity)

    def distrust(self, device: str, algorithm: Algorithm, status: Status) -> None:
        """Make a device untrusted or unsafe."""
        with self._keyring.change():
            self._keyring.peers.distrust(device, algorithm, status)

    def forget(self, device: str) -> None:
        """Remove a peer's device, its sessions and its trust."""
        with self._keyring.change():
            for algorithm in self._keyring.algorithms:
                self._keyring.sessions.forget(device, algorithm)
            self._keyring.peers.forget(device)

    def restart_sessions(self, now: float, device: str) -> None:
        """The device reported that it cannot decrypt: agree anew before the next message."""
        with self._keyring.change():
            for algorithm in self._keyring.algorithms:
                self._keyring.sessions.make_stale(now, device, algorithm)

    def restart_everything(self, now: float) -> None:
        """The store was restored from a copy: its sending chains may have been used since."""
        with self._keyring.change():
            for peer in self._keyring.peers.everyone():
                for algorithm in self._keyring.algorithms:
                    self._keyring.sessions.make_stale(now, peer.device, algorithm)
