"""The agreement with bzrtp, the library in Linphone: same string, same keys, both ways."""

import pytest

from sonnette.base.shield import Secret
from sonnette.sdp.security import ZrtpHash
from sonnette.testing.network import Link
from sonnette.zrtp import Auxiliary, Hash, KeyAgreement, MemoryCache, Offer, Past, Stream
from sonnette.zrtp.algorithms import AuthTag, Cipher, Sas
from tests.zrtp.line import Line, Phone
from tests.zrtp.reference import Reached, Reference, SecretStore

pytestmark = pytest.mark.interop

LOSSY = Link(loss=0.2, delay=0.02, jitter=0.05, duplication=0.1)


def agree(ours, theirs, **line):
    """A first stream with the library; what each side says of it."""
    stream = ours if isinstance(ours, Stream) else Stream(ours.session(), 1)
    joined = Line(stream, theirs.channel(2), **line).run()
    reached = joined.bob.only(Reached)
    keys, security = joined.alice.keys, joined.alice.security
    assert reached.own_key == keys.peer_key.reveal()
    assert reached.own_salt == keys.peer_salt.reveal()
    assert reached.peer_key == keys.own_key.reveal()
    assert reached.peer_salt == keys.own_salt.reveal()
    assert security.sas == reached.sas
    return security, reached


@pytest.fixture
def call():
    """Makes calls of the library, and ends them."""
    made = []

    def make(*names, **what):
        made.append(Reference(*names, **what))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.mark.req("S-10")
@pytest.mark.parametrize("agreement", [KeyAgreement.X255, KeyAgreement.X448, KeyAgreement.DH3K])
@pytest.mark.parametrize("hashing", [Hash.S256, Hash.S384])
@pytest.mark.parametrize("cipher", list(Cipher))
@pytest.mark.parametrize("passive", [True, False], ids=["responding", "either"])
def test_both_come_to_the_same_keys(call, agreement, hashing, cipher, passive):
    offer = Offer((hashing,), (cipher,), (AuthTag.HS80,), (agreement,), (Sas.B32,))
    theirs = call(agreement.value, hashing.value, cipher.value, b"HS80")
    security, _ = agree(Phone("alice", offer=offer, passive=passive), theirs)
    assert security.suite.agreement is agreement
    assert security.suite.cipher is cipher


@pytest.mark.parametrize("scheme", list(Sas))
def test_both_show_the_same_string_in_either_manner(call, scheme):
    offer = Offer(schemes=(scheme,))
    security, _ = agree(Phone("alice", offer=offer), call(scheme.value, b"X255", b"Mult"))
    assert security.suite.scheme is scheme


@pytest.mark.parametrize("seed", range(12))
def test_a_bad_network_only_delays_it(call, seed):
    agree(Phone("alice"), call(), link=LOSSY, seed=seed)


def test_a_second_stream_is_keyed_from_the_first(call):
    session, theirs = Phone("alice").session(), call()
    agree(Stream(session, 1), theirs)
    line = Line(Stream(session, 3), theirs.channel(4)).run()
    reached = line.bob.only(Reached)
    assert line.alice.security.suite.agreement is KeyAgreement.MULT
    assert line.alice.security.sas == ""
    assert reached.own_key == line.alice.keys.peer_key.reveal()
    assert reached.peer_key == line.alice.keys.own_key.reveal()


def test_the_hash_in_the_signalling_binds_both_hellos(call):
    stream, theirs = Stream(Phone("alice").session(), 1), call()
    channel = theirs.channel(2)
    channel.expect(str(ZrtpHash("1.10", stream.hello_hash)))
    stream.expect(ZrtpHash.parse(channel.hello_hash).digest)
    Line(stream, channel).run().bob.only(Reached)


@pytest.mark.parametrize(
    ("given", "state", "code"),
    [(b"both keys", Auxiliary.MATCH, 0), (b"another", Auxiliary.MISMATCH, 1)],
)
def test_an_auxiliary_secret_is_compared(call, given, state, code):
    session = Phone("alice").session()
    session.auxiliary = Secret(b"both keys")
    security, reached = agree(Stream(session, 1), call(auxiliary=given))
    assert (security.auxiliary, reached.auxiliary) == (state, code)


@pytest.mark.rfc("6189", "4.3")
def test_later_calls_remember_the_first_and_its_comparison(call):
    alice, store = Phone("alice"), SecretStore()
    session, theirs = alice.session(), call(store=store)
    security, reached = agree(Stream(session, 1), theirs)
    assert (security.past, security.verified, reached.verified) == (Past.UNKNOWN, False, False)
    session.verify(True)
    theirs.verify()
    for number in (1, 2):
        theirs.close()
        theirs = call(store=store)
        security, reached = agree(Stream(alice.session(number), 1), theirs)
        assert (security.past, reached.cache_mismatch) == (Past.KNOWN, False)
        assert security.verified
        assert reached.verified
    theirs.close()
    alice.cache = MemoryCache(lambda: 0.0)
    theirs = call(store=store)
    security, reached = agree(Stream(alice.session(9), 1), theirs)
    assert (security.past, reached.cache_mismatch) == (Past.UNKNOWN, True)
    assert not (security.verified or reached.verified)
    theirs.close()
    store.close()
