"""Digest authentication (RFC 7616, RFC 8760): both sides, MD5 and SHA-256, plain and -sess.

The server's nonce is an HMAC over its time and kind, so that none has to be remembered; the
count (``nc``) of a nonce is remembered only after its first success, in a bounded window.
HA1 is lower-case hexadecimal text throughout: what accounts store.
"""

import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from functools import lru_cache

from sonnette.base.entropy import Entropy
from sonnette.base.errors import PeerError
from sonnette.sip.grammar import quote, unquote
from sonnette.sip.plain import plain_pairs

NONCE_LIFE = 3600
"""Seconds during which a nonce is good; an older one is answered with ``stale=true``."""

REMEMBERED_NONCES = 100_000
"""Nonces whose count is remembered; the one used longest ago is forgotten first."""

_MOST_CLIENT_NONCES = 8
_COUNT = re.compile(r"[0-9a-f]{8}\Z")
_PAIR = re.compile(r'\s*([A-Za-z0-9\-._+]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^,\s"]*)\s*(?:,|\Z)')


class Algorithm(StrEnum):
    """The hash of a challenge, in the order of strength."""

    MD5 = "MD5"
    SHA256 = "SHA-256"

    @property
    def hash(self) -> Callable[[bytes], "hashlib._Hash"]:
        """The function itself."""
        return hashlib.sha256 if self is Algorithm.SHA256 else _md5


def _md5(data: bytes) -> "hashlib._Hash":
    return hashlib.md5(data, usedforsecurity=False)


def make_ha1(algorithm: Algorithm, username: str, realm: str, password: str) -> str:
    """H(username:realm:password): what an account stores instead of its password."""
    return algorithm.hash(f"{username}:{realm}:{password}".encode()).hexdigest()


