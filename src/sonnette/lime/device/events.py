"""What a device asks of its driver and tells its application."""

from dataclasses import dataclass
from enum import Enum

from sonnette.lime.keeping.peers import Status
from sonnette.lime.primitives.algorithm import Algorithm


@dataclass(frozen=True, slots=True)
class Ask:
    """POST ``body`` to the key server; give the answer to ``Device.answer`` by ``number``."""

    number: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Registered:
    """The key server has our keys in this algorithm."""

    algorithm: Algorithm


@dataclass(frozen=True, slots=True)
class Unregistered:
    """Our keys in this algorithm are gone, here and on the key server."""

    algorithm: Algorithm


@dataclass(frozen=True, slots=True)
class KeysNotAccepted:
    """The key server did not take our keys, or could not be reached."""

    algorithm: Algorithm
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class DeviceMessage:
    """The ratchet message for one device."""

    device: str
    message: bytes
    status: Status


@dataclass(frozen=True, slots=True)
class Encrypted:
    """A payload is ready to be sent; ``missed`` are devices it could not be encrypted to.

    ``cipher_message`` is empty where each device message holds the payload.
    """

    ticket: int
    messages: tuple[DeviceMessage, ...]
    cipher_message: bytes
    missed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotEncrypted:
    """A payload could be encrypted to no device at all."""

    ticket: int
    code: str
    reason: str


class Concern(Enum):
    """What a person should know of a peer's device."""

    NEW_IDENTITY = "new-identity"
    WEAKER_ALGORITHM = "weaker-algorithm"
    BAD_SIGNATURE = "bad-signature"
    LEFT_THE_SERVER = "left-the-server"
    NO_ONE_TIME_KEY = "no-one-time-key"


@dataclass(frozen=True, slots=True)
class PeerConcern:
    """Something about a peer's device; ``fingerprint`` is of the identity it comes with.

    For a new identity and a weaker algorithm, what we send to the device waits for
    ``Device.consent`` or ``Device.refuse``.
    """

    device: str
    algorithm: Algorithm
    concern: Concern
    fingerprint: str = ""


Output = Ask | Registered | Unregistered | KeysNotAccepted | Encrypted | NotEncrypted | PeerConcern
