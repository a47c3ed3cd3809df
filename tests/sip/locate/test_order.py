from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonnette.base.entropy import SeededEntropy
from sonnette.sip.locate.order import by_preference
from sonnette.sip.locate.plan import Server
from tests.sip.locate.zone import UDP


def servers(*weights, service=0, priority=0):
    return [
        Server(UDP, f"{service}-{priority}-{number}.test", 5060, service, priority, weight)
        for number, weight in enumerate(weights)
    ]


def first(candidates, seed):
    return by_preference(candidates, SeededEntropy(seed))[0].weight


@pytest.mark.rfc("2782", "Weight")
def test_the_first_one_is_chosen_in_proportion_to_its_weight():
    drawn = Counter(first(servers(10, 30, 60), seed) for seed in range(3000))
    assert drawn[60] == pytest.approx(1800, rel=0.1)
    assert drawn[30] == pytest.approx(900, rel=0.1)
    assert drawn[10] == pytest.approx(300, rel=0.2)


@pytest.mark.rfc("2782", "Weight")
def test_a_weight_of_zero_has_a_very_small_chance():
    drawn = Counter(first(servers(0, 99), seed) for seed in range(3000))
    assert 0 < drawn[0] < 100


@pytest.mark.rfc("2782", "Weight")
def test_without_weights_each_server_comes_once():
    ordered = by_preference(servers(0, 0, 0), SeededEntropy())
    assert sorted(server.host for server in ordered) == ["0-0-0.test", "0-0-1.test", "0-0-2.test"]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 65535))), st.integers()
)
def test_services_keep_their_order_priorities_ascend_and_nobody_is_lost(drawn, seed):
    given_ones = [
        Server(UDP, f"{number}.test", 5060, service, priority, weight)
        for number, (service, priority, weight) in enumerate(drawn)
    ]
    ordered = by_preference(given_ones, SeededEntropy(seed))
    ranks = [(server.service, server.priority) for server in ordered]
    assert ranks == sorted(ranks)
    assert sorted(ordered, key=repr) == sorted(given_ones, key=repr)


def test_a_seed_repeats():
    candidates = servers(1, 2, 3, 4, 5)
    assert by_preference(candidates, SeededEntropy(1)) == by_preference(
        candidates, SeededEntropy(1)
    )