@dataclass(slots=True)
class Credentials:
    """An Authorization or Proxy-Authorization header of scheme Digest."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: Algorithm = Algorithm.MD5
    is_session: bool = False
    cnonce: str = ""
    nc: str = ""
    qop: str = ""
    opaque: str = ""

    def __str__(self) -> str:
        quoted = {name: getattr(self, name) for name in ("username", "realm", "nonce", "uri")}
        parts = [f"{name}={quote(value)}" for name, value in quoted.items()]
        parts.append(f'response="{self.response}"')
        parts.append(f"algorithm={self.algorithm.value}{'-sess' if self.is_session else ''}")
        if self.qop:
            parts.append(f'cnonce="{self.cnonce}", nc={self.nc}, qop={self.qop}')
        if self.opaque:
            parts.append(f"opaque={quote(self.opaque)}")
        return "Digest " + ", ".join(parts)


@dataclass(slots=True)
class Challenge:
    """A WWW-Authenticate or Proxy-Authenticate header of scheme Digest."""

    realm: str
    nonce: str
    algorithm: Algorithm = Algorithm.MD5
    is_session: bool = False
    qop: tuple[str, ...] = ("auth",)
    is_stale: bool = False
    opaque: str = ""

    def __str__(self) -> str:
        parts = [f"realm={quote(self.realm)}", f'nonce="{self.nonce}"']
        if self.opaque:
            parts.append(f"opaque={quote(self.opaque)}")
        if self.is_stale:
            parts.append("stale=true")
        parts.append(f"algorithm={self.algorithm.value}{'-sess' if self.is_session else ''}")
        if self.qop:
            parts.append(f'qop="{",".join(self.qop)}"')
        return "Digest " + ", ".join(parts)


def _pairs(value: str) -> dict[str, str]:
    found: dict[str, str] = {}
    position = 0
    while position < len(value):
        match = _PAIR.match(value, position)
        if match is None:
            raise PeerError("sip.digest.malformed", "Malformed Digest Parameters")
        name = match[1].lower()
        if name in found:
            raise PeerError("sip.digest.twice", "A Digest Parameter Comes Twice")
        found[name] = unquote(match[2])
        position = match.end()
    return found


def _split_scheme(value: str) -> dict[str, str] | None:
    if value.startswith("Digest ") and (plain := plain_pairs(value, 7)) is not None:
        return plain
    scheme, _, rest = value.partition(" ")
    return _pairs(rest) if scheme.lower() == "digest" else None


_ALGORITHMS = {
    "": (Algorithm.MD5, False),  # RFC 7616 §3.3: what an absent parameter means
    **{known.value: (known, False) for known in Algorithm},
    **{f"{known.value}-SESS": (known, True) for known in Algorithm},
}


def _algorithm(text: str) -> tuple[Algorithm, bool] | None:
    return _ALGORITHMS.get(text.upper())


def parse_credentials(value: str) -> Credentials | None:
    """Digest credentials; None for another scheme or an algorithm we do not know.

    Raises :class:`PeerError` where a mandatory parameter is missing (RFC 7616 §3.4).
    """
    pairs = _split_scheme(value)
    if pairs is None or (known := _algorithm(pairs.get("algorithm", ""))) is None:
        return None
    try:
        return Credentials(
            pairs["username"],
            pairs["realm"],
            pairs["nonce"],
            pairs["uri"],
            pairs["response"].lower(),
            *known,
            pairs.get("cnonce", ""),
            pairs.get("nc", "").lower(),
            pairs.get("qop", "").lower(),
            pairs.get("opaque", ""),
        )
    except KeyError as missing:
        raise PeerError("sip.digest.missing", f"Credentials Without {missing.args[0]}") from None


def parse_challenge(value: str) -> Challenge | None:
    """A Digest challenge; None for another scheme or an algorithm we do not know."""
    pairs = _split_scheme(value)
    if pairs is None or (known := _algorithm(pairs.get("algorithm", ""))) is None:
        return None
    if "realm" not in pairs or "nonce" not in pairs:
        raise PeerError("sip.digest.missing", "Challenge Without Realm Or Nonce")
    qop = tuple(part.strip().lower() for part in pairs.get("qop", "").split(",") if part.strip())
    is_stale = pairs.get("stale", "").lower() == "true"
    return Challenge(pairs["realm"], pairs["nonce"], *known, qop, is_stale, pairs.get("opaque", ""))


@lru_cache(maxsize=1024)
def _ha2(algorithm: Algorithm, method: str, uri: str) -> str:
    return algorithm.hash(f"{method}:{uri}".encode("utf-8", "surrogateescape")).hexdigest()


def compute_response(credentials: Credentials, ha1: str, method: str) -> str:
    """The response that these parameters call for (RFC 7616 §3.4.1); ``ha1`` in hexadecimal."""
    digest = credentials.algorithm.hash
    if credentials.is_session:
        text = f"{ha1}:{credentials.nonce}:{credentials.cnonce}"
        ha1 = digest(text.encode("utf-8", "surrogateescape")).hexdigest()
    ha2 = _ha2(credentials.algorithm, method, credentials.uri)
    if credentials.qop:
        middle = f"{credentials.nonce}:{credentials.nc}:{credentials.cnonce}:{credentials.qop}"
    else:
        middle = credentials.nonce
    return digest(f"{ha1}:{middle}:{ha2}".encode("utf-8", "surrogateescape")).hexdigest()


class Verdict(Enum):
    """What a server thinks of credentials."""

    GOOD = "good"
    STALE = "stale"  # right nonce once, too old or its count replayed: challenge again
    FORGED = "forged"  # a nonce we never gave: challenge again
    WRONG = "wrong"  # our nonce, wrong response


class DigestServer:
    """Makes challenges and checks credentials.

    ``key`` makes the nonces; one key for all processes of a service, a new one at each
    start is good enough: clients are then challenged once more.
    """

    def __init__(self, key: bytes, entropy: Entropy) -> None:
        self._mac = hmac.new(key, digestmod="sha256")
        self._entropy = entropy
        self._counts: OrderedDict[str, int] = OrderedDict()

    def challenge(
        self, now: float, realm: str, algorithm: Algorithm, *, is_stale: bool = False
    ) -> Challenge:
        """A challenge with a fresh nonce."""
        stamp = f"{int(now):x}.{self._entropy.draw(6).hex()}"
        return Challenge(realm, f"{stamp}.{self._seal(stamp)}", algorithm, is_stale=is_stale)

    def _seal(self, stamp: str) -> str:
        mac = self._mac.copy()  # the key's schedule is half of the work
        mac.update(stamp.encode())
        return mac.hexdigest()[:24]

    def is_ours(self, nonce: str) -> bool:
        """Whether we made this nonce, however long ago: its holder has seen our answer."""
        stamp, _, seal = nonce.rpartition(".")
        return bool(stamp) and nonce.isascii() and hmac.compare_digest(seal, self._seal(stamp))

    def check(self, now: float, credentials: Credentials, ha1: str, method: str) -> Verdict:
        """Judge credentials; ``ha1`` for their algorithm, or any other text for an unknown user."""
        if not self.is_ours(credentials.nonce):
            return Verdict.FORGED
        expected = compute_response(credentials, ha1, method)
        if not hmac.compare_digest(expected.encode(), _printable(credentials.response)):
            return Verdict.WRONG
        if credentials.qop not in ("auth", ""):
            return Verdict.WRONG
        if not 0 <= now - int(credentials.nonce.partition(".")[0], 16) + 1 <= NONCE_LIFE + 1:
            return Verdict.STALE
        return self._count(credentials)

    def _count(self, credentials: Credentials) -> Verdict:
        """A nonce's count must grow (RFC 7616 §3.4): an equal one is a replay."""
        if credentials.qop and not _COUNT.match(credentials.nc):
            return Verdict.WRONG
        count = int(credentials.nc, 16) if credentials.qop else 1
        nonce = credentials.nonce
        if count <= self._counts.get(nonce, 0):
            return Verdict.STALE
        self._counts[nonce] = count
        self._counts.move_to_end(nonce)
        if len(self._counts) > REMEMBERED_NONCES:
            self._counts.popitem(last=False)
        return Verdict.GOOD


