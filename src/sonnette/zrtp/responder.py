"""The side that answers a Commit (RFC 6189 4.4): up to Conf2ACK, without timers.

Each method takes the initiator's message and gives the answer to it, or raises the Refusal
that ends the call.
"""

from hmac import compare_digest

from sonnette.zrtp import confirmation
from sonnette.zrtp.agreement.halves import sealing_half
from sonnette.zrtp.algorithms import KeyAgreement, Offer, Suite
from sonnette.zrtp.initiator import ALTERED_HELLO, BROKEN_CHAIN
from sonnette.zrtp.keys import Keys, agreed_secret, multistream_secret
from sonnette.zrtp.matching import Matched, Role
from sonnette.zrtp.messages import (
    HVI_SIZE,
    Commit,
    Confirm,
    DhPart,
    Kind,
    frame,
    image,
    is_sealed,
    unframe,
)
from sonnette.zrtp.parties import Agreed, Parties, is_vouched
from sonnette.zrtp.refusal import ErrorCode, require


class Responder:
    """Takes a Commit at once; ``answer`` is the DHPart1, or the Confirm1 of multistream mode."""

    def __init__(self, parties: Parties, commit: bytes, lifetime: int) -> None:
        self._parties, self._commit, self._lifetime = parties, commit, lifetime
        self._terms = Commit.read(unframe(commit)[1])
        self._matched: Matched | None = None
        self._dhpart2 = b""
        self._check()
        if self.is_multistream:
            self._keys = self._multistream_keys()
            self.answer = self._confirm1()
        else:
            self.answer = self._prepare()
        self.agreed: Agreed | None = None

    @property
    def is_multistream(self) -> bool:
        """Whether there are no DHParts to exchange."""
        return self._terms.suite.agreement is KeyAgreement.MULT

    @property
    def nonce(self) -> bytes:
        """The Commit's nonce in multistream mode."""
        return self._terms.binding

    def _check(self) -> None:
        terms, peer = self._terms, self._parties.peer
        chained = compare_digest(image(terms.h2), peer.h3)
        require(chained and compare_digest(terms.zid, peer.zid), *BROKEN_CHAIN)
        require(is_sealed(self._parties.peer_hello, terms.h2), *ALTERED_HELLO)
        for offer in (self._parties.own.offer, peer.offer):
            _check_offered(terms.suite, offer)
        require(
            not self.is_multistream or self._parties.own.session_key is not None,
            ErrorCode.NO_SHARED_SECRET,
            "no-session",
            "the peer wants another stream of a session that was never keyed",
        )

    def _prepare(self) -> bytes:
        own, suite = self._parties.own, self._terms.suite
        if suite.agreement.encapsulates:
            key = self._terms.key
            self._half = sealing_half(suite.agreement, suite.hash, key, own.entropy)
        else:
            self._half = own.key_pair(suite.agreement)
        self._holdings = self._parties.holdings(Role.RESPONDER, suite.hash)
        part = DhPart(own.chain.h1, self._holdings.ids(own.entropy), self._half.public_value)
        return part.encode(Kind.DHPART1, own.chain.h0)

    def _multistream_keys(self) -> Keys:
        suite = self._terms.suite
        context = self._parties.context(Role.RESPONDER, suite.hash, self._commit)
        session_key = self._parties.own.session_key or b""
        return Keys(suite, context, multistream_secret(context, session_key))

    def take_dhpart2(self, message: bytes) -> bytes:
        """The Confirm1 that answers a DHPart2."""
        part, suite = DhPart.read(unframe(message)[1]), self._terms.suite
        hvi = suite.hash.digest(message + self._parties.own.hello)[:HVI_SIZE]
        require(
            compare_digest(hvi, self._terms.binding),
            ErrorCode.BAD_HVI,
            "hvi",
            "the peer's value is not the one it committed to: somebody may be in between",
        )
        chained = compare_digest(image(part.h1), self._terms.h2)
        require(chained and is_sealed(self._commit, part.h1), *BROKEN_CHAIN)
        result = self._half.finish(part.value)
        self._matched = self._holdings.match(part.ids)
        transcript = self._commit, self.answer, message
        context = self._parties.context(Role.RESPONDER, suite.hash, *transcript)
        s0 = agreed_secret(context, result, self._matched.retained, self._matched.auxiliary)
        self._keys = Keys(suite, context, s0)
        self._dhpart2 = message
        return self._confirm1()

    def _confirm1(self) -> bytes:
        own = self._parties.own
        vouched = is_vouched(own, self._matched)
        confirm = Confirm(own.chain.h0, verified=vouched, lifetime=self._lifetime)
        side, hashing = self._keys.responder, self._terms.suite.hash
        return confirmation.close(Kind.CONFIRM1, confirm, side, hashing, own.entropy)

    def take_confirm2(self, message: bytes) -> bytes:
        """The Conf2ACK that answers a Confirm2; then ``agreed`` is there."""
        side, hashing = self._keys.initiator, self._terms.suite.hash
        confirm = confirmation.open_confirm(unframe(message)[1], side, hashing)
        chained = compare_digest(image(confirm.h0, 2), self._terms.h2)
        if self.is_multistream:
            sealed = is_sealed(self._commit, image(confirm.h0))
        else:
            sealed = is_sealed(self._dhpart2, confirm.h0)
        require(chained and sealed, *BROKEN_CHAIN)
        self.agreed = Agreed(self._terms.suite, Role.RESPONDER, self._keys, self._matched, confirm)
        return frame(Kind.CONF2_ACK)


def _check_offered(suite: Suite, offer: Offer) -> None:
    for wire, name, names in (
        (ErrorCode.HASH, suite.hash, offer.hashes),
        (ErrorCode.CIPHER, suite.cipher, offer.ciphers),
        (ErrorCode.AUTH_TAG, suite.tag, offer.tags),
        (ErrorCode.KEY_AGREEMENT, suite.agreement, offer.agreements),
        (ErrorCode.SAS, suite.scheme, offer.schemes),
    ):
        require(name in names, wire, "algorithm", "the Commit names what was not offered")
