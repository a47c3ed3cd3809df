"""The side whose Commit counts (RFC 6189 4.4): from Commit to Confirm2, without timers.

Each method takes the responder's message and gives the one to send next, or raises the
Refusal that ends the call.
"""

from hmac import compare_digest

from sonnette.zrtp import confirmation
from sonnette.zrtp.agreement.halves import opening_half
from sonnette.zrtp.algorithms import KeyAgreement, Suite
from sonnette.zrtp.keys import Keys, agreed_secret, multistream_secret
from sonnette.zrtp.matching import Matched, Role
from sonnette.zrtp.messages import (
    HVI_SIZE,
    NONCE_SIZE,
    Commit,
    Confirm,
    DhPart,
    Kind,
    image,
    is_sealed,
    unframe,
)
from sonnette.zrtp.parties import Agreed, Parties, is_vouched
from sonnette.zrtp.refusal import ErrorCode, require


class Initiator:
    """Commits to ``suite`` at once; ``commit`` is the message and ``terms`` its content."""

    def __init__(self, parties: Parties, suite: Suite, lifetime: int) -> None:
        self._parties, self._suite, self._lifetime = parties, suite, lifetime
        self._matched: Matched | None = None
        self._keys: Keys | None = None
        self._dhpart1 = b""
        own = parties.own
        if suite.agreement is KeyAgreement.MULT:
            nonce = own.entropy.draw(NONCE_SIZE)
            self.terms = Commit(own.chain.h2, own.zid, suite, nonce)
        else:
            self.terms = self._prepare()
        self.commit = self.terms.encode(own.chain.h1)
        self.agreed: Agreed | None = None

    def _prepare(self) -> Commit:
        """A DHPart2 in store, and the Commit that binds us to it (4.4.1.1)."""
        own, hashing, agreement = self._parties.own, self._suite.hash, self._suite.agreement
        if agreement.encapsulates:
            self._half = opening_half(agreement, hashing, own.entropy)
        else:
            self._half = own.key_pair(agreement)
        self._holdings = self._parties.holdings(Role.INITIATOR, hashing)
        part = DhPart(own.chain.h1, self._holdings.ids(own.entropy), self._half.public_value)
        self._dhpart2 = part.encode(Kind.DHPART2, own.chain.h0)
        hvi = hashing.digest(self._dhpart2 + self._parties.peer_hello)[:HVI_SIZE]
        return Commit(own.chain.h2, own.zid, self._suite, hvi, self._half.commit_key)

    @property
    def is_multistream(self) -> bool:
        """Whether there are no DHParts to exchange."""
        return self._suite.agreement is KeyAgreement.MULT

    def take_dhpart1(self, message: bytes) -> bytes:
        """The DHPart2 that answers a DHPart1."""
        part = DhPart.read(unframe(message)[1])
        require(compare_digest(image(part.h1, 2), self._parties.peer.h3), *BROKEN_CHAIN)
        require(is_sealed(self._parties.peer_hello, image(part.h1)), *ALTERED_HELLO)
        result = self._half.finish(part.value)
        matched = self._holdings.match(part.ids)
        transcript = self.commit, message, self._dhpart2
        context = self._parties.context(Role.INITIATOR, self._suite.hash, *transcript)
        s0 = agreed_secret(context, result, matched.retained, matched.auxiliary)
        self._keys = Keys(self._suite, context, s0)
        self._matched, self._dhpart1 = matched, message
        return self._dhpart2

    def take_confirm1(self, message: bytes) -> bytes:
        """The Confirm2 that answers a Confirm1; then ``agreed`` is there."""
        keys, suite, own = self._keys or self._multistream_keys(), self._suite, self._parties.own
        confirm = confirmation.open_confirm(unframe(message)[1], keys.responder, suite.hash)
        if self.is_multistream:
            require(compare_digest(image(confirm.h0, 3), self._parties.peer.h3), *BROKEN_CHAIN)
            require(is_sealed(self._parties.peer_hello, image(confirm.h0, 2)), *ALTERED_HELLO)
        else:
            chained = compare_digest(image(confirm.h0, 3), self._parties.peer.h3)
            require(chained and is_sealed(self._dhpart1, confirm.h0), *BROKEN_CHAIN)
        self.agreed = Agreed(suite, Role.INITIATOR, keys, self._matched, confirm)
        vouched = is_vouched(own, self._matched)
        answer = Confirm(own.chain.h0, verified=vouched, lifetime=self._lifetime)
        return confirmation.close(Kind.CONFIRM2, answer, keys.initiator, suite.hash, own.entropy)

    def _multistream_keys(self) -> Keys:
        context = self._parties.context(Role.INITIATOR, self._suite.hash, self.commit)
        session_key = self._parties.own.session_key or b""
        return Keys(self._suite, context, multistream_secret(context, session_key))


BROKEN_CHAIN = (
    ErrorCode.MALFORMED,
    "hash-chain",
    "the peer's messages do not belong together: somebody may be in between",
)
ALTERED_HELLO = (
    ErrorCode.HELLO_MISMATCH,
    "hello-altered",
    "the peer's Hello was altered on the way: somebody may be in between",
)
