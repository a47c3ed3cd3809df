"""The two sides of a stream, as their Hellos show them, and what they come to agree."""

from dataclasses import dataclass, field

from sonnette.base.entropy import Entropy
from sonnette.zrtp.agreement.halves import Half, diffie_hellman_half
from sonnette.zrtp.algorithms import Hash, KeyAgreement, Offer, Suite
from sonnette.zrtp.cache import Retained
from sonnette.zrtp.keys import Context, Keys, SrtpKeys
from sonnette.zrtp.matching import Auxiliary, Holdings, Matched, Past, Role
from sonnette.zrtp.messages import Confirm, Hello, image


class HashChain:
    """The images by which one side's messages vouch for each other (RFC 6189 9)."""

    __slots__ = ("h0", "h1", "h2", "h3")

    def __init__(self, h0: bytes) -> None:
        self.h0 = h0
        self.h1 = image(h0)
        self.h2 = image(self.h1)
        self.h3 = image(self.h2)


@dataclass(frozen=True, slots=True)
class Own:
    """Our side: what it offers and what it may share with the peer.

    ``session_key`` is there once a first stream has been keyed, and then nothing else is
    shared; ``verified`` says whether that stream's string has been compared.
    """

    zid: bytes
    chain: HashChain
    hello: bytes
    offer: Offer
    entropy: Entropy
    retained: Retained | None = None
    auxiliary: bytes | None = None
    session_key: bytes | None = None
    verified: bool = False
    key_pairs: dict[KeyAgreement, Half] = field(default_factory=dict)

    def key_pair(self, agreement: KeyAgreement) -> Half:
        """Our half of a Diffie-Hellman: who committed in vain answers with the same one."""
        if agreement not in self.key_pairs:
            self.key_pairs[agreement] = diffie_hellman_half(agreement, self.entropy)
        return self.key_pairs[agreement]


@dataclass(frozen=True, slots=True)
class Parties:
    """Both sides, when each has heard the other's Hello."""

    own: Own
    peer: Hello
    peer_hello: bytes

    def holdings(self, role: Role, hashing: Hash) -> Holdings:
        """What may be shared, seen from our ``role``."""
        own = self.own
        h3 = own.chain.h3, self.peer.h3
        return Holdings(hashing, role, own.retained, own.auxiliary, *h3)

    def context(self, role: Role, hashing: Hash, *messages: bytes) -> Context:
        """What the keys are bound to: the responder's Hello, the Commit and so on (4.4.1.4)."""
        if role is Role.INITIATOR:
            zids, hello = self.own.zid + self.peer.zid, self.peer_hello
        else:
            zids, hello = self.peer.zid + self.own.zid, self.own.hello
        return Context(hashing, zids + hashing.digest(hello + b"".join(messages)))


@dataclass(frozen=True, slots=True)
class Agreed:
    """What an exchange came to; ``matched`` is None in multistream mode."""

    suite: Suite
    role: Role
    keys: Keys
    matched: Matched | None
    peer: Confirm

    @property
    def srtp(self) -> SrtpKeys:
        """The keys for the media."""
        sides = self.keys.initiator, self.keys.responder
        if self.role is Role.RESPONDER:
            sides = sides[::-1]
        return SrtpKeys.of(self.suite, *sides)


def is_vouched(own: Own, matched: Matched | None) -> bool:
    """Whether our Confirm may carry the V flag (7.1): compared before, and still the same peer."""
    if matched is None:
        return own.verified
    trusted = own.retained is not None and own.retained.verified
    same = matched.past is Past.KNOWN and matched.auxiliary_state is not Auxiliary.MISMATCH
    return trusted and same
