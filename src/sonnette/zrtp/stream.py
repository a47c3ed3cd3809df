"""The machine of one media stream (RFC 6189 4, 5 and 6): states, retransmission, outputs.

What the messages mean is decided by :mod:`.initiator` and :mod:`.responder`; here is when
they are sent, again, and no longer.  An initiator repeats itself until it is answered; a
responder only repeats its last answer when it is asked the same again.
"""

from collections import deque
from collections.abc import Callable, Iterator
from enum import Enum, auto
from hmac import compare_digest

from sonnette.base.bytes import Reader
from sonnette.base.errors import LocalError, PeerError
from sonnette.zrtp import messages
from sonnette.zrtp.algorithms import KeyAgreement, choose
from sonnette.zrtp.initiator import Initiator
from sonnette.zrtp.messages import IMAGE_SIZE, VERSION, Commit, Hello, Kind, frame, image, unframe
from sonnette.zrtp.outputs import Declined, Keyed, Output, Refused, Secured, Transmit, Unanswered
from sonnette.zrtp.parties import Agreed, HashChain, Parties
from sonnette.zrtp.refusal import ErrorCode, Refusal, require
from sonnette.zrtp.responder import Responder
from sonnette.zrtp.retransmission import Retransmission
from sonnette.zrtp.session import Session
from sonnette.zrtp.settings import Backoff
from sonnette.zrtp.wire.path import Path


class State(Enum):
    """What the stream waits for."""

    IDLE = auto()
    DISCOVERY = auto()
    COMMITTED = auto()
    WAIT_CONFIRM1 = auto()
    WAIT_CONF2ACK = auto()
    WAIT_DHPART2 = auto()
    WAIT_CONFIRM2 = auto()
    SECURE = auto()
    REFUSING = auto()
    OVER = auto()


S = State
SETTLED = (S.IDLE, S.SECURE, S.REFUSING, S.OVER)


class _OutOfTurn(PeerError):  # noqa: N818 - no error yet: networks reorder and repeat
    def __init__(self, kind: Kind) -> None:
        super().__init__("zrtp.order", f"{kind.name} out of turn")


