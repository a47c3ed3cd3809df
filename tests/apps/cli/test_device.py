import json

import pytest

from sonnette.apps.schema import METADATA
from sonnette.lime import C25519
from sonnette.lime.keys import fingerprint
from sonnette.lime.server_messages import encode_request
from sonnette.server.lime_keys.service import LimeKeys
from sonnette.store.schema import open_database
from tests.server.lime_keys.test_service import ALICE, registration

ADDRESS = "sip:alice@example.test"


@pytest.fixture
def keys(run, tmp_path):
    """Alice's account with a device that was seen and has published its keys."""
    database = open_database(f"sqlite:///{tmp_path}/var/sonnette.db")
    with database.write() as session:
        insert(session, "account", id=1, domain="example.test", username="alice", ha1_md5="a",
               ha1_sha256="b", active=True, created_at=0.0)  # fmt: skip
        insert(session, "device", account_id=1, instance="<urn:uuid:alice1>",
               user_agent="Linphone", first_seen=0.0, last_seen=1.0)  # fmt: skip
    register = registration()
    LimeKeys(database, lambda: 0.0).answer(1, ALICE, encode_request(C25519, register))
    yield LimeKeys(database, lambda: 0.0), register
    database.close()


def insert(session, table, **values):
    session.execute(METADATA.tables[table].insert().values(**values))


@pytest.mark.req("D-14")
def test_a_device_is_shown_with_the_fingerprint_of_its_keys(run, keys):
    (device,) = json.loads(run("device", "list", ADDRESS, "--json").out)
    assert device["fingerprints"] == [f"c25519 {fingerprint(keys[1].identity)}"]


@pytest.mark.req("D-14")
def test_a_device_that_is_removed_takes_its_keys_along(run, keys):
    assert keys[0].published(1)
    assert run("device", "remove", ADDRESS, "<urn:uuid:alice1>").status == 0
    assert keys[0].published(1) == []
