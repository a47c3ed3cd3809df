"""Both directions against Debian's liblime, on both curves it knows."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sonnette.base.errors import PeerError
from sonnette.lime import C448, C25519, Algorithm, Incoming, Policy
from sonnette.lime.device.events import Encrypted
from tests.lime.reference import Reference
from tests.lime.world import ROOM, Directory, Member

pytestmark = [pytest.mark.interop, pytest.mark.req("S-9")]
POLICIES = [Policy.DIRECT, Policy.CIPHER_MESSAGE, Policy.UPLOAD_SIZE, Policy.GLOBAL_SIZE]
BOTH = pytest.mark.parametrize("algorithm", [C25519, C448], ids=repr)

Start = Callable[..., Reference]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts devices of the reference and stops them."""
    started: list[Reference] = []

    def start(directory: Directory, name: str, algorithm: Algorithm, batch: int = 4) -> Reference:
        folder = tmp_path / name
        folder.mkdir()
        address = f"sip:{name}@example.test;gr=urn:uuid:{name}"
        started.append(Reference(folder, directory.post, address, algorithm.number, batch))
        return started[-1]

    yield start
    for reference in started:
        reference.stop()


def ours_to(reference: Reference, ours: Member, sent: Encrypted) -> bytes | None:
    (message,) = (m.message for m in sent.messages if m.device == reference.address)
    return reference.decrypt(ROOM, ours.address, message, sent.cipher_message)


def theirs_to(ours: Member, reference: Reference, payload: bytes, policy: int = 2) -> bytes:
    sent = reference.encrypt(ROOM, [ours.address], payload, policy)
    message = sent.messages[ours.address]
    assert message is not None
    incoming = Incoming(reference.address, ROOM, message, sent.cipher_message)
    return ours.device.decrypt(0.0, incoming).payload


@BOTH
@pytest.mark.parametrize("batch", [0, 4])
@pytest.mark.parametrize("opens", ["ours", "theirs"])
def test_a_conversation_in_every_policy(start, algorithm, batch, opens):
    directory = Directory()
    ours = Member(directory, "ours", (algorithm,), batch)
    theirs = start(directory, "theirs", algorithm, batch)
    turns = ["ours", "theirs"] if opens == "ours" else ["theirs", "ours"]
    for number, policy in enumerate(POLICIES):
        for turn in turns:
            for payload in (b"", b"%d" % number, bytes(3000)):
                if turn == "ours":
                    sent = ours.send(payload, theirs, policy=policy)
                    assert ours_to(theirs, ours, sent) == payload
                else:
                    assert theirs_to(ours, theirs, payload, number) == payload


@BOTH
def test_a_group_of_both_kinds_shares_a_cipher_message(start, algorithm):
    directory = Directory()
    alice, bob = (Member(directory, name, (algorithm,)) for name in ("alice", "bob"))
    carol, dave = (start(directory, name, algorithm) for name in ("carol", "dave"))
    payload = b"to all of you" * 50
    sent = alice.send(payload, bob, carol, dave, policy=Policy.CIPHER_MESSAGE)
    assert bob.receive(alice, sent) == payload
    assert ours_to(carol, alice, sent) == ours_to(dave, alice, sent) == payload
    theirs = carol.encrypt(ROOM, [alice.address, bob.address, dave.address], payload, 1)
    for member in (alice, bob):
        message = theirs.messages[member.address]
        incoming = Incoming(carol.address, ROOM, message, theirs.cipher_message)
        assert member.device.decrypt(0.0, incoming).payload == payload


@BOTH
def test_messages_overtake_each_other_in_both_directions(start, algorithm):
    directory = Directory()
    ours = Member(directory, "ours", (algorithm,))
    theirs = start(directory, "theirs", algorithm)
    late = [ours.send(b"%d" % n, theirs) for n in range(5)]
    assert ours_to(theirs, ours, late[3]) == b"3"
    held = [theirs.encrypt(ROOM, [ours.address], b"%d" % n).messages for n in range(5)]
    incoming = [Incoming(theirs.address, ROOM, h[ours.address]) for h in held]
    assert [ours.device.decrypt(0.0, i).payload for i in reversed(incoming)] == [
        b"4", b"3", b"2", b"1", b"0"
    ]  # fmt: skip
    after = ours.send(b"after", theirs)
    assert ours_to(theirs, ours, after) == b"after"
    assert [ours_to(theirs, ours, late[n]) for n in (4, 0, 2, 1)] == [b"4", b"0", b"2", b"1"]
    for again in incoming:
        with pytest.raises(PeerError):
            ours.device.decrypt(0.0, again)


@BOTH
def test_long_conversations_with_many_ratchet_steps(start, algorithm):
    directory = Directory()
    ours = Member(directory, "ours", (algorithm,))
    theirs = start(directory, "theirs", algorithm)
    for turn in range(40):
        sent = ours.send(b"%d" % turn, theirs)
        assert ours_to(theirs, ours, sent) == b"%d" % turn
        assert theirs_to(ours, theirs, b"%d" % turn) == b"%d" % turn


@BOTH
def test_a_new_session_of_ours_is_taken_by_the_reference(start, algorithm):
    directory = Directory()
    ours = Member(directory, "ours", (algorithm,))
    theirs = start(directory, "theirs", algorithm)
    assert ours_to(theirs, ours, ours.send(b"1", theirs)) == b"1"
    assert theirs_to(ours, theirs, b"2") == b"2"
    ours.device.restart_sessions(0.0, theirs.address)
    assert ours_to(theirs, ours, ours.send(b"3", theirs)) == b"3"
    assert theirs_to(ours, theirs, b"4") == b"4"


@BOTH
def test_the_reference_refuses_what_we_alter(start, algorithm):
    directory = Directory()
    ours = Member(directory, "ours", (algorithm,))
    theirs = start(directory, "theirs", algorithm)
    sent = ours.send(b"genuine", theirs)
    message = sent.messages[0].message
    forged = message[:-1] + bytes([message[-1] ^ 1])
    assert theirs.decrypt(ROOM, ours.address, forged) is None
    assert theirs.decrypt(ROOM + "x", ours.address, message) is None
    assert ours_to(theirs, ours, sent) == b"genuine"


@BOTH
def test_the_reference_reads_our_identity_as_we_do(start, algorithm):
    directory = Directory()
    theirs = start(directory, "theirs", algorithm)
    assert directory.rows[theirs.address, algorithm.number].identity == theirs.identity()
