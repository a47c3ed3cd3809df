"""The key server over a database: what it keeps, hands out, refuses and forgets."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.lime import ALGORITHMS, C448, C25519
from sonnette.lime.keys import Identity, KeyPair, OneTimePrekey, SignedPrekey, fingerprint
from sonnette.lime.server_messages import (
    DeleteUser,
    Done,
    GetBundles,
    GetOneTimeNumbers,
    OneTimeNumbers,
    PostOneTime,
    PostSigned,
    Refusal,
    Register,
    Type,
    encode_request,
    parse_response,
)
from sonnette.server.lime_keys.rules import ONE_TIME_BY_REQUESTER, ONE_TIME_WINDOW
from tests.lime.world import Member

pytestmark = [pytest.mark.req("S-9"), pytest.mark.req("D-14")]
ALICE, BOB, CAROL = (f"sip:{n}@example.test;gr=urn:uuid:{n}1" for n in ("alice", "bob", "carol"))


def signed(algorithm, identity, number=1):
    public = KeyPair.generate(algorithm, SeededEntropy(number)).published
    return SignedPrekey(number, public, algorithm.curve.sign(identity.seed, public))


def keys(algorithm, count, first=0):
    size = algorithm.public_size
    return tuple(OneTimePrekey(n, bytes([n % 251]) * size) for n in range(first, first + count))


def registration(algorithm=C25519, count=3, seed=0):
    identity = Identity.generate(algorithm, SeededEntropy(f"identity {seed}"))
    return Register(identity.public, signed(algorithm, identity), keys(algorithm, count))


def ask(server, device, request, algorithm=C25519):
    return parse_response(algorithm, server.post(device, encode_request(algorithm, request)))


def bundle(server, asker, device, algorithm=C25519):
    ((_, found),) = ask(server, asker, GetBundles((device,)), algorithm).bundles
    return found


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=repr)
def test_what_is_registered_is_handed_out_and_each_one_time_key_once(server, algorithm):
    register = registration(algorithm)
    assert ask(server, BOB, register, algorithm) == Done(Type.REGISTER)
    found = [bundle(server, ALICE, BOB, algorithm) for _ in range(4)]
    assert {(b.identity, b.signed) for b in found} == {(register.identity, register.signed)}
    assert [b.one_time for b in found] == [*register.one_time, None]


def test_algorithms_are_kept_apart(server):
    ask(server, BOB, registration(C25519))
    assert bundle(server, ALICE, BOB, C448) is None


def test_bundles_come_in_the_order_asked_and_unknown_devices_are_marked(server):
    ask(server, BOB, registration())
    ask(server, CAROL, registration(seed=1))
    ghost = "sip:ghost@example.test;gr=1"
    found = ask(server, ALICE, GetBundles((CAROL, ghost, BOB))).bundles
    assert [(device, b is not None) for device, b in found] == [
        (CAROL, True), (ghost, False), (BOB, True)
    ]  # fmt: skip


def test_registering_again_with_the_same_keys_changes_nothing(server):
    register = registration()
    ask(server, BOB, register)
    again = replace(register, one_time=keys(C25519, 5, first=50))
    assert ask(server, BOB, again) == Done(Type.REGISTER)
    assert ask(server, BOB, GetOneTimeNumbers()) == OneTimeNumbers((0, 1, 2))


def test_registering_again_with_other_keys_is_refused(server):
    ask(server, BOB, registration())
    assert ask(server, BOB, registration(seed=2)).why is Refusal.ALREADY_IN


def test_a_signed_prekey_is_replaced_and_one_time_keys_are_added(server):
    identity = Identity.generate(C25519, SeededEntropy("bob"))
    ask(server, BOB, Register(identity.public, signed(C25519, identity), ()))
    fresh = signed(C25519, identity, number=2)
    assert ask(server, BOB, PostSigned(fresh)) == Done(Type.POST_SIGNED)
    assert ask(server, BOB, PostOneTime(keys(C25519, 2))) == Done(Type.POST_ONE_TIME)
    found = bundle(server, ALICE, BOB)
    assert (found.signed, found.one_time) == (fresh, keys(C25519, 1)[0])
    assert ask(server, BOB, GetOneTimeNumbers()) == OneTimeNumbers((1,))


@pytest.mark.parametrize(
    "request_", [PostOneTime(()), GetOneTimeNumbers()], ids=["post keys", "count keys"]
)
def test_a_device_that_is_not_registered_is_told_so(server, request_):
    assert ask(server, BOB, request_).why is Refusal.NOT_FOUND


def test_a_prekey_that_its_identity_did_not_sign_is_refused(server):
    register = registration()
    forged = replace(register.signed, signature=bytes(64))
    assert ask(server, BOB, replace(register, signed=forged)).why is Refusal.BAD_REQUEST
    ask(server, BOB, register)
    assert ask(server, BOB, PostSigned(forged)).why is Refusal.BAD_REQUEST
    assert bundle(server, ALICE, BOB).signed == register.signed


def test_one_time_keys_have_a_limit_at_once_and_in_sum(server):
    assert ask(server, BOB, registration(count=201)).why is Refusal.LIMIT
    assert bundle(server, ALICE, BOB) is None
    assert ask(server, BOB, registration(count=150)) == Done(Type.REGISTER)
    assert ask(server, BOB, PostOneTime(keys(C25519, 51, first=150))).why is Refusal.LIMIT
    assert ask(server, BOB, PostOneTime(keys(C25519, 50, first=150))) == Done(Type.POST_ONE_TIME)


def test_too_many_devices_in_one_request_are_refused(server):
    asked = tuple(f"sip:x{n}@example.test;gr=1" for n in range(1001))
    assert ask(server, ALICE, GetBundles(asked)).why is Refusal.LIMIT


def test_deletion_takes_the_asking_device_alone_and_always_succeeds(server):
    other = BOB.replace("bob1", "bob2")
    ask(server, BOB, registration())
    ask(server, other, registration(seed=1))
    for _ in range(2):
        assert ask(server, BOB, DeleteUser()) == Done(Type.DELETE_USER)
    assert bundle(server, ALICE, BOB) is None
    assert bundle(server, ALICE, other) is not None


def test_one_account_cannot_drain_a_device(server):
    ask(server, BOB, registration(count=100))
    got = [bundle(server, ALICE, BOB).one_time for _ in range(ONE_TIME_BY_REQUESTER + 5)]
    assert sum(key is not None for key in got) == ONE_TIME_BY_REQUESTER
    assert bundle(server, CAROL, BOB).one_time is not None
    server.now += ONE_TIME_WINDOW
    assert bundle(server, ALICE, BOB).one_time is not None


def test_no_one_time_key_is_handed_out_twice_to_a_hundred_requests_at_once(server, monkeypatch):
    monkeypatch.setattr("sonnette.server.lime_keys.rules.ONE_TIME_BY_REQUESTER", 1000)
    monkeypatch.setattr("sonnette.server.lime_keys.rules.ONE_TIME_OF_DEVICE", 1000)
    ask(server, BOB, registration(count=80))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: bundle(server, ALICE, BOB), range(100)))
    served = Counter(b.one_time.number for b in found if b.one_time is not None)
    assert max(served.values()) == 1
    left = len(ask(server, BOB, GetOneTimeNumbers()).numbers)
    assert len(served) + left == 80


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", Refusal.SIZE),
        (b"\1\5", Refusal.SIZE),
        (b"\1\5\1", Refusal.SIZE),
        (b"\1\5\1\0\5\0\1x", Refusal.SIZE),
        (b"\2\5\1", Refusal.VERSION),
        (b"\1\5\3", Refusal.ALGORITHM),
        (b"\1\1\1", Refusal.BAD_REQUEST),
        (b"\1\5\1\0\0", Refusal.BAD_REQUEST),
    ],
)
def test_a_broken_request_is_answered_with_an_error(server, body, why):
    answer = server.post(ALICE, body)
    assert answer[:2] == b"\1\xff"
    assert answer[2] == (1 if body[2:3] == b"\1" else 0)
    assert parse_response(C25519, answer).why is why


def test_keys_go_with_the_account(server):
    ask(server, BOB, registration())
    server.accounts.delete("sip:bob@example.test")
    assert bundle(server, ALICE, BOB) is None


def test_keys_go_with_the_device(server):
    other = BOB.replace("bob1", "bob2")
    ask(server, BOB, registration())
    ask(server, BOB, registration(C448), C448)
    ask(server, other, registration(seed=1))
    assert server.keys.forget_device(server.id_of(BOB), "<urn:uuid:bob1>") == 2
    assert bundle(server, ALICE, BOB) is None
    assert bundle(server, ALICE, other) is not None


def test_a_person_is_shown_the_fingerprints_of_their_devices(server):
    register = registration()
    ask(server, BOB, register)
    bundle(server, ALICE, BOB)
    (shown,) = server.keys.published(server.id_of(BOB))
    assert (shown.device, shown.algorithm, shown.one_time_left) == (BOB, "c25519", 2)
    assert shown.fingerprint == fingerprint(register.identity)


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=repr)
def test_devices_talk_by_way_of_the_server(server, algorithm):
    alice, bob = (Member(server, name, (algorithm,)) for name in ("alice", "bob"))
    assert bob.receive(alice, alice.send(b"hello", bob)) == b"hello"
    assert alice.receive(bob, bob.send(b"hello back", alice)) == b"hello back"