def _printable(text: str) -> bytes:
    return text.encode("utf-8", "replace")


@dataclass(slots=True)
class DigestClient:
    """Answers challenges for one user; counts the uses of each nonce.

    ``ha1`` holds the hash for each algorithm that is allowed; take MD5 out to refuse it.
    """

    username: str
    realm: str | None
    ha1: dict[Algorithm, str]
    entropy: Entropy
    _uses: dict[str, int] = field(default_factory=dict)

    def choose(self, challenges: list[Challenge]) -> Challenge | None:
        """The challenge to answer: the first of our realm that we can (RFC 8760 §2.4)."""
        for challenge in challenges:
            is_known = self.realm in (None, challenge.realm) and challenge.algorithm in self.ha1
            if is_known and (not challenge.qop or "auth" in challenge.qop):
                return challenge
        return None

    def authorize(self, challenge: Challenge, method: str, uri: str) -> Credentials:
        """Credentials for one request."""
        uses = self._uses.pop(challenge.nonce, 0) + 1
        self._uses[challenge.nonce] = uses  # last: the one used longest ago is forgotten first
        if len(self._uses) > _MOST_CLIENT_NONCES:
            del self._uses[next(iter(self._uses))]
        credentials = Credentials(
            self.username,
            challenge.realm,
            challenge.nonce,
            uri,
            "",
            challenge.algorithm,
            challenge.is_session,
            self.entropy.draw(8).hex() if challenge.qop else "",
            f"{uses:08x}" if challenge.qop else "",
            "auth" if challenge.qop else "",
            challenge.opaque,
        )
        ha1 = self.ha1[challenge.algorithm]
        credentials.response = compute_response(credentials, ha1, method)
        return credentials
