from collections.abc import Callable

import pytest

from sonnette.accounts.directory import Directory as Members
from sonnette.accounts.service import Accounts
from sonnette.server.lime_keys.service import LimeKeys


class KeyServer:
    """The service over a database with three accounts; posts for whom it is told."""

    def __init__(self, database) -> None:
        self.now = 1_800_000_000.0
        self.database = database
        self.members = Members(("example.test",))
        self.accounts = Accounts(database, ("example.test",), self.members, lambda: self.now)
        for name in ("alice", "bob", "carol"):
            self.accounts.add(f"sip:{name}@example.test", "correct horse")
        self.keys = LimeKeys(database, lambda: self.now)

    def id_of(self, device: str) -> int:
        return self.members.find("example.test", device.partition(":")[2].partition("@")[0]).id

    def post(self, device: str, body: bytes) -> bytes:
        return self.keys.answer(self.id_of(device), device, body)


@pytest.fixture
def server(database) -> KeyServer:
    return KeyServer(database)


Post = Callable[[str, bytes], bytes]