class Stream:
    """One stream of ``session``, sending from ``ssrc``; it is silent until :meth:`start`.

    ``dropped`` counts datagrams that were damaged, foreign, or out of turn.
    """

    def __init__(self, session: Session, ssrc: int) -> None:
        self.state = State.IDLE
        self.dropped = 0
        self._session, self._settings = session, session.settings
        self._chain = HashChain(session.entropy.draw(IMAGE_SIZE))
        self._hello = self._own_hello()
        sequence = int.from_bytes(session.entropy.draw(2), "big")
        self._path = Path(ssrc, sequence, session.settings.mtu)
        self._expected_hash: bytes | None = None
        self._parties: Parties | None = None
        self._is_heard = False
        self._role: Initiator | Responder | None = None
        self._answered: bytes | None = None
        self._answer = b""
        self._repeat: Retransmission | None = None
        self._patience: float | None = None
        self._declined: set[Kind] = set()
        self._out: deque[Output] = deque()

    def _own_hello(self) -> bytes:
        settings, chain = self._settings, self._chain
        offer, client = settings.offer, settings.client
        hello = Hello(chain.h3, self._session.zid, offer, client, passive=settings.passive)
        return hello.encode(chain.h2)

    @property
    def hello_hash(self) -> bytes:
        """The SHA-256 of our Hello, for ``a=zrtp-hash`` in the signalling (RFC 6189 8)."""
        return image(self._hello)

    def expect(self, digest: bytes) -> None:
        """The peer's ``a=zrtp-hash`` said this: a Hello that differs ends the call.

        Where the signalling is protected from end to end, this makes the agreement
        authentic without a voice; everywhere else it stops whoever is on the media path
        alone.
        """
        self._expected_hash = digest

    # The doors of a machine.

    def start(self, now: float) -> None:
        """Look for a peer that speaks ZRTP.

        LocalError ``zrtp.order`` where the call's first stream is not keyed yet.
        """
        if self.state is not S.IDLE:
            raise LocalError("zrtp.started", "a stream starts once")
        self._session.admit()
        self.state = S.DISCOVERY
        self._send_until_answered(now, self._hello, self._settings.hello_backoff)

    def hurry(self, now: float) -> None:
        """The path has just opened: send what waits at once, and begin counting anew."""
        if self._repeat:
            self._repeat.restart(now)
            self._send(self._repeat.message)

    def hear_media(self, now: float) -> None:
        """SRTP under the peer's new keys has come in: as good as a Conf2ACK (RFC 6189 4.6)."""
        if self.state is S.WAIT_CONF2ACK:
            self._secure()

    def feed(self, now: float, datagram: bytes) -> None:
        """A datagram that :func:`~sonnette.zrtp.wire.packet.is_zrtp` has come in."""
        if self.state is S.IDLE:
            return
        try:
            received, message = self._path.unwrap(datagram)
            if message is not None:
                self._take(now, message, received.ssrc)
        except Refusal as refusal:
            self._refuse(now, refusal)
        except PeerError:
            self.dropped += 1

    def tick(self, now: float) -> None:
        """A deadline has come: send again, or give up."""
        if self._patience is not None and now >= self._patience:
            self._refuse(now, Refusal(ErrorCode.TIMEOUT, "timeout", "the peer fell silent"))
        elif self._repeat and now >= self._repeat.due:
            if self._repeat.again(now):
                self._send(self._repeat.message)
            else:
                self._give_up(now)

    def drain(self) -> Iterator[Output]:
        """Every output since the last call, in order."""
        while self._out:
            yield self._out.popleft()

    @property
    def deadline(self) -> float | None:
        """When to tick."""
        due = self._repeat.due if self._repeat else None
        return min((when for when in (due, self._patience) if when is not None), default=None)

    # What comes in.

    def _take(self, now: float, message: bytes, ssrc: int) -> None:
        if message == self._answered:
            self._send(self._answer)
            return
        kind, reader = unframe(message)
        if kind is Kind.PING:
            self._send(messages.ping_ack(reader, self._session.zid, ssrc))
        elif kind is Kind.HELLO and self.state not in SETTLED:
            self._take_hello(now, message, reader, ssrc)
        elif kind is Kind.ERROR and self.state not in SETTLED:
            self._take_error(message, reader)
        elif handler := HANDLERS.get((self.state, kind)):
            self._take_awaited(handler, now, message)
        else:
            raise _OutOfTurn(kind)

    def _take_awaited(self, handler: "Handler", now: float, message: bytes) -> None:
        """A message that was awaited and cannot be read ends the exchange; others are dropped."""
        try:
            handler(self, now, message)
        except (Refusal, _OutOfTurn):
            raise
        except PeerError as broken:
            raise Refusal(ErrorCode.MALFORMED, "malformed", broken.reason) from broken

    def _take_hello(self, now: float, message: bytes, reader: Reader, ssrc: int) -> None:
        if self._parties is None:
            self._meet(Hello.read(reader), message, ssrc)
        elif message != self._parties.peer_hello:
            if self.state is not S.DISCOVERY:
                raise _OutOfTurn(Kind.HELLO)
            raise Refusal(*CHANGED_HELLO)
        if self._parties is None:
            return
        self._send(frame(Kind.HELLO_ACK))
        if self._is_heard:
            self._commit(now)
        elif self._repeat is None and self.state is S.DISCOVERY:
            self._send_until_answered(now, self._hello, self._settings.hello_backoff)

    def _meet(self, peer: Hello, message: bytes, ssrc: int) -> None:
        """The peer's first Hello (4.1)."""
        if peer.version[:3] > VERSION[:3]:
            return  # it will speak our version, having heard of it (4.1.1)
        require(
            peer.version[:3] == VERSION[:3],
            ErrorCode.VERSION,
            "version",
            "the peer speaks an older version of ZRTP only",
        )
        if self._expected_hash is not None:
            agrees = compare_digest(self._expected_hash, image(message))
            require(agrees, *SIGNALLED_HASH)
        require(peer.zid != self._session.zid, *EQUAL_ZIDS)
        require(ssrc != self._path.ssrc, *EQUAL_SSRCS)
        passive = peer.passive and self._settings.passive
        require(not passive, ErrorCode.UNAVAILABLE, "passive", "neither side may begin")
        own = self._session.own(self._chain, self._hello, peer)
        self._parties = Parties(own, peer, message)
        self._path.peer = ssrc

    def _take_hello_ack(self, now: float, message: bytes) -> None:
        self._is_heard = True
        self._wait(now)
        self._commit(now)

    def _commit(self, now: float) -> None:
        """Both Hellos have arrived: say which algorithms (4.2)."""
        if self._parties is None or self._settings.passive or self.state is not S.DISCOVERY:
            return
        offers = self._settings.offer, self._parties.peer.offer
        suite = choose(*offers, multistream=self._parties.own.session_key is not None)
        self._role = Initiator(self._parties, suite, self._settings.lifetime)
        self.state = S.COMMITTED
        self._send_until_answered(now, self._role.commit, self._settings.backoff)

    def _take_commit(self, now: float, message: bytes) -> None:
        if self._parties is None:
            raise _OutOfTurn(Kind.COMMIT)
        if isinstance(self._role, Initiator):
            theirs = Commit.read(unframe(message)[1])
            if _prevails(self._role.terms, theirs):
                return
        self._role = Responder(self._parties, message, self._settings.lifetime)
        if self._role.is_multistream:
            self._session.spend(self._role.nonce)
        self.state = S.WAIT_CONFIRM2 if self._role.is_multistream else S.WAIT_DHPART2
        self._reply(now, message, self._role.answer)

    def _take_dhpart1(self, now: float, message: bytes) -> None:
        role = self._as_initiator()
        if role.is_multistream:
            raise _OutOfTurn(Kind.DHPART1)
        dhpart2 = role.take_dhpart1(message)
        self.state = S.WAIT_CONFIRM1
        self._send_until_answered(now, dhpart2, self._settings.backoff)

    def _take_early_confirm1(self, now: float, message: bytes) -> None:
        if not self._as_initiator().is_multistream:
            raise _OutOfTurn(Kind.CONFIRM1)
        self._take_confirm1(now, message)

    def _take_confirm1(self, now: float, message: bytes) -> None:
        role = self._as_initiator()
        confirm2 = role.take_confirm1(message)
        self._out.append(Keyed(_agreed(role).srtp))
        self.state = S.WAIT_CONF2ACK
        self._send_until_answered(now, confirm2, self._settings.backoff)

    def _take_dhpart2(self, now: float, message: bytes) -> None:
        confirm1 = self._as_responder().take_dhpart2(message)
        self.state = S.WAIT_CONFIRM2
        self._reply(now, message, confirm1)

    def _take_confirm2(self, now: float, message: bytes) -> None:
        role = self._as_responder()
        ack = role.take_confirm2(message)
        self._out.append(Keyed(_agreed(role).srtp))
        self._reply(now, message, ack)
        self._secure()

    def _take_conf2ack(self, now: float, message: bytes) -> None:
        self._secure()

    def _secure(self) -> None:
        assert self._parties and self._role
        agreed = _agreed(self._role)
        self.state = S.SECURE
        self._repeat = self._patience = None
        security = self._session.settle(self._parties.own, self._parties.peer, agreed)
        self._out.append(Secured(security))

    def _take_error(self, message: bytes, reader: Reader) -> None:
        code = messages.read_error(reader)
        self._answered, self._answer = message, frame(Kind.ERROR_ACK)
        self._send(self._answer)
        known = ErrorCode(code) if code in set(ErrorCode) else ErrorCode.CRITICAL
        self._end(Refusal(known, "peer-refused", f"the peer refused with error 0x{code:x}"))
        self.state = S.OVER

    def _take_error_ack(self, now: float, message: bytes) -> None:
        self.state, self._repeat = S.OVER, None

    def _decline_clear(self, now: float, message: bytes) -> None:
        self._decline(Kind.GO_CLEAR, ErrorCode.GO_CLEAR_REFUSED)

    def _decline_relay(self, now: float, message: bytes) -> None:
        self._decline(Kind.SAS_RELAY, ErrorCode.UNTRUSTED_RELAY)

    def _decline(self, request: Kind, wire: ErrorCode) -> None:
        """Stay as secure as we are, and say so, once to a person and always to the peer."""
        self._send(messages.error(wire))
        if request not in self._declined:
            self._declined.add(request)
            self._out.append(Declined(request))

    # What goes out.

    def _send(self, message: bytes) -> None:
        self._out.extend(Transmit(datagram) for datagram in self._path.wrap(message))

    def _send_until_answered(self, now: float, message: bytes, backoff: Backoff) -> None:
        self._patience = None
        self._repeat = Retransmission(now, message, backoff)
        self._send(message)

    def _reply(self, now: float, request: bytes, answer: bytes) -> None:
        self._answered, self._answer = request, answer
        self._wait(now)
        self._send(answer)

    def _wait(self, now: float) -> None:
        self._repeat, self._patience = None, now + self._settings.patience

    def _give_up(self, now: float) -> None:
        self._repeat = None
        if self.state is S.DISCOVERY:
            self._out.append(Unanswered())
        elif self.state is S.REFUSING:
            self.state = S.OVER
        else:
            self._refuse(now, Refusal(ErrorCode.TIMEOUT, "timeout", "the peer fell silent"))

    def _refuse(self, now: float, refusal: Refusal) -> None:
        self._end(refusal)
        self.state = S.REFUSING
        self._send_until_answered(now, messages.error(refusal.wire), self._settings.backoff)

    def _end(self, refusal: Refusal) -> None:
        self._repeat = self._patience = self._role = None
        self._out.append(Refused(refusal))

    def _as_initiator(self) -> Initiator:
        assert isinstance(self._role, Initiator)
        return self._role

    def _as_responder(self) -> Responder:
        assert isinstance(self._role, Responder)
        return self._role


