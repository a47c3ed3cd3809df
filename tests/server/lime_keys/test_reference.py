"""Debian's liblime registers with our key server and fetches bundles from it."""

import pytest

from sonnette.lime import C448, C25519
from tests.lime.reference import Reference
from tests.lime.world import ROOM, Member

pytestmark = [pytest.mark.interop, pytest.mark.req("S-9")]


@pytest.mark.parametrize("algorithm", [C25519, C448], ids=repr)
def test_the_reference_lives_on_our_key_server(server, tmp_path, algorithm):
    address = "sip:bob@example.test;gr=urn:uuid:bob"
    theirs = Reference(tmp_path, server.post, address, algorithm.number, 10)
    (published,) = server.keys.published(server.id_of(address))
    assert (published.device, published.one_time_left) == (address, 10)
    ours = Member(server, "alice", (algorithm,))
    (message,) = ours.send(b"to theirs", theirs).messages
    assert theirs.decrypt(ROOM, ours.address, message.message) == b"to theirs"
    fresh = Member(server, "carol", (algorithm,))
    sent = theirs.encrypt(ROOM, [fresh.address], b"to ours")
    assert sent.messages[fresh.address] is not None
    theirs.update()
    (published,) = server.keys.published(server.id_of(address))
    assert published.one_time_left > 10
    theirs.stop()
