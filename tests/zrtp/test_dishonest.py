"""A peer whose messages do not vouch for each other (RFC 6189 9): each flaw by itself.

Such a peer knows the keys, so that only the hash chain and the MACs of the messages give it
away.  A crooked chain has one image that is not the hash of the one before.
"""

from dataclasses import replace

import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.zrtp import AuthTag, Cipher, Hash, KeyAgreement, Offer, Refusal, Sas, Suite
from sonnette.zrtp.initiator import Initiator
from sonnette.zrtp.messages import FOREVER, MAC_SIZE, Hello, unframe
from sonnette.zrtp.parties import HashChain, Own, Parties
from sonnette.zrtp.responder import Responder

pytestmark = pytest.mark.rfc("6189", "9")

SESSION_KEY = bytes(32)
HONEST, DISHONEST = b"h" * 12, b"d" * 12


def chain_of(name, crooked=None):
    """A hash chain in which the image ``crooked`` follows from none before it."""
    chain = HashChain(SeededEntropy(name).draw(32))
    if crooked:
        setattr(chain, crooked, SeededEntropy(crooked).draw(32))
        follows = {"h1": ("h2", "h3"), "h2": ("h3",), "h3": ()}[crooked]
        for image in follows:
            before = f"h{int(image[1]) - 1}"
            setattr(chain, image, HashChain(getattr(chain, before)).h1)
    return chain


def side(name, zid, chain, hello_key=None):
    entropy = SeededEntropy(f"{name}'s")
    hello = Hello(chain.h3, zid, Offer(), name.encode()).encode(hello_key or chain.h2)
    return Own(zid, chain, hello, Offer(), entropy, session_key=SESSION_KEY)


def parties(own, other):
    return Parties(own, Hello.read(unframe(other.hello)[1]), other.hello)


def suite(agreement):
    return Suite(Hash.S256, Cipher.AES1, AuthTag.HS80, agreement, Sas.B32)


class Exchange:
    """An honest side and another, message by message."""

    def __init__(self, agreement, chain, initiates, hello_key=None, zid=DISHONEST):
        honest = side("honest", HONEST, chain_of("honest"))
        other = side("other", DISHONEST, chain, hello_key)
        here, there = parties(honest, other), parties(replace(other, zid=zid), honest)
        sides = (there, here) if initiates else (here, there)
        self.chain, self.multistream = chain, agreement is KeyAgreement.MULT
        self.initiator = Initiator(sides[0], suite(agreement), FOREVER)
        self._responding = sides[1]

    def run(self, before_confirm=lambda: None):
        responder = Responder(self._responding, self.initiator.commit, FOREVER)
        answer = responder.answer
        if not self.multistream:
            dhpart2 = self.initiator.take_dhpart1(answer)
            before_confirm()
            answer = responder.take_dhpart2(dhpart2)
        return responder.take_confirm2(self.initiator.take_confirm1(answer))


BOTH_MODES = pytest.mark.parametrize("agreement", [KeyAgreement.X255, KeyAgreement.MULT])
BOTH_ROLES = pytest.mark.parametrize("initiates", [True, False])


def assert_found_out(code, run):
    with pytest.raises(Refusal) as refusal:
        run()
    assert refusal.value.code == code


@BOTH_MODES
@BOTH_ROLES
def test_an_honest_peer_is_not_suspected(agreement, initiates):
    assert Exchange(agreement, chain_of("other"), initiates).run()


@BOTH_MODES
@BOTH_ROLES
@pytest.mark.parametrize("crooked", ["h1", "h2", "h3"])
def test_a_crooked_chain_is_found_out(agreement, initiates, crooked):
    exchange = Exchange(agreement, chain_of("other", crooked), initiates)
    assert_found_out("zrtp.hash-chain", exchange.run)


@BOTH_MODES
@BOTH_ROLES
def test_a_hello_under_another_key_is_found_out(agreement, initiates):
    exchange = Exchange(agreement, chain_of("other"), initiates, hello_key=bytes(32))
    assert_found_out("zrtp.hello-altered", exchange.run)


@BOTH_MODES
def test_a_commit_under_another_key_is_found_out(agreement):
    exchange = Exchange(agreement, chain_of("other"), initiates=True)
    exchange.initiator.commit = exchange.initiator.commit[:-MAC_SIZE] + bytes(MAC_SIZE)
    assert_found_out("zrtp.hash-chain", exchange.run)


@BOTH_MODES
def test_a_commit_from_another_identity_is_found_out(agreement):
    exchange = Exchange(agreement, chain_of("other"), initiates=True, zid=b"x" * 12)
    assert_found_out("zrtp.hash-chain", exchange.run)


@BOTH_ROLES
def test_a_dhpart_under_another_key_is_found_out(initiates):
    chain = chain_of("other")
    right, chain.h0 = chain.h0, bytes(32)
    exchange = Exchange(KeyAgreement.X255, chain, initiates)

    def show_the_right_image():
        chain.h0 = right

    assert_found_out("zrtp.hash-chain", lambda: exchange.run(show_the_right_image))


def test_a_crooked_chain_is_found_out_before_anything_is_confirmed():
    exchange = Exchange(KeyAgreement.X255, chain_of("other", "h2"), initiates=True)
    assert_found_out("zrtp.hash-chain", exchange.run)
    assert exchange.initiator.agreed is None
