"""What the guard holds of people: in memory only, no longer than it protects."""

from functools import partial

from sonnette.privacy.declare import Location, not_personal, personal
from sonnette.privacy.vocabulary import Basis, Category, Erasure, Export, Keep, Until

_held = partial(
    personal,
    purpose="service.protection",
    basis=Basis.LEGITIMATE_INTEREST,
    keep=Keep(Until.FORGOTTEN),
    export=Export.SHOWN,
    erasure=Erasure.DELETE,
)

LOCATIONS = (
    Location(
        name="guard.rates",
        medium="memory",
        subjects="whoever sends packets",
        fields={"source": _held(category=Category.NETWORK)},
    ),
    Location(
        name="guard.bans",
        medium="memory",
        subjects="whoever is not heard for a while",
        fields={
            "source": _held(category=Category.NETWORK),
            "reason": not_personal("a sentence about what was done, not by whom"),
        },
    ),
    Location(
        name="guard.failures",
        medium="memory",
        subjects="members whose password was tried, and who tried it",
        fields={
            "account": _held(category=Category.ADDRESS),
            "source": _held(category=Category.NETWORK),
        },
    ),
)
