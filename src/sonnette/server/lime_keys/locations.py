"""What the key server holds of people outside its tables."""

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
        name="lime_keys.allowance",
        medium="memory",
        subjects="whoever fetches keys of a device",
        fields={
            "account_id": not_personal("link to a subject"),
            "device": _held(category=Category.DEVICE),
            "taken": not_personal("a number and when its window began"),
        },
    ),
)
