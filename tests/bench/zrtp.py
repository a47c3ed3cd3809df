"""ZRTP against bzrtp, the library in Linphone: whole agreements a CPU second.

An agreement is both ends of one, from Hello to Conf2ACK, in one process and without a
network.  The library's calls go through ctypes, which costs it some microseconds each.
"""

import time
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from sonnette.base.entropy import SystemEntropy
from sonnette.zrtp import (
    KeyAgreement,
    MemoryCache,
    Offer,
    Secured,
    Session,
    Settings,
    Stream,
    Transmit,
)
from tests.bench.unavailable import Unavailable
from tests.zrtp.reference import Reached, Reference, library

ALONGSIDE = KeyAgreement.X255, KeyAgreement.X448, KeyAgreement.DH3K
ALONE = KeyAgreement.MLK2, KeyAgreement.X1M1, KeyAgreement.X3M3
ROUND = 5
MOST_ROUNDS = 40
PATIENCE = 100


def run(seconds: float = 3.0) -> dict[str, Any]:
    """Rates and their ratios, agreement by agreement."""
    try:
        library()
    except pytest.skip.Exception as missing:
        raise Unavailable(str(missing)) from None
    rows = [compare(agreement, seconds) for agreement in ALONGSIDE]
    only_ours = [
        {"agreement": agreement.value.decode(), "ours": alone(agreement, seconds)}
        for agreement in ALONE
    ]
    return {
        "tables": {
            "agreements a CPU second, both ends": rows,
            "agreements a CPU second, both ends, that Debian's library does not know": only_ours,
        },
        "ratio": {row["agreement"]: row["ratio"] for row in rows},
        "notes": ["S256, AES1 and HS80, or S384 and AES3 with X448; no cache on disk."],
    }


def compare(agreement: KeyAgreement, seconds: float) -> dict[str, Any]:
    """Both, in turns, so that a busy machine is busy for both."""
    spent, rounds = [0.0, 0.0], 0
    until = time.monotonic() + seconds
    ours, theirs = our_agreement(agreement), their_agreement(agreement)
    while rounds < MOST_ROUNDS and time.monotonic() < until:
        for side, work in enumerate((ours, theirs)):
            spent[side] += timed(work)
        rounds += 1
    rates = [rounds * ROUND / each for each in spent]
    return {
        "agreement": agreement.value.decode(), "ours": rates[0], "bzrtp": rates[1],
        "ratio": rates[0] / rates[1],
    }  # fmt: skip


def alone(agreement: KeyAgreement, seconds: float) -> float:
    work, spent, rounds = our_agreement(agreement), 0.0, 0
    until = time.monotonic() + seconds / 2
    while rounds < MOST_ROUNDS and time.monotonic() < until:
        spent += timed(work)
        rounds += 1
    return rounds * ROUND / spent


def timed(work: Callable[[], None]) -> float:
    started = time.process_time()
    for _ in range(ROUND):
        work()
    return time.process_time() - started


def our_agreement(agreement: KeyAgreement) -> Callable[[], None]:
    settings = Settings(offer=Offer(agreements=(agreement,)))
    zids = [SystemEntropy().draw(12) for _ in range(2)]

    def agree() -> None:
        sessions = [
            Session(zid, MemoryCache(time.monotonic), SystemEntropy(), settings) for zid in zids
        ]
        finish([Stream(session, ssrc) for ssrc, session in enumerate(sessions, 1)], Secured)

    return agree


def their_agreement(agreement: KeyAgreement) -> Callable[[], None]:
    strong = (b"S384", b"AES3") if agreement.is_strong else (b"S256", b"AES1")
    numbers = count(1)

    def agree() -> None:
        calls = [Reference(agreement.value, *strong, b"HS80") for _ in range(2)]
        finish([call.channel(next(numbers)) for call in calls], Reached)
        for call in calls:
            call.close()

    return agree


def finish(ends: list[Any], reached: type) -> None:
    """Hand each end's datagrams to the other until both are secure."""
    done: set[int] = set()
    for end in ends:
        end.start(0.0)
    for turn in range(PATIENCE):
        for number, end in enumerate(ends):
            if turn:
                end.tick(turn / 100)
            for output in list(end.drain()):
                if isinstance(output, Transmit):
                    ends[1 - number].feed(turn / 100, output.datagram)
                elif isinstance(output, reached):
                    done.add(number)
        if len(done) == len(ends):
            return
    raise AssertionError("an agreement that never ends")
