"""Keeping the key server supplied: registration, rotation, refill, removal.

Keys are stored before they are published, so that a question asked again publishes the
same ones.
"""

from collections.abc import Callable

from sonnette.lime.device.events import KeysNotAccepted, Registered, Unregistered
from sonnette.lime.device.key_server import KeyServer
from sonnette.lime.device.keyring import Keyring
from sonnette.lime.keeping.prekeys import DAY, OwnKeys
from sonnette.lime.primitives.algorithm import Algorithm
from sonnette.lime.server_messages import (
    DeleteUser,
    Done,
    GetOneTimeNumbers,
    OneTimeNumbers,
    PostOneTime,
    PostSigned,
    Refusal,
    Refused,
    Register,
    Response,
)

RETRY = 3600.0


class Upkeep:
    """The exchanges that keep our own keys in order."""

    def __init__(self, keyring: Keyring, server: KeyServer) -> None:
        self._keyring, self._server = keyring, server
        self._retry: dict[Algorithm, float] = {}
        self._busy: set[Algorithm] = set()

    @property
    def deadline(self) -> float | None:
        """When the next update is due."""
        due = [self._due(algorithm) for algorithm in self._keyring.algorithms]
        return min((when for when in due if when is not None), default=None)

    def register(self, now: float, batch: int) -> None:
        """Publish our keys in every algorithm, making them where there are none."""
        for algorithm, own in self._keyring.own.items():
            account = own.account()
            if account is None:
                with self._keyring.change():
                    own.create(now, batch)
            elif account.registered:
                self._keyring.outputs.append(Registered(algorithm))
                continue
            self._publish(algorithm, own)

    def unregister(self) -> None:
        """Remove our keys from the server and, once it has them no more, from here."""
        for algorithm in self._keyring.algorithms:
            self._busy.add(algorithm)
            self._server.ask(algorithm, DeleteUser(), self._on_deleted(algorithm))

    def tick(self, now: float) -> None:
        """Update what is due."""
        for algorithm in self._keyring.algorithms:
            due = self._due(algorithm)
            if due is not None and due <= now:
                self._update(now, algorithm)

    def _due(self, algorithm: Algorithm) -> float | None:
        account = self._keyring.own[algorithm].account()
        if account is None or algorithm in self._busy:
            return None
        return max(account.updated_at + DAY, self._retry.get(algorithm, 0.0))

    def _publish(self, algorithm: Algorithm, own: OwnKeys) -> None:
        one_time = tuple(key.published for key in own.one_time() if not key.gone_at)
        request = Register(own.identity().public, own.signed()[0].published, one_time)
        self._busy.add(algorithm)
        self._server.ask(algorithm, request, self._on_registered(algorithm, own))

    def _on_registered(
        self, algorithm: Algorithm, own: OwnKeys
    ) -> Callable[[float, Response], None]:
        def then(now: float, response: Response) -> None:
            if not isinstance(response, Done):
                self._fail(now, algorithm, response)
                return
            with self._keyring.change():
                own.confirm(now, registered=True)
                own.confirm_signed(now, own.signed()[0].number)
            self._busy.discard(algorithm)
            self._keyring.outputs.append(Registered(algorithm))

        return then

    def _on_deleted(self, algorithm: Algorithm) -> Callable[[float, Response], None]:
        def then(now: float, response: Response) -> None:
            if not isinstance(response, Done):
                self._fail(now, algorithm, response)
                return
            with self._keyring.change():
                self._keyring.own[algorithm].erase()
                for peer in self._keyring.peers.everyone():
                    self._keyring.sessions.forget(peer.device, algorithm)
            self._busy.discard(algorithm)
            self._keyring.outputs.append(Unregistered(algorithm))

        return then

    def _update(self, now: float, algorithm: Algorithm) -> None:
        own, ring = self._keyring.own[algorithm], self._keyring
        account = own.account()
        if account is None or not account.registered:
            self._publish(algorithm, own)
            return
        with ring.change():
            own.expire(now)
            for peer in ring.peers.everyone():
                ring.sessions.expire(now, peer.device, algorithm)
            fresh = own.signed_to_post(now)
        self._busy.add(algorithm)
        if fresh is None:
            self._ask_numbers(algorithm)
            return
        number = fresh.number

        def then(now: float, response: Response) -> None:
            if isinstance(response, Done):
                with ring.change():
                    own.confirm_signed(now, number)
                self._ask_numbers(algorithm)
            else:
                self._recover(now, algorithm, response)

        self._server.ask(algorithm, PostSigned(fresh.published), then)

    def _ask_numbers(self, algorithm: Algorithm) -> None:
        def then(now: float, response: Response) -> None:
            if isinstance(response, OneTimeNumbers):
                self._refill(now, algorithm, frozenset(response.numbers))
            else:
                self._recover(now, algorithm, response)

        self._server.ask(algorithm, GetOneTimeNumbers(), then)

    def _refill(self, now: float, algorithm: Algorithm, on_server: frozenset[int]) -> None:
        own = self._keyring.own[algorithm]
        with self._keyring.change():
            fresh = own.refill(now, on_server)
            if not fresh:
                own.confirm(now, registered=True)
        if not fresh:
            self._busy.discard(algorithm)
            return

        def then(now: float, response: Response) -> None:
            if isinstance(response, Done):
                with self._keyring.change():
                    own.confirm(now, registered=True)
                self._busy.discard(algorithm)
            else:
                self._recover(now, algorithm, response)

        request = PostOneTime(tuple(key.published for key in fresh))
        self._server.ask(algorithm, request, then)

    def _recover(self, now: float, algorithm: Algorithm, response: Response) -> None:
        """The server may have lost us: publish the same identity with fresh prekeys."""
        own = self._keyring.own[algorithm]
        if not (isinstance(response, Refused) and response.why is Refusal.NOT_FOUND):
            self._fail(now, algorithm, response)
            return
        with self._keyring.change():
            own.confirm(now, registered=False)
            own.refill(now, frozenset())
        self._publish(algorithm, own)

    def _fail(self, now: float, algorithm: Algorithm, response: Response) -> None:
        self._busy.discard(algorithm)
        self._retry[algorithm] = now + RETRY
        why, text = Refusal.UNKNOWN, "the answer was not expected"
        if isinstance(response, Refused):
            why, text = response.why, response.text
        code = "lime.server." + why.name.lower().replace("_", "-")
        self._keyring.outputs.append(KeysNotAccepted(algorithm, code, text))
