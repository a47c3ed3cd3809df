"""Notes the devices that an account is used on, as the registrar sees them (D-1, R-10)."""

from sonnette.accounts.models import Device
from sonnette.store.statement import Put, Statements

_TABLE = Device.metadata.tables[Device.__tablename__]


class Sightings:
    """Writes rows of devices, off the path of the request."""

    __slots__ = ("_put", "_save")

    def __init__(self, statements: Statements, put: Put) -> None:
        self._save = statements.upsert(_TABLE, keep=("first_seen",))
        self._put = put

    def seen(self, account_id: int, instance: str, user_agent: str, at: float) -> None:
        """The device registered at ``at`` (wall clock); call it once a session, not a refresh.

        ``instance`` is the ``+sip.instance``, or empty for a client that has none.
        """
        self._put(self._save, (account_id, instance, user_agent, at, at))
