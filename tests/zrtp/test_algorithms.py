import pytest
from hypothesis import given

from sonnette.base.errors import LocalError
from sonnette.zrtp import AuthTag, Cipher, Hash, KeyAgreement, Offer, Sas, Settings, Suite
from sonnette.zrtp.algorithms import choose
from tests.zrtp.test_messages import offers

K = KeyAgreement


@pytest.mark.rfc("6189", "4.1.2")
@given(offers, offers)
def test_both_sides_choose_the_same_agreement_from_what_both_offer(own, peer):
    ours, theirs = choose(own, peer), choose(peer, own)
    assert ours.agreement is theirs.agreement
    for offer in (own, peer):
        assert ours.agreement in offer.agreements
        assert ours.hash in offer.hashes
        assert ours.cipher in offer.ciphers
        assert ours.tag in offer.tags
        assert ours.scheme in offer.schemes


@pytest.mark.parametrize(
    ("ours", "theirs", "chosen"),
    [
        ([K.X448, K.X255], [K.X448, K.X255], K.X448),
        ([K.X448, K.X255], [K.X255, K.X448], K.X255),
        ([K.X3M3, K.X1M1, K.X255], [K.X1M1, K.X3M3], K.X1M1),
        ([K.X1M1], [K.X255], K.DH3K),
    ],
)
def test_a_tie_goes_to_the_lighter_agreement(ours, theirs, chosen):
    assert choose(Offer(agreements=ours), Offer(agreements=theirs)).agreement is chosen


@pytest.mark.parametrize("agreement", [K.X448, K.MLK2, K.X1M1])
def test_a_strong_agreement_takes_the_long_hash_and_key(agreement):
    offer = Offer(agreements=(agreement,))
    suite = choose(offer, offer)
    assert (suite.hash, suite.cipher) == (Hash.S512, Cipher.AES3)
    assert choose(offer, Offer((Hash.S384,), agreements=(agreement,))).hash is Hash.S384


def test_an_ordinary_agreement_takes_the_first_common():
    suite = choose(Offer(agreements=(K.X255,)), Offer(agreements=(K.X255,)))
    assert (suite.hash, suite.cipher, suite.tag) == (Hash.S256, Cipher.AES1, AuthTag.HS80)


def test_multistream_needs_both():
    assert choose(Offer(), Offer(), multistream=True).agreement is K.MULT
    assert choose(Offer(), Offer()).agreement is K.X1M1


@pytest.mark.rfc("6189", "5.1.5")
def test_what_everybody_must_know_is_always_offered():
    offer = Offer((), (), (), (), ())
    assert offer.hashes == (Hash.S256,)
    assert offer.agreements == (K.DH3K, K.MULT)
    with pytest.raises(LocalError):
        Settings(offer=Offer(agreements=list(K)))


@pytest.mark.parametrize(
    ("cipher", "tag", "name"),
    [
        (Cipher.AES1, AuthTag.HS80, "AES_CM_128_HMAC_SHA1_80"),
        (Cipher.AES1, AuthTag.HS32, "AES_CM_128_HMAC_SHA1_32"),
        (Cipher.AES3, AuthTag.HS80, "AES_256_CM_HMAC_SHA1_80"),
        (Cipher.AES1, AuthTag.GCM, "AEAD_AES_128_GCM"),
        (Cipher.AES3, AuthTag.GCM, "AEAD_AES_256_GCM"),
    ],
)
def test_srtp_suites_have_their_registered_names(cipher, tag, name):
    assert Suite(Hash.S256, cipher, tag, K.X255, Sas.B32).srtp_name == name


def test_a_datagram_has_room_for_something():
    with pytest.raises(LocalError):
        Settings(mtu=599)
