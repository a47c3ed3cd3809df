"""Every table and every other place of the product, brought together.

The packages that own the tables do not know each other; the programs that need them all
(inventory, migrations) find them here.
"""

import sonnette.accounts.models
import sonnette.server.logs.models
import sonnette.server.registrar.models  # noqa: F401  # imported for the tables they define
from sonnette.store.base import Base

METADATA = Base.metadata
