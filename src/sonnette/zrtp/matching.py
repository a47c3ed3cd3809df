"""Which secrets of earlier calls both sides still hold (RFC 6189 4.3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from hmac import compare_digest

from sonnette.base.entropy import Entropy
from sonnette.zrtp.algorithms import Hash
from sonnette.zrtp.cache import Retained
from sonnette.zrtp.messages import ID_SIZE, SecretIds


class Role(Enum):
    """Who sent the Commit that counts; the value is its label in keys and identifiers."""

    INITIATOR = b"Initiator"
    RESPONDER = b"Responder"

    @property
    def other(self) -> "Role":
        """The peer's role."""
        return Role.RESPONDER if self is Role.INITIATOR else Role.INITIATOR


class Past(Enum):
    """What the retained secrets say of the peer."""

    UNKNOWN = "nothing was retained of it"
    KNOWN = "it holds the secret of an earlier call"
    MISMATCH = "it should hold a secret of an earlier call and does not"


class Auxiliary(Enum):
    """What became of the auxiliary secret."""

    UNSET = "none was given"
    MATCH = "the peer holds it too"
    MISMATCH = "the peer does not hold it"


@dataclass(frozen=True, slots=True)
class Matched:
    """The shared secrets that both sides hold (empty where they do not), and what it means."""

    retained: bytes
    auxiliary: bytes
    past: Past
    auxiliary_state: Auxiliary


@dataclass(frozen=True, slots=True)
class Holdings:
    """What one side may share with the other."""

    hash: Hash
    role: Role
    retained: Retained | None
    auxiliary: bytes | None
    own_h3: bytes
    peer_h3: bytes

    def ids(self, entropy: Entropy) -> SecretIds:
        """Identifiers for our DHPart; random where there is no secret (4.3.1)."""
        ids = [self._id(secret, self.role) for secret in self._secrets()]
        rs1, rs2 = (*ids, *(entropy.draw(ID_SIZE) for _ in range(2 - len(ids))))
        auxiliary = entropy.draw(ID_SIZE)
        if self.auxiliary is not None:
            auxiliary = self.hash.hmac(self.auxiliary, self.own_h3)[:ID_SIZE]
        return SecretIds(rs1, rs2, auxiliary, entropy.draw(ID_SIZE))

    def match(self, peer: SecretIds) -> Matched:
        """The secrets that the peer's identifiers show it to hold."""
        retained = self._retained(peer)
        past = Past.KNOWN if retained else Past.MISMATCH if self.retained else Past.UNKNOWN
        if self.auxiliary is None:
            return Matched(retained, b"", past, Auxiliary.UNSET)
        expected = self.hash.hmac(self.auxiliary, self.peer_h3)[:ID_SIZE]
        if compare_digest(expected, peer.auxiliary):
            return Matched(retained, self.auxiliary, past, Auxiliary.MATCH)
        return Matched(retained, b"", past, Auxiliary.MISMATCH)

    def _retained(self, peer: SecretIds) -> bytes:
        """The first match in the initiator's order, so that both sides take the same one."""
        pairs = [(secret, shown) for secret in self._secrets() for shown in (peer.rs1, peer.rs2)]
        if self.role is Role.RESPONDER:
            pairs.sort(key=lambda pair: pair[1] != peer.rs1)
        for secret, shown in pairs:
            if compare_digest(self._id(secret, self.role.other), shown):
                return secret
        return b""

    def _secrets(self) -> Iterator[bytes]:
        if self.retained:
            yield self.retained.rs1.reveal()
            if self.retained.rs2:
                yield self.retained.rs2.reveal()

    def _id(self, secret: bytes, role: Role) -> bytes:
        return self.hash.hmac(secret, role.value)[:ID_SIZE]
