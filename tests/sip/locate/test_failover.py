import pytest

from sonnette.sip.locate import Attempt, Failover, Quarantine, Target, race
from tests.sip.locate.zone import TCP, UDP

ONE = Target(UDP, "192.0.2.1", 5060, "example.test", "one.test")
TWO = Target(UDP, "192.0.2.2", 5060, "example.test", "two.test")
THREE = Target(UDP, "192.0.2.3", 5060, "example.test", "three.test")


def all_of(failover, now):
    found = []
    while (target := failover.next(now)) is not None:
        found.append(target)
    return found


@pytest.mark.rfc("3263", "4.3")
def test_each_target_is_tried_once_in_order():
    assert all_of(Failover([ONE, TWO, THREE], Quarantine()), 0) == [ONE, TWO, THREE]


@pytest.mark.rfc("3263", "4.3")
def test_a_target_that_failed_lately_is_tried_last():
    quarantine = Quarantine()
    quarantine.add(0, ONE)
    assert all_of(Failover([ONE, TWO, THREE], quarantine), 59) == [TWO, THREE, ONE]
    assert all_of(Failover([ONE, TWO, THREE], quarantine), 60) == [ONE, TWO, THREE]


def test_a_target_that_fails_during_the_search_is_seen_at_once():
    quarantine = Quarantine()
    failover = Failover([ONE, TWO, THREE], quarantine)
    assert failover.next(0) is ONE
    quarantine.add(1, TWO)
    assert failover.next(1) is THREE


def test_when_all_have_failed_all_are_tried_again():
    quarantine = Quarantine()
    for target in (ONE, TWO):
        quarantine.add(0, target)
    assert all_of(Failover([ONE, TWO], quarantine), 1) == [ONE, TWO]


@pytest.mark.rfc("3261", "21.5.4")
def test_retry_after_is_honoured_but_not_for_ever():
    quarantine = Quarantine()
    quarantine.add(0, ONE, seconds=5)
    quarantine.add(0, TWO, seconds=1e9)
    assert not quarantine.holds(5, ONE)
    assert quarantine.holds(599, TWO)
    assert not quarantine.holds(600, TWO)


def test_a_target_that_works_again_is_released():
    quarantine = Quarantine()
    quarantine.add(0, ONE)
    quarantine.release(ONE)
    quarantine.release(TWO)
    assert not quarantine.holds(0, ONE)


def test_quarantine_is_bounded():
    quarantine = Quarantine(capacity=2)
    for target in (ONE, TWO, THREE):
        quarantine.add(0, target)
    assert [quarantine.holds(1, target) for target in (ONE, TWO, THREE)] == [False, True, True]


@pytest.mark.rfc("8305", "5")
def test_connections_to_the_addresses_of_one_server_start_one_after_the_other():
    v6 = Target(TCP, "2001:db8::1", 5060, "example.test", "one.test")
    v4 = Target(TCP, "192.0.2.1", 5060, "example.test", "one.test")
    backup = Target(TCP, "192.0.2.2", 5060, "example.test", "two.test")
    failover = Failover([v6, backup, v4], Quarantine())
    assert race(failover.next_server(0)) == [Attempt(v6, 0), Attempt(v4, 0.25)]
    assert race(failover.next_server(0), delay=0.1) == [Attempt(backup, 0)]
    assert failover.next_server(0) == []


def test_an_address_that_failed_lately_starts_last_in_the_race():
    v6 = Target(TCP, "2001:db8::1", 5060, "example.test", "one.test")
    v4 = Target(TCP, "192.0.2.1", 5060, "example.test", "one.test")
    quarantine = Quarantine()
    quarantine.add(0, v6)
    assert Failover([v6, v4], quarantine).next_server(1) == [v4, v6]