Handler = Callable[[Stream, float, bytes], None]
HANDLERS: dict[tuple[State, Kind], Handler] = {
    (S.DISCOVERY, Kind.HELLO_ACK): Stream._take_hello_ack,
    (S.DISCOVERY, Kind.COMMIT): Stream._take_commit,
    (S.COMMITTED, Kind.COMMIT): Stream._take_commit,
    (S.COMMITTED, Kind.DHPART1): Stream._take_dhpart1,
    (S.COMMITTED, Kind.CONFIRM1): Stream._take_early_confirm1,
    (S.WAIT_CONFIRM1, Kind.CONFIRM1): Stream._take_confirm1,
    (S.WAIT_CONF2ACK, Kind.CONF2_ACK): Stream._take_conf2ack,
    (S.WAIT_DHPART2, Kind.DHPART2): Stream._take_dhpart2,
    (S.WAIT_CONFIRM2, Kind.CONFIRM2): Stream._take_confirm2,
    (S.SECURE, Kind.GO_CLEAR): Stream._decline_clear,
    (S.SECURE, Kind.SAS_RELAY): Stream._decline_relay,
    (S.REFUSING, Kind.ERROR_ACK): Stream._take_error_ack,
}

CHANGED_HELLO = (
    ErrorCode.HELLO_MISMATCH,
    "hello-changed",
    "the peer's Hello is not the one it began with: somebody may be in between",
)
SIGNALLED_HASH = (
    ErrorCode.HELLO_MISMATCH,
    "hello-hash",
    "the peer's Hello is not the one that the signalling announced: somebody may be in between",
)
EQUAL_ZIDS = ErrorCode.EQUAL_ZIDS, "equal-zids", "the peer shows our own identity"
EQUAL_SSRCS = ErrorCode.EQUAL_SSRCS, "equal-ssrcs", "the peer sends from our own SSRC"


def _agreed(role: Initiator | Responder) -> Agreed:
    assert role.agreed is not None
    return role.agreed


def _prevails(own: Commit, peer: Commit) -> bool:
    """Whether our Commit counts when both sides sent one (RFC 6189 4.2)."""
    multistream = KeyAgreement.MULT
    ours, theirs = (each.suite.agreement is not multistream for each in (own, peer))
    return ours if ours != theirs else own.binding > peer.binding
