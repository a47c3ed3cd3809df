"""What a peer can get wrong: every refusal is typed, and changes nothing."""

import pytest

from sonnette.base.errors import LocalError, PeerError
from sonnette.lime import (
    ALGORITHMS,
    C448,
    C448MLK1024,
    C25519,
    C25519MLK512,
    Incoming,
    Outgoing,
    Policy,
    preference,
)
from sonnette.lime.device.events import Encrypted
from sonnette.lime.device.sending import LARGEST_PAYLOAD, MOST_TICKETS
from sonnette.lime.header import LARGEST, Header, kem_index, names_kem
from sonnette.lime.keys import KeyPair
from sonnette.lime.primitives.algorithm import by_number
from sonnette.lime.ratchet import KEM_STEP_MESSAGES
from tests.lime.world import NOW, ROOM, Directory, Member, pair

pytestmark = pytest.mark.req("S-9")
HYBRID = pytest.mark.parametrize("algorithm", [C25519MLK512, C448MLK1024], ids=repr)


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=repr)
def test_a_message_cut_anywhere_is_refused_and_the_session_survives(algorithm):
    alice, bob = pair(algorithm)
    sent = alice.send(b"whole", bob)
    part = bob.incoming(alice, sent)
    size = len(part.message)
    for cut in [*range(60), *range(60, size, max(1, size // 40))]:
        with pytest.raises(PeerError):
            bob.device.decrypt(NOW, Incoming(part.sender, ROOM, part.message[:cut]))
    assert bob.receive(alice, sent) == b"whole"


@pytest.mark.parametrize("algorithm", [C25519, C25519MLK512], ids=repr)
@pytest.mark.parametrize("answered", [False, True])
def test_a_bit_flipped_anywhere_is_refused_and_the_session_survives(algorithm, answered):
    alice, bob = pair(algorithm)
    if answered:
        alice.receive(bob, bob.send(b"open", alice))
    sent = alice.send(b"genuine", bob, policy=Policy.CIPHER_MESSAGE)
    part = bob.incoming(alice, sent)
    for name in ("message", "cipher_message"):
        genuine = getattr(part, name)
        for at in range(0, len(genuine), max(1, len(genuine) // 60)):
            forged = genuine[:at] + bytes([genuine[at] ^ 1]) + genuine[at + 1 :]
            parts = {"message": part.message, "cipher_message": part.cipher_message, name: forged}
            with pytest.raises(PeerError):
                bob.device.decrypt(NOW, Incoming(part.sender, ROOM, **parts))
    assert bob.receive(alice, sent) == b"genuine"


def test_sender_recipient_and_conversation_are_bound():
    directory = Directory()
    alice, bob, carol = (Member(directory, name) for name in ("alice", "bob", "carol"))
    sent = alice.send(b"x", bob, carol)
    part = bob.incoming(alice, sent)
    for sender, conversation in ((carol.address, ROOM), (alice.address, ROOM + "x")):
        with pytest.raises(PeerError):
            bob.device.decrypt(NOW, Incoming(sender, conversation, part.message))
    with pytest.raises(PeerError):
        bob.device.decrypt(NOW, carol.incoming(alice, sent))


def test_message_and_cipher_message_belong_together():
    alice, bob = pair()
    direct = bob.incoming(alice, alice.send(b"x", bob, policy=Policy.DIRECT))
    shared = bob.incoming(alice, alice.send(b"x", bob, policy=Policy.CIPHER_MESSAGE))
    for message, cipher in (
        (direct.message, shared.cipher_message),
        (shared.message, b""),
        (shared.message, b"short"),
    ):
        with pytest.raises(PeerError):
            bob.device.decrypt(NOW, Incoming(alice.address, ROOM, message, cipher))


@pytest.mark.parametrize(
    ("start", "code"),
    [
        (b"\2\2\1", "lime.message.version"),
        (b"\1\x82\1", "lime.message.version"),
        (b"\1\6\1", "lime.message.version"),
        (b"\1\2\3", "lime.algorithm.unknown"),
        (b"\1\2\x09", "lime.algorithm.unknown"),
        (b"\1\2\2", "lime.algorithm.unused"),
        (b"\1\3\1\2", "lime.message.malformed"),
        (b"\1\2\1\xff\xff\0\0", "lime.message.malformed"),
        (b"\1\2\1\0\0\xff\xff", "lime.message.malformed"),
        (b"\1\2\1\0\0\0\0", "lime.session.none"),
    ],
)
def test_a_header_that_is_not_ours_to_read_is_refused(start, code):
    _, bob = pair()
    with pytest.raises(PeerError) as refused:
        bob.device.decrypt(NOW, Incoming("sip:x@y;gr=1", ROOM, start.ljust(300, b"\x05")))
    assert refused.value.code == code


def test_what_is_oversized_is_refused():
    alice, bob = pair()
    for parts in ((bytes(LARGEST + 1), b""), (b"\1\0\1" + bytes(60), bytes(LARGEST + 1))):
        with pytest.raises(PeerError) as refused:
            bob.device.decrypt(NOW, Incoming(alice.address, ROOM, *parts))
        assert refused.value.code == "lime.message.large"
    with pytest.raises(LocalError):
        alice.device.encrypt(NOW, Outgoing(ROOM, (bob.address,), bytes(LARGEST_PAYLOAD + 1)))


@pytest.mark.parametrize("address", ["", "sip:a b@c", 'sip:"a"@c', "<sip:a@c>", "sip:é@c", "a\n"])
def test_an_address_that_could_be_read_two_ways_is_refused(address):
    alice, bob = pair()
    with pytest.raises(PeerError):
        bob.device.decrypt(NOW, Incoming(address, ROOM, bytes(100)))
    with pytest.raises(PeerError):
        bob.device.decrypt(NOW, Incoming(alice.address, address, bytes(100)))
    with pytest.raises(LocalError):
        alice.device.encrypt(NOW, Outgoing(ROOM, (address,), b""))
    with pytest.raises(LocalError):
        alice.device.encrypt(NOW, Outgoing(address, (bob.address,), b""))


def test_recipients_are_others_and_each_stands_once():
    alice, bob = pair()
    for devices in ((), (bob.address, bob.address), (alice.address, bob.address)):
        with pytest.raises(LocalError) as refused:
            alice.device.encrypt(NOW, Outgoing(ROOM, devices, b"x"))
        assert refused.value.code == "lime.recipients"


def test_waiting_payloads_are_bounded_and_can_be_taken_back():
    alice, bob = pair()
    tickets = [
        alice.device.encrypt(NOW, Outgoing(ROOM, (bob.address,), b"x")) for _ in range(MOST_TICKETS)
    ]
    with pytest.raises(LocalError):
        alice.device.encrypt(NOW, Outgoing(ROOM, (bob.address,), b"x"))
    alice.device.cancel(tickets[0])
    alice.settle(NOW)
    assert len(alice.take(Encrypted)) == MOST_TICKETS - 1


@pytest.mark.parametrize("algorithm", [C25519, C448], ids=repr)
def test_weak_public_keys_are_refused(algorithm):
    curve = algorithm.curve
    private = bytes(range(1, curve.exchange_size + 1))
    for weak in (bytes(curve.exchange_size), b"\1" + bytes(curve.exchange_size - 1)):
        with pytest.raises(PeerError) as refused:
            curve.exchange(private, weak)
        assert refused.value.code == "lime.key.weak"
    for y in (1, -1):
        identity = (y % (2**255 - 19 if algorithm is C25519 else curve._PRIME)).to_bytes(
            curve.identity_size, "little"
        )
        with pytest.raises(PeerError):
            curve.identity_exchange_public(identity)


@pytest.mark.parametrize("algorithm", [C25519, C448], ids=repr)
def test_signatures_that_are_not_whole_or_not_canonical_do_not_verify(algorithm):
    curve = algorithm.curve
    seed = bytes(curve.identity_size)
    public, signature = curve.identity_public(seed), curve.sign(seed, b"m")
    assert curve.verify(public, b"m", signature)
    order = 2**252 + 27742317777372353535851937790883648493
    assert not curve.verify(public, b"m", signature[:-1])
    assert not curve.verify(public, b"m", bytes(curve.signature_size))
    assert not curve.verify(bytes(curve.identity_size), b"m", signature)
    if algorithm is C25519:
        raised = int.from_bytes(signature[32:], "little") + order
        assert not curve.verify(public, b"m", signature[:32] + raised.to_bytes(32, "little"))


def test_a_plain_ed25519_signature_is_not_taken_for_ours():
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    curve, seed = C25519.curve, bytes(32)
    key = Ed25519PrivateKey.from_private_bytes(seed)
    assert key.public_key().public_bytes_raw() == curve.identity_public(seed)
    assert not curve.verify(curve.identity_public(seed), b"m", key.sign(b"m"))


def test_a_kem_key_that_is_not_well_formed_is_refused():
    kem = C25519MLK512.kem
    with pytest.raises(PeerError):
        kem.encapsulate(b"\xff" * kem.public_size)


@HYBRID
def test_kem_steps_come_at_once_then_after_many_messages_and_never_between(algorithm):
    alice, bob = pair(algorithm)
    kinds = []
    for turn in range(KEM_STEP_MESSAGES + 10):
        speaker, listener = (alice, bob) if turn % 2 == 0 else (bob, alice)
        sent = speaker.send(b"%d" % turn, listener)
        kinds.append(Header.parse(sent.messages[0].message).key.steps_kem)
        assert listener.receive(speaker, sent) == b"%d" % turn
    assert kinds[:2] == [True, True]
    later = [turn for turn, steps in enumerate(kinds) if steps][2:]
    assert later
    assert later[0] > KEM_STEP_MESSAGES
    assert sum(kinds) <= 5


@HYBRID
def test_a_kem_step_comes_after_a_day(algorithm):
    alice, bob = pair(algorithm)
    bob.receive(alice, alice.send(b"1", bob))
    alice.receive(bob, bob.send(b"2", alice))
    bob.receive(alice, alice.send(b"3", bob))
    sent = bob.send(b"4", alice, now=NOW + 90_000)
    alice.receive(bob, sent)
    sent = alice.send(b"5", bob, now=NOW + 90_000)
    assert Header.parse(sent.messages[0].message).key.steps_kem
    assert bob.receive(alice, sent) == b"5"


def test_both_ways_of_naming_a_kem_key_are_understood():
    from hashlib import sha512

    public, ciphertext = b"p" * 800, b"c" * 768
    assert names_kem(kem_index(public, ciphertext), public, ciphertext)
    assert names_kem(sha512(public + ciphertext).digest()[:12], public, ciphertext)
    assert not names_kem(bytes(12), public, ciphertext)
    assert not names_kem(b"", public, ciphertext)


def test_algorithms_are_chosen_by_name_in_order():
    assert preference(["c25519mlk512", "c25519", "c25519"]) == (C25519MLK512, C25519)
    for wrong in ([], ["c25519k512"], ["c25519", "rot13"]):
        with pytest.raises(LocalError):
            preference(wrong)
    with pytest.raises(PeerError):
        by_number(3)
    assert by_number(2) is C448


def test_private_keys_do_not_show():
    pair_ = KeyPair.generate(C25519, Member(Directory(), "alice").entropy)
    assert pair_.private.hex() not in repr(pair_)
    assert repr(pair_.private) not in repr(pair_)
    alice, bob = pair()
    alice.send(b"x", bob)
    session = alice.device._keyring.sessions.active(bob.address, C25519).session
    for secret in (session.root, session.own.private, session.sending.key):
        assert repr(secret) not in repr(session)
