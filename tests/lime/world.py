"""A key server in a dictionary, and devices that talk to it at once."""

from typing import TypeVar

from sonnette.base.entropy import SeededEntropy
from sonnette.lime import C25519, Algorithm, Device, Incoming, MemoryStore, Outgoing, Policy
from sonnette.lime.device.events import Ask, Encrypted, Output
from sonnette.lime.keys import Bundle, OneTimePrekey
from sonnette.lime.server_messages import (
    Bundles,
    DeleteUser,
    Done,
    GetBundles,
    GetOneTimeNumbers,
    OneTimeNumbers,
    PostOneTime,
    PostSigned,
    Refusal,
    Refused,
    Register,
    Request,
    Response,
    Type,
    encode_response,
    parse_request,
)

O = TypeVar("O")  # noqa: E741
NOW = 1_800_000_000.0
ROOM = "sip:room@example.test"


class Directory:
    """What a key server does, without its limits."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, int], Register] = {}
        self.requests: list[tuple[str, Request]] = []
        self.is_down = False

    def post(self, device: str, body: bytes) -> bytes | None:
        if self.is_down:
            return None
        algorithm, request = parse_request(body)
        self.requests.append((device, request))
        return encode_response(algorithm, self._serve(device, algorithm, request))

    def _serve(self, device: str, algorithm: Algorithm, request: Request) -> Response:
        key = (device, algorithm.number)
        row = self.rows.get(key)
        match request:
            case Register():
                if row and (row.identity, row.signed) != (request.identity, request.signed):
                    return Refused(Refusal.ALREADY_IN)
                self.rows.setdefault(key, request)
                return Done(Type.REGISTER)
            case DeleteUser():
                self.rows.pop(key, None)
                return Done(Type.DELETE_USER)
            case GetBundles(devices):
                return Bundles(tuple((d, self._bundle(d, algorithm)) for d in devices))
        if row is None:
            return Refused(Refusal.NOT_FOUND)
        match request:
            case PostSigned(signed):
                self.rows[key] = Register(row.identity, signed, row.one_time)
                return Done(Type.POST_SIGNED)
            case PostOneTime(one_time):
                self.rows[key] = Register(row.identity, row.signed, row.one_time + one_time)
                return Done(Type.POST_ONE_TIME)
            case GetOneTimeNumbers():
                return OneTimeNumbers(tuple(k.number for k in row.one_time))
        raise AssertionError(request)

    def _bundle(self, device: str, algorithm: Algorithm) -> Bundle | None:
        row = self.rows.get((device, algorithm.number))
        if row is None:
            return None
        first: OneTimePrekey | None = row.one_time[0] if row.one_time else None
        self.rows[device, algorithm.number] = Register(row.identity, row.signed, row.one_time[1:])
        return Bundle(row.identity, row.signed, first)


class Member:
    """A device with its store, joined to a directory."""

    def __init__(
        self,
        directory: Directory,
        name: str,
        algorithms: tuple[Algorithm, ...] = (C25519,),
        batch: int = 4,
        *,
        entropy: str = "",
        store: MemoryStore | None = None,
    ) -> None:
        self.address = f"sip:{name}@example.test;gr=urn:uuid:{name}"
        self.directory, self.algorithms = directory, algorithms
        self.store = store or MemoryStore()
        self.entropy = SeededEntropy(name + entropy)
        self.told: list[Output] = []
        self.start()
        self.device.register(NOW, batch)
        self.settle(NOW)

    def start(self) -> None:
        """Start, or start again on the same store."""
        self.device = Device(self.store, self.entropy, self.address, self.algorithms)

    def settle(self, now: float) -> None:
        """Ask what is to be asked until nothing is; keep what is told."""
        while outputs := self.device.drain():
            for output in outputs:
                if isinstance(output, Ask):
                    body = self.directory.post(self.address, output.body)
                    self.device.answer(now, output.number, body)
                else:
                    self.told.append(output)

    def take(self, kind: type[O]) -> list[O]:
        """What was told of this kind since last asked."""
        taken = [output for output in self.told if isinstance(output, kind)]
        self.told = [output for output in self.told if not isinstance(output, kind)]
        return taken

    def send(
        self,
        payload: bytes,
        *others: "Member",
        now: float = NOW,
        policy: Policy = Policy.UPLOAD_SIZE,
    ) -> Encrypted:
        """Encrypt for these devices; fails where it is not ready at once."""
        devices = tuple(other.address for other in others)
        self.device.encrypt(now, Outgoing(ROOM, devices, payload, policy))
        self.settle(now)
        (encrypted,) = self.take(Encrypted)
        return encrypted

    def incoming(self, sender: "Member", encrypted: Encrypted) -> Incoming:
        """This device's part of what another sent."""
        (message,) = (m.message for m in encrypted.messages if m.device == self.address)
        return Incoming(sender.address, ROOM, message, encrypted.cipher_message)

    def receive(self, sender: "Member", encrypted: Encrypted, now: float = NOW) -> bytes:
        """Decrypt this device's part."""
        return self.device.decrypt(now, self.incoming(sender, encrypted)).payload


def pair(*algorithms: Algorithm, batch: int = 4) -> tuple[Member, Member]:
    """Two devices of two people."""
    directory, chosen = Directory(), algorithms or (C25519,)
    return Member(directory, "alice", chosen, batch), Member(directory, "bob", chosen, batch)
