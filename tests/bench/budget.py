"""Microseconds of the server machine for each message, driven without sockets.

The machine is fed what phones say, in batches as a busy socket gives them, and drained.
Only its own CPU time counts: no datagram is sent and nothing is written.  A second pass
under the profiler tells which modules the time goes to, as shares of the same total.
"""

import cProfile
import gc
import pstats
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import sonnette
from sonnette.accounts.directory import Directory, Member
from sonnette.apps.process import settle
from sonnette.base.entropy import SystemEntropy
from sonnette.base.errors import PeerError
from sonnette.server.identity import Identity
from sonnette.server.router.outward import Outward
from sonnette.server.server import Options, Ports, SipServer
from sonnette.sip.flow import Address, Flow, Transport
from sonnette.sip.outbound import FlowTokens
from sonnette.sip.registrar import Binding
from sonnette.sip.uri import Uri
from tests.bench.dialogue import SERVER, SESSION, Phone
from tests.bench.population import DOMAIN, accounts

PHONES = 2_000
PLAYS = 3
BATCH = 32
KEY = bytes(32)
MODULES_SHOWN = 12
FUNCTIONS_SHOWN = 14
SOURCES = Path(sonnette.__file__).parent

Sent = tuple[Phone, bytes]


OPERATIONS = {
    "REGISTER": "REGISTER refresh",
    "MESSAGE": "MESSAGE",
    "call": "call",
}


def run() -> dict[str, Any]:
    """The cost of every message, then of whole operations, then where it goes."""
    plays = [played(PHONES) for _ in range(PLAYS)]
    spent = {
        label: min(play.spent_us[label] for play in plays) / PHONES for label in plays[0].spent_us
    }
    operations = [
        {"operation": name, "us": sum(us for label, us in spent.items() if label.startswith(start))}
        for name, start in OPERATIONS.items()
    ]
    messages = [{"message": label, "us": us} for label, us in spent.items()]
    return {
        "tables": {
            "The machine alone, by message": messages,
            "By operation": operations,
            **where_it_goes(sum(spent.values())),
        },
        "notes": [f"{PHONES} phones, the best of {PLAYS} plays; operations with their challenge."],
    }


def played(population: int, around: Callable[[Callable[[], None]], None] | None = None) -> "Play":
    """One play to its end, with the garbage collector set as the server sets it."""
    play = Play(population, around or (lambda step: step()))
    thresholds = gc.get_threshold()
    settle()
    try:
        play.act()
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
    return play


class Play:
    """A server machine and its phones, each step of which is timed."""

    def __init__(self, population: int, around: Callable[[Callable[[], None]], None]) -> None:
        self.spent_us: dict[str, float] = {}
        self._around = around
        self._now = 1000.0
        self._phones = [Phone(*numbered) for numbered in enumerate(accounts(population))]
        self._by_flow = {phone.flow: phone for phone in self._phones}
        self._server = make_server(self._phones)

    def act(self) -> None:
        """Everybody registers, refreshes, sends a message and calls somebody."""
        target = f"sip:{DOMAIN}"
        for label in ("new", "refresh"):
            first = [(phone, phone.register()) for phone in self._phones]
            refused = self._step(f"REGISTER {label} -> 401", first)
            second = [(p, p.register(p.credentials("REGISTER", target, a))) for p, a in refused]
            self._step(f"REGISTER {label} + digest -> 200", second)
        self._exchange_messages()
        self._call()

    def _pairs(self) -> list[tuple[Phone, Phone]]:
        half = len(self._phones) // 2
        return list(zip(self._phones, self._phones[half:] + self._phones[:half], strict=True))

    def _exchange_messages(self) -> None:
        callees = dict(self._pairs())
        first = [(phone, phone.message(callee)) for phone, callee in callees.items()]
        refused = self._step("MESSAGE -> 407", first)
        second = []
        for phone, challenge in refused:
            callee = callees[phone]
            line = phone.credentials("MESSAGE", callee.aor, challenge)
            second.append((phone, phone.message(callee, line)))
        delivered = self._step("MESSAGE + digest -> forwarded", second)
        answers = [(phone, phone.answer(request, "200 OK")) for phone, request in delivered]
        self._step("MESSAGE 200 -> forwarded", answers)

    def _call(self) -> None:
        callees = dict(self._pairs())
        first = {phone: phone.invite(callee).encode() for phone, callee in callees.items()}
        refused = self._step("call INVITE -> 407", first.items())
        self._step("call ACK of 407", [(p, p.ack_of_refusal(first[p], a)) for p, a in refused])
        second = []
        for phone, challenge in refused:
            callee = callees[phone]
            line = phone.credentials("INVITE", callee.aor, challenge)
            second.append((phone, phone.invite(callee, line)))
        came = self._step("call INVITE + digest -> 100, forwarded", second)
        invites = [(phone, data) for phone, data in came if data.startswith(b"INVITE")]
        ringing = [(phone, phone.answer(data, "180 Ringing")) for phone, data in invites]
        self._step("call 180 -> forwarded", ringing)
        accepted = [(phone, phone.answer(data, "200 OK", SESSION)) for phone, data in invites]
        answers = self._step("call 200 -> forwarded", accepted)
        self._step("call ACK -> forwarded", [(p, p.in_dialog("ACK", a)) for p, a in answers])
        byes = self._step("call BYE -> forwarded", [(p, p.in_dialog("BYE", a)) for p, a in answers])
        self._step("call 200 of BYE -> forwarded", [(p, p.answer(d, "200 OK")) for p, d in byes])

    def _step(self, label: str, sent: Iterable[tuple[Phone, str | bytes]]) -> list[Sent]:
        """Feed what phones send; what each phone gets of it, as many as there are phones."""
        packets = [
            (phone.flow, text if isinstance(text, bytes) else text.encode()) for phone, text in sent
        ]
        outputs: list[object] = []

        def feed() -> None:
            for start in range(0, len(packets), BATCH):
                self._now += 0.001
                self._server.feed(self._now, packets[start : start + BATCH])
                outputs.extend(self._server.drain())

        begin = time.process_time_ns()
        self._around(feed)
        self.spent_us[label] = (time.process_time_ns() - begin) / 1000
        received = [(self._by_flow[out[0]], out[1]) for out in outputs if isinstance(out, tuple)]
        if len(packets) != len(self._phones) or not self._expected(label, received):
            raise RuntimeError(f"{label}: {len(packets)} sent, got {len(received)} {received[:1]}")
        return received

    def _expected(self, label: str, received: list[Sent]) -> bool:
        """As many as were sent; none for an ACK of a refusal, two for an INVITE (100)."""
        times = 0 if label.endswith("ACK of 407") else 2 if "100" in label else 1
        return len(received) == times * len(self._phones)


