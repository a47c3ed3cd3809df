"""What the streams of one call share: our identity, the cache, the session key.

The first stream agrees on a secret and shows a string; the others are keyed from it in
multistream mode (RFC 6189 4.4.3).
"""

from dataclasses import replace

from sonnette.base.entropy import Entropy
from sonnette.base.errors import LocalError
from sonnette.base.shield import Secret
from sonnette.zrtp import sas
from sonnette.zrtp.cache import Cache, Retained
from sonnette.zrtp.matching import Matched, Past
from sonnette.zrtp.messages import ZID_SIZE, Hello
from sonnette.zrtp.outputs import Security
from sonnette.zrtp.parties import Agreed, HashChain, Own, is_vouched
from sonnette.zrtp.refusal import ErrorCode, require
from sonnette.zrtp.settings import Settings

MOST_STREAMS = 64


class Session:
    """One call with one peer.

    ``zid`` is this device's lasting identity, 12 random bytes.  ``auxiliary`` is a secret
    that the application shares with the peer (for LIME: both identity keys, the caller's
    first); set it before the first stream starts.
    """

    def __init__(
        self, zid: bytes, cache: Cache, entropy: Entropy, settings: Settings | None = None
    ) -> None:
        if len(zid) != ZID_SIZE:
            raise LocalError("zrtp.zid", f"a ZID has {ZID_SIZE} bytes, not {len(zid)}")
        self.zid, self.entropy = zid, entropy
        self.settings = settings or Settings()
        self.auxiliary: Secret | None = None
        self.security: Security | None = None
        self._cache = cache
        self._first: Agreed | None = None
        self._unproven: Retained | None = None
        self._nonces: set[bytes] = set()
        self._has_begun = False

    @property
    def is_keyed(self) -> bool:
        """Whether a first stream has been keyed, so that others may start."""
        return self._first is not None

    def admit(self) -> None:
        """A stream starts: the first one, or another once that one is keyed (4.4.3)."""
        if self._has_begun and not self.is_keyed:
            raise LocalError("zrtp.order", "the call's first stream is not keyed yet")
        self._has_begun = True

    def own(self, chain: HashChain, hello: bytes, peer: Hello) -> Own:
        """Our side of a stream, with what it may share with this peer."""
        offer = self.settings.offer
        if self._first and self.security:
            require(
                peer.zid == self.security.peer_zid,
                ErrorCode.HELLO_MISMATCH,
                "other-peer",
                "another device answers on a further stream of the call",
            )
            key = self._first.keys.session_key
            verified = self._is_compared()
            return Own(self.zid, chain, hello, offer, self.entropy, None, None, key, verified)
        retained = self._cache.recall(peer.zid)
        auxiliary = self.auxiliary.reveal() if self.auxiliary else None
        return Own(self.zid, chain, hello, offer, self.entropy, retained, auxiliary)

    def spend(self, nonce: bytes) -> None:
        """Take note of a multistream nonce; Refusal 0x80 where it was used before."""
        fresh = nonce not in self._nonces and len(self._nonces) < MOST_STREAMS
        require(fresh, ErrorCode.NONCE_REUSED, "nonce", "the nonce of an earlier stream again")
        self._nonces.add(nonce)

    def settle(self, own: Own, peer: Hello, agreed: Agreed) -> Security:
        """A stream's exchange is complete: keep what is to be kept, say what was reached."""
        if agreed.matched is None or self._first:
            return self._further(peer, agreed)
        self._first = agreed
        self._retain(own, peer.zid, agreed, agreed.matched)
        self.security = Security(
            sas.render(agreed.suite.scheme, agreed.keys.sas_hash),
            agreed.suite,
            agreed.role,
            peer.zid,
            is_vouched(own, agreed.matched) and agreed.peer.verified,
            agreed.matched.past,
            agreed.matched.auxiliary_state,
        )
        return self.security

    def _further(self, peer: Hello, agreed: Agreed) -> Security:
        assert self.security is not None
        return replace(self.security, sas="", suite=agreed.suite, role=agreed.role)

    def _retain(self, own: Own, zid: bytes, agreed: Agreed, matched: Matched) -> None:
        lifetime = min(agreed.peer.lifetime, self.settings.lifetime)
        rs1 = Secret(agreed.keys.retained)
        if matched.past is Past.MISMATCH:
            # What was kept stays until a person has compared the string (RFC 6189 4.6.1.1).
            self._unproven = Retained(rs1, None, False, lifetime)
            return
        if not lifetime:
            self._cache.forget(zid)
            return
        old = own.retained
        rs2 = old.rs1 if old else None
        self._cache.retain(zid, Retained(rs1, rs2, is_vouched(own, matched), lifetime))

    def verify(self, compared: bool) -> None:
        """The people have compared the string: the same on both sides, or not.

        LocalError ``zrtp.not-secured`` before there is a string.
        """
        if self.security is None:
            raise LocalError("zrtp.not-secured", "there is no string to compare yet")
        zid = self.security.peer_zid
        record = self._unproven if compared and self._unproven else self._cache.recall(zid)
        if record is not None:
            self._cache.retain(zid, replace(record, verified=compared))
        if compared:
            self._unproven = None

    def _is_compared(self) -> bool:
        assert self.security is not None
        record = self._cache.recall(self.security.peer_zid)
        return self._unproven is None and record is not None and record.verified

    def export(self, label: bytes, size: int) -> Secret:
        """A key for another protocol, the same on both sides (RFC 6189 4.5.2).

        LocalError ``zrtp.not-secured`` before the first stream is keyed.
        """
        if self._first is None:
            raise LocalError("zrtp.not-secured", "there is no agreed secret yet")
        return Secret(self._first.keys.export(label, size))
