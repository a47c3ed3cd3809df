"""Every table and every other place that holds data, brought together.

The packages that own the tables do not know each other; the programs that need them all
(inventory, migrations) find them here.
"""

from sonnette.accounts import models as accounts
from sonnette.privacy.registry import inventory
from sonnette.server.guard.locations import LOCATIONS as GUARD
from sonnette.server.lime_keys import models as lime_keys
from sonnette.server.lime_keys.locations import LOCATIONS as LIME_KEYS
from sonnette.server.logs import models as logs
from sonnette.server.registrar import models as registrar
from sonnette.store.base import Base

MODELS = (accounts, lime_keys, logs, registrar)
METADATA = Base.metadata
LOCATIONS = (*GUARD, *LIME_KEYS)


def personal_fields() -> set[str]:
    """The names of every field that is declared personal, for the logs to leave out."""
    return {entry.field for entry in inventory(METADATA, LOCATIONS) if entry.is_personal}
