import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.portal.domain import Account
from sonnette.portal.tickets import GRACE_SECONDS, LIFE_SECONDS, MOST_TICKETS, Tickets

ALICE = Account("alice", "example.test", "Alice", hashes=(("MD5", "0" * 32),))


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tickets(clock):
    return Tickets(SeededEntropy(1), clock)


def test_a_ticket_gives_its_account(tickets):
    issued = tickets.issue(ALICE)
    assert len(issued.token) == 40
    assert tickets.take(issued.token) == issued


def test_each_ticket_is_another_one(tickets):
    assert tickets.issue(ALICE).token != tickets.issue(ALICE).token


def test_a_ticket_ends_a_minute_after_its_first_use(tickets, clock):
    token = tickets.issue(ALICE).token
    assert tickets.take(token)
    clock.now += GRACE_SECONDS / 2
    assert tickets.take(token)  # an app that asks again
    clock.now += GRACE_SECONDS / 2
    assert tickets.take(token) is None


def test_a_ticket_that_nobody_uses_ends_after_a_day(tickets, clock):
    token = tickets.issue(ALICE).token
    clock.now += LIFE_SECONDS
    assert tickets.take(token) is None


def test_the_oldest_ticket_makes_room(tickets):
    first, second = tickets.issue(ALICE).token, tickets.issue(ALICE).token
    for _ in range(MOST_TICKETS - 1):
        tickets.issue(ALICE)
    assert tickets.take(first) is None
    assert tickets.take(second)


def test_an_unknown_token_gives_nothing(tickets):
    assert tickets.take("") is None


@pytest.mark.req("P-5")
def test_an_account_does_not_show_what_opens_it():
    shown = repr(Account("alice", "example.test", "Alice", "hunter2", "t0ken", (("MD5", "h4sh"),)))
    assert not any(secret in shown for secret in ("hunter2", "t0ken", "h4sh"))
