"""Every key agreement between two of our own, on good networks and bad."""

import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.testing.network import Link
from sonnette.zrtp import (
    AuthTag,
    Cipher,
    Hash,
    KeyAgreement,
    Keyed,
    Offer,
    Past,
    Refusal,
    Role,
    Secured,
    State,
    Stream,
)
from sonnette.zrtp.agreement.finite_field import PRIME
from sonnette.zrtp.agreement.halves import diffie_hellman_half, opening_half, sealing_half
from tests.zrtp.line import Line, Phone, talk

AGREEMENTS = [agreement for agreement in KeyAgreement if agreement is not KeyAgreement.MULT]


def assert_same_keys(line):
    ours, theirs = line.alice.keys, line.bob.keys
    assert ours.suite == theirs.suite
    assert (ours.own_key, ours.own_salt) == (theirs.peer_key, theirs.peer_salt)
    assert (ours.peer_key, ours.peer_salt) == (theirs.own_key, theirs.own_salt)
    assert ours.own_key != ours.peer_key
    assert line.alice.security.sas == line.bob.security.sas


@pytest.mark.rfc("6189", "4.4.1")
@pytest.mark.parametrize("agreement", AGREEMENTS)
@pytest.mark.parametrize("initiator", ["alice", "bob"])
def test_both_sides_come_to_the_same_keys(agreement, initiator):
    offer = Offer(agreements=(agreement,))
    phones = [Phone(name, offer=offer, passive=name != initiator) for name in ("alice", "bob")]
    line = talk(*phones)
    assert_same_keys(line)
    assert line.alice.security.suite.agreement is agreement
    assert (line.alice.security.role is Role.INITIATOR) == (initiator == "alice")
    assert line.alice.security.past is Past.UNKNOWN


@pytest.mark.parametrize("hashing", list(Hash))
@pytest.mark.parametrize("cipher", list(Cipher))
@pytest.mark.parametrize("tag", list(AuthTag))
def test_every_combination_of_the_rest_agrees(hashing, cipher, tag):
    offer = Offer((hashing,), (cipher,), (tag,), (KeyAgreement.X255,))
    line = talk(Phone("alice", offer=offer), Phone("bob", offer=offer))
    assert_same_keys(line)
    assert len(line.alice.keys.own_key.reveal()) == cipher.key_size
    assert len(line.alice.keys.own_salt.reveal()) == (12 if tag is AuthTag.GCM else 14)


@pytest.mark.rfc("6189", "6")
@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("mtu", [600, 1452])
def test_a_bad_network_only_delays_it(seed, mtu):
    offer = Offer(agreements=(KeyAgreement.X3M3,))
    phones = Phone("alice", offer=offer, mtu=mtu), Phone("bob", offer=offer, mtu=mtu)
    link = Link(loss=0.15, delay=0.03, jitter=0.1, duplication=0.2)
    line = talk(*phones, link=link, seed=seed)
    assert_same_keys(line)
    assert line.alice.stream.state is line.bob.stream.state is State.SECURE


def both_halves(agreement, hashing, entropy):
    if not agreement.encapsulates:
        return [diffie_hellman_half(agreement, entropy) for _ in range(2)]
    half = opening_half(agreement, hashing, entropy)
    return half, sealing_half(agreement, hashing, half.commit_key, entropy)


def test_keys_are_there_before_the_last_words():
    line = talk(Phone("alice"), Phone("bob"))
    for end in (line.alice, line.bob):
        kinds = [type(output) for output in end.told(object)]
        assert kinds == [Keyed, Secured]


@pytest.mark.rfc("6189", "4.4.3")
def test_further_streams_take_their_keys_from_the_first():
    sessions = Phone("alice").session(), Phone("bob").session()
    first = talk(*sessions)
    others = []
    for number in (3, 5):
        streams = [Stream(sessions[0], number), Stream(sessions[1], number + 1)]
        others.append(Line(*streams, seed=number).run())
    for line in others:
        assert_same_keys(line)
        assert line.alice.security.suite.agreement is KeyAgreement.MULT
        assert line.alice.security.sas == ""
    keys = {line.alice.keys.own_key.reveal() for line in (first, *others)}
    assert len(keys) == 3


def test_an_exported_key_is_the_same_on_both_sides():
    sessions = Phone("alice").session(), Phone("bob").session()
    talk(*sessions)
    assert sessions[0].export(b"label", 32) == sessions[1].export(b"label", 32)
    assert sessions[0].export(b"label", 32) != sessions[0].export(b"other", 32)


@pytest.mark.rfc("6189", "4.4.1.2")
@pytest.mark.parametrize("agreement", AGREEMENTS)
@pytest.mark.parametrize("make", [lambda size: bytes(size), lambda size: b"", lambda size: b"\1"])
def test_a_value_that_is_not_sound_is_refused(agreement, make):
    """Zero, a wrong size: for a ciphertext of ML-KEM a value is as good as another."""
    entropy, hashing = SeededEntropy(1), Hash.S256
    half, other = both_halves(agreement, hashing, entropy)
    size = len(other.public_value)
    value = make(size)
    if agreement.value.startswith(b"MLK") and len(value) == size:
        assert half.finish(value)
        return
    with pytest.raises(Refusal) as refusal:
        half.finish(value)
    assert refusal.value.wire == 0x61


@pytest.mark.parametrize("agreement", [a for a in AGREEMENTS if a.encapsulates])
@pytest.mark.parametrize("key", [b"", bytes(3)])
def test_a_key_that_is_not_sound_is_refused(agreement, key):
    with pytest.raises(Refusal):
        sealing_half(agreement, Hash.S256, key, SeededEntropy(1))


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_a_nonce_that_is_not_sound_is_refused(size):
    _, half = both_halves(KeyAgreement.MLK1, Hash.S256, SeededEntropy(1))
    with pytest.raises(Refusal):
        half.finish(bytes(size))


def test_the_edges_of_the_finite_field_are_refused():
    half = diffie_hellman_half(KeyAgreement.DH3K, SeededEntropy(1))
    for value in (0, 1, PRIME - 1, PRIME, PRIME + 1):
        with pytest.raises(Refusal):
            half.finish(value.to_bytes(384, "big"))
    with pytest.raises(Refusal):
        half.finish(b"\0" + half.public_value)
