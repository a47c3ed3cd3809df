from hypothesis import given
from hypothesis import strategies as st

from sonnette.testing import Behaviour, Datagram, Link, Nat, Network

ALICE = ("10.0.0.1", 1000)
BOB = ("10.0.0.2", 2000)


def sent(network, count, gap=0.02, source=ALICE, destination=BOB):
    for number in range(count):
        network.send(number * gap, Datagram(source, destination, number))
    return network


def arrivals(network, until=1e9):
    found = []
    while (datagram := network.pop(until)) is not None:
        found.append(datagram.payload)
    return found


def test_a_perfect_network_delivers_at_once_and_in_order():
    assert arrivals(sent(Network(), 50, gap=0)) == list(range(50))


def test_delay_holds_a_datagram_back():
    network = sent(Network(Link(delay=0.1)), 1)
    assert network.next == 0.1
    assert arrivals(network, until=0.09) == []
    assert arrivals(network, until=0.1) == [0]
    assert network.next is None


def test_loss_takes_about_its_share():
    network = sent(Network(Link(loss=0.3), seed=1), 1000)
    assert 250 < network.lost < 350
    assert len(arrivals(network)) == 1000 - network.lost


def test_duplication_adds_about_its_share():
    came = arrivals(sent(Network(Link(duplication=0.2)), 1000))
    assert 1150 < len(came) < 1250
    assert sorted(set(came)) == list(range(1000))


def test_jitter_longer_than_the_gap_reorders():
    came = arrivals(sent(Network(Link(jitter=0.1)), 100))
    assert came != sorted(came)
    assert sorted(came) == list(range(100))


def test_each_direction_may_have_its_own_quality():
    network = Network()
    network.join(ALICE[0], BOB[0], Link(loss=1))
    sent(network, 3)
    sent(network, 3, source=BOB, destination=ALICE)
    assert network.lost == 3
    assert arrivals(network) == [0, 1, 2]


@given(st.integers())
def test_a_seed_repeats(seed):
    link = Link(loss=0.2, delay=0.01, jitter=0.1, duplication=0.2)
    first, second = (arrivals(sent(Network(link, seed), 30)) for _ in range(2))
    assert first == second


def test_a_nat_rewrites_the_source_and_turns_the_answer_back():
    network = Network()
    network.put_behind(Nat("198.51.100.1"), ALICE[0])
    network.send(0, Datagram(ALICE, BOB, "question"))
    question = network.pop(0)
    assert question == Datagram(("198.51.100.1", 40000), BOB, "question")
    network.send(0, Datagram(BOB, question.source, "answer"))
    assert network.pop(0) == Datagram(BOB, ALICE, "answer")


def test_a_nat_drops_what_nobody_asked_for():
    network = Network()
    network.put_behind(Nat("198.51.100.1"), ALICE[0])
    network.send(0, Datagram(BOB, ("198.51.100.1", 40000), "hello"))
    assert network.pop(0) is None
    assert network.lost == 1


def test_neighbours_behind_one_nat_see_each_other_as_they_are():
    network = Network()
    network.put_behind(Nat("198.51.100.1"), ALICE[0], BOB[0])
    network.send(0, Datagram(ALICE, BOB, "hello"))
    assert network.pop(0).source == ALICE


def test_two_nats_that_only_map_meet_in_the_middle():
    network = Network()
    left = Nat("198.51.100.1", filtering=Behaviour.INDEPENDENT)
    right = Nat("198.51.100.2", filtering=Behaviour.INDEPENDENT)
    network.put_behind(left, ALICE[0])
    network.put_behind(right, BOB[0])
    network.send(0, Datagram(ALICE, ("192.0.2.9", 3478), "opens the port"))
    network.pop(0)
    network.send(0, Datagram(BOB, ("198.51.100.1", 40000), "hello"))
    assert network.pop(0) == Datagram(("198.51.100.2", 40000), ALICE, "hello")
