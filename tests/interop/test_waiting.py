"""The waiting that every scenario relies on."""

import threading

import pytest

from tests.interop.waiting import Follower, Journal, PeerError, until


def test_an_event_that_is_already_there_is_found_at_once() -> None:
    journal = Journal("alice")
    journal.append({"event": "call", "state": "Connected"})
    assert Follower(journal, {"event": "call"}).next(0)["state"] == "Connected"


def test_waiting_twice_for_a_state_means_two_of_them() -> None:
    journal = Journal("alice")
    journal.append({"event": "call", "state": "Running"})
    calls = Follower(journal, {"event": "call"})
    calls.next(0, state="Running")
    with pytest.raises(PeerError):
        calls.next(0, state="Running")


def test_a_tuple_means_one_of_its_values() -> None:
    journal = Journal("alice")
    journal.append({"event": "call", "state": "Error"})
    assert Follower(journal, {"event": "call"}).next(0, state=("End", "Error"))


def test_who_waits_is_woken_by_the_event() -> None:
    journal = Journal("alice")
    later = threading.Timer(0.01, journal.append, [{"event": "call"}])
    later.start()
    assert Follower(journal, {"event": "call"}).next(5)
    later.join()


def test_the_end_of_a_peer_ends_the_waiting_and_says_why() -> None:
    journal = Journal("alice")
    journal.close("it crashed")
    with pytest.raises(PeerError, match="it crashed"):
        Follower(journal, {"event": "call"}).next(60)


def test_until_gives_up_and_names_what_it_waited_for() -> None:
    with pytest.raises(PeerError, match="no sunrise"):
        until(lambda: None, "sunrise", timeout=0)
