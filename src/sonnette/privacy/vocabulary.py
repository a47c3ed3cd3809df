"""The words in which a personal datum is declared.

One word for each question of article 30 of the GDPR: what kind of datum, for which purpose,
on which basis, for how long, what the person gets of it, and what erasure does to it.
"""

from dataclasses import dataclass
from enum import Enum, Flag, auto

TWELVE_MONTHS = 365
"""Days: never longer than twelve calendar months."""


class Category(Enum):
    """What kind of personal datum it is."""

    NAME = "name"
    ADDRESS = "SIP address"
    EMAIL = "e-mail address"
    PHONE = "phone number"
    CREDENTIAL = "credential"
    NETWORK = "network address"
    DEVICE = "device"
    TRAFFIC = "traffic"
    PUBLIC_KEY = "public key of a device"
    PUSH_TOKEN = "push token"  # noqa: S105  # the name of a category, not a token


class Basis(Flag):
    """Article 6(1): what makes the processing lawful; several may hold together."""

    CONSENT = auto()
    CONTRACT = auto()
    LEGAL_DUTY = auto()
    LEGITIMATE_INTEREST = auto()


class Export(Enum):
    """What the person gets of the datum on request (articles 15 and 20)."""

    PROVIDED = "in the export: provided by the person"
    ACTIVITY = "in the export: the person's activity"
    SHOWN = "shown on request, not portable: derived by the service"
    WITHHELD = "told that it is held, never shown: it opens a door"


class Erasure(Enum):
    """What happens to the datum when its subject is erased (article 17)."""

    DELETE = "deleted with its row"
    ARCHIVE = "leaves the active database; kept apart for legal duty, then destroyed"
    SEAL = "stays where it is, for legal duty only, until its time has passed"


class Until(Enum):
    """The event from which a retention is counted."""

    ACCOUNT_CLOSED = "the account is closed"
    DEVICE_REMOVED = "the device is removed"
    BINDING_GONE = "the binding is removed or expires"
    WRITTEN = "the moment in the row's clock column"
    FORGOTTEN = "it leaves memory, at the latest when the server stops"


@dataclass(frozen=True, slots=True)
class Keep:
    """How long a datum lives: ``days`` after the event, then ``archive_days`` kept apart.

    ``clock`` names the column of the same table that holds the moment, in seconds of the
    Unix epoch, where the event is :attr:`Until.WRITTEN`.
    """

    until: Until
    days: int = 0
    clock: str = ""
    archive_days: int = 0

    def __str__(self) -> str:
        start = f"{self.until.value}" + (f" ({self.clock})" if self.clock else "")
        text = f"{self.days} days after {start}" if self.days else f"until {start}"
        return text + (f", then {self.archive_days} days apart" if self.archive_days else "")


PURPOSES = {
    "service.account": "subscription to the service and its operation",
    "service.devices": "showing a member the devices that the account is used on",
    "service.encryption": "end-to-end encryption of messages between members' devices",
    "service.reach": "bringing calls and messages to a member's devices",
    "service.protection": "keeping abuse and guessed passwords off the service",
    "legal.call-log": "legal duty: answering authorities; anonymous statistics",
    "legal.registration-log": "legal duty: answering authorities; anonymous statistics",
}
"""Every purpose that a declaration may name, with the sentence the policy prints."""