def make_server(phones: Iterable[Phone]) -> SipServer:
    """The machine with the options that it has by default, and nothing behind its ports."""
    members = Directory([DOMAIN])
    for number, phone in enumerate(phones):
        account = phone.account
        hashes = account.ha1.encode(), account.ha1_sha256.encode()
        members.put(Member(number, DOMAIN, account.name, *hashes, None, True))
    ports = Ports(
        members=members,
        journal=Silence(),
        bindings=Memory(),
        network=Datagrams(),
        entropy=SystemEntropy(),
        outward=Outward(nowhere),
        identity=Identity([DOMAIN], [(Transport.UDP, SERVER)], tokens=FlowTokens(KEY)),
        key=KEY,
    )
    return SipServer(Options(trusted=(IPv4Network("127.0.0.0/8"),)), ports)


class Silence:
    """A journal that keeps nothing."""

    def call_started(self, now: float, call: str, caller: str, callee: str) -> None: ...
    def call_answered(self, now: float, call: str) -> None: ...
    def call_ended(self, now: float, call: str) -> None: ...
    def registered(
        self, now: float, member: object, binding: Binding, *, has_moved: bool
    ) -> None: ...
    def unregistered(self, now: float, binding: Binding) -> None: ...
    def registration_failed(self, now: float, domain: str, member: object, ip: str) -> None: ...


class Memory:
    """A store that is always done."""

    def save(
        self,
        aor: tuple[str, str],
        saved: Iterable[Binding],
        removed: Iterable[Binding],
        done: Callable[[bool], None] | None,
    ) -> None:
        """Say so at once."""
        if done is not None:
            done(True)


class Datagrams:
    """A network that is one UDP socket."""

    def datagram(self, remote: Address, local: Address | None = None) -> Flow:
        """The flow to there."""
        return Flow(Transport.UDP, local or SERVER, remote)

    def stream(self, transport: Transport, serial: int) -> None:
        """There are none."""


async def nowhere(uri: Uri) -> Flow:
    """No other server is ever looked for."""
    raise PeerError("bench.nowhere", "Nowhere", 503)


def where_it_goes(total_us: float) -> dict[str, list[dict[str, Any]]]:
    """Shares of modules and functions, of the profiled time, as microseconds."""
    profile = cProfile.Profile()
    played(PHONES, profile.runcall)
    modules: dict[str, float] = defaultdict(float)
    functions: dict[str, float] = defaultdict(float)
    whole = 0.0
    for (file, line, name), (_, _, own, _, callers) in pstats.Stats(profile).stats.items():
        whole += own
        for place, share in owners(file, name, own, callers):
            modules[place] += share
        functions[f"{module_of(file)}:{name}" if line else name] += own
    return {
        "By module, of one REGISTER twice, one MESSAGE and one call": largest(
            modules, whole, total_us, MODULES_SHOWN
        ),
        "By function": largest(functions, whole, total_us, FUNCTIONS_SHOWN),
    }


def owners(
    file: str, name: str, own: float, callers: dict[Any, tuple[int, int, float, float]]
) -> Iterator[tuple[str, float]]:
    """To whom a function's own time is charged: what is not ours, to the module that called."""
    if file.startswith(str(SOURCES)) or not callers:
        yield module_of(file), own
        return
    for (caller_file, _, _), (_, _, share, _) in callers.items():
        yield module_of(caller_file), share


def module_of(file: str) -> str:
    """A file of ours by its module's name, any other by its own."""
    path = Path(file)
    if path.is_relative_to(SOURCES):
        return ".".join(path.relative_to(SOURCES).with_suffix("").parts)
    return path.stem


def largest(
    figures: dict[str, float], whole: float, total_us: float, count: int
) -> list[dict[str, Any]]:
    """The largest shares first."""
    order = sorted(figures.items(), key=lambda item: -item[1])[:count]
    return [
        {"where": name, "share": own / whole, "us": own / whole * total_us} for name, own in order
    ]
