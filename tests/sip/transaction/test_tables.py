"""The tables against figures 5 to 8 of RFC 3261 and figures 3 and 5 of RFC 6026, row by row."""

from collections import deque

import pytest

from sonnette.sip.transaction.client import InviteClientTransaction, NonInviteClientTransaction
from sonnette.sip.transaction.machine import On, State
from sonnette.sip.transaction.server import InviteServerTransaction, NonInviteServerTransaction

FIGURES = {
    InviteClientTransaction: """
        CALLING     RESEND           CALLING
        CALLING     TIMEOUT          TERMINATED
        CALLING     TRANSPORT_ERROR  TERMINATED
        CALLING     PROVISIONAL      PROCEEDING
        CALLING     SUCCESS          ACCEPTED
        CALLING     FAILURE          COMPLETED
        PROCEEDING  PROVISIONAL      PROCEEDING
        PROCEEDING  SUCCESS          ACCEPTED
        PROCEEDING  FAILURE          COMPLETED
        PROCEEDING  TRANSPORT_ERROR  TERMINATED
        ACCEPTED    SUCCESS          ACCEPTED
        ACCEPTED    LINGER           TERMINATED
        COMPLETED   FAILURE          COMPLETED
        COMPLETED   TRANSPORT_ERROR  TERMINATED
        COMPLETED   LINGER           TERMINATED
    """,
    NonInviteClientTransaction: """
        TRYING      RESEND           TRYING
        TRYING      TIMEOUT          TERMINATED
        TRYING      TRANSPORT_ERROR  TERMINATED
        TRYING      PROVISIONAL      PROCEEDING
        TRYING      SUCCESS          COMPLETED
        TRYING      FAILURE          COMPLETED
        PROCEEDING  RESEND           PROCEEDING
        PROCEEDING  TIMEOUT          TERMINATED
        PROCEEDING  TRANSPORT_ERROR  TERMINATED
        PROCEEDING  PROVISIONAL      PROCEEDING
        PROCEEDING  SUCCESS          COMPLETED
        PROCEEDING  FAILURE          COMPLETED
        COMPLETED   LINGER           TERMINATED
    """,
    InviteServerTransaction: """
        PROCEEDING  REQUEST          PROCEEDING
        PROCEEDING  PROVISIONAL      PROCEEDING
        PROCEEDING  SUCCESS          ACCEPTED
        PROCEEDING  FAILURE          COMPLETED
        PROCEEDING  TRANSPORT_ERROR  TERMINATED
        ACCEPTED    ACK              ACCEPTED
        ACCEPTED    SUCCESS          ACCEPTED
        ACCEPTED    LINGER           TERMINATED
        COMPLETED   REQUEST          COMPLETED
        COMPLETED   RESEND           COMPLETED
        COMPLETED   ACK              CONFIRMED
        COMPLETED   TIMEOUT          TERMINATED
        COMPLETED   TRANSPORT_ERROR  TERMINATED
        CONFIRMED   LINGER           TERMINATED
    """,
    NonInviteServerTransaction: """
        TRYING      PROVISIONAL      PROCEEDING
        TRYING      SUCCESS          COMPLETED
        TRYING      FAILURE          COMPLETED
        TRYING      TRANSPORT_ERROR  TERMINATED
        PROCEEDING  REQUEST          PROCEEDING
        PROCEEDING  PROVISIONAL      PROCEEDING
        PROCEEDING  SUCCESS          COMPLETED
        PROCEEDING  FAILURE          COMPLETED
        PROCEEDING  TRANSPORT_ERROR  TERMINATED
        COMPLETED   REQUEST          COMPLETED
        COMPLETED   LINGER           TERMINATED
    """,
}


def arrows(table):
    return {
        (state, event, after)
        for state, rules in table.items()
        for event, (after, _) in rules.items()
    }


def drawn(text):
    rows = (line.split() for line in text.strip().splitlines())
    return {(State[state], On[event], State[after]) for state, event, after in rows}


@pytest.mark.rfc("3261", "17")
@pytest.mark.rfc("6026", "7")
@pytest.mark.parametrize("machine", FIGURES)
def test_a_table_has_the_arrows_of_its_figure_and_no_others(machine):
    assert arrows(machine.TABLE) == drawn(FIGURES[machine])


@pytest.mark.parametrize("machine", FIGURES)
def test_every_state_of_a_table_can_be_reached_and_left_for_the_end(machine):
    used = {state for state, rules in machine.TABLE.items() if rules} | {State.TERMINATED}
    steps = arrows(machine.TABLE)
    assert reach(machine.FIRST, {(a, b) for a, _, b in steps}) == used
    for state in used:
        assert State.TERMINATED in reach(state, {(a, b) for a, _, b in steps})


def reach(start, steps):
    seen, waiting = {start}, deque([start])
    while waiting:
        here = waiting.popleft()
        for before, after in steps:
            if before is here and after not in seen:
                seen.add(after)
                waiting.append(after)
    return seen
