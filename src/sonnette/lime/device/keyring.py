"""Everything one device of ours holds: own keys, peers, sessions, and the outputs to drain."""

from collections.abc import Iterator
from contextlib import contextmanager

from sonnette.base.entropy import Entropy
from sonnette.base.errors import LocalError
from sonnette.lime import address, x3dh
from sonnette.lime.device.events import Output
from sonnette.lime.keeping.peers import Peers
from sonnette.lime.keeping.prekeys import OwnKeys
from sonnette.lime.keeping.sessions import Sessions
from sonnette.lime.keeping.store import Store
from sonnette.lime.keys import Bundle
from sonnette.lime.primitives.algorithm import Algorithm
from sonnette.lime.ratchet import opened


class Keyring:
    """The parts of a device share this; ``algorithms`` stand in order of preference."""

    def __init__(
        self, store: Store, entropy: Entropy, device: str, algorithms: tuple[Algorithm, ...]
    ) -> None:
        if not algorithms:
            raise LocalError("lime.algorithm.setting", "expected at least one algorithm")
        self.device, self.address = device, address.own(device)
        self.algorithms, self.entropy = algorithms, entropy
        self.store = store
        self.peers = Peers(store, self.address)
        self.sessions = Sessions(store, self.address, entropy)
        self.own = {
            algorithm: OwnKeys(store, self.address, algorithm, entropy) for algorithm in algorithms
        }
        self.outputs: list[Output] = []

    @contextmanager
    def change(self) -> Iterator[None]:
        """One transaction; what memory holds is dropped when it is rolled back."""
        try:
            with self.store.transaction():
                yield
                self.sessions.flush()
        except BaseException:
            self.sessions.uncache()
            self.peers.uncache()
            for own in self.own.values():
                own.uncache()
            raise

    def open_session(self, now: float, device: str, algorithm: Algorithm, bundle: Bundle) -> None:
        """Agree with a verified bundle and send in that session from now on."""
        identity = self.own[algorithm].identity()
        devices = (self.address, address.theirs(device))
        agreement, init = x3dh.initiate(algorithm, identity, devices, bundle, self.entropy)
        self.peers.pin(device, algorithm, bundle.identity)
        self.sessions.add(now, device, opened(algorithm, agreement, init, bundle.signed))
