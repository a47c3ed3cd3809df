import pytest

from sonnette.testing import Datagram, Link, Nat, Network, Pair
from tests.testing.echo import Answerer, Asker, Told, Transmit

ALICE = ("10.0.0.1", 1000)
BOB = ("192.0.2.2", 2000)


class Addressed(Answerer):
    """An answerer that answers where the question came from."""

    def feed(self, now, datagram):
        self._out.append(Datagram(BOB, datagram.source, datagram.payload.upper()))


def hears_payload(machine, now, datagram):
    machine.feed(now, datagram.payload)


def hears_datagram(machine, now, datagram):
    machine.feed(now, datagram)


def from_alice(output):
    return Datagram(ALICE, BOB, output.payload) if isinstance(output, Transmit) else None


def pair_over(network):
    pair = Pair(network)
    alice = pair.join(Asker("q", pair.now), ALICE, sent=from_alice, hear=hears_payload)
    pair.join(Addressed(), BOB, sent=lambda output: output, hear=hears_datagram)
    return pair, alice


def test_a_question_is_answered_across_the_network():
    pair, alice = pair_over(Network(Link(delay=0.1)))
    pair.run_until(lambda: Told("Q") in alice.told)
    assert pair.now == pytest.approx(0.2)


def test_a_lost_question_is_asked_again():
    network = Network()
    network.join(ALICE[0], BOB[0], Link(loss=1))
    pair, alice = pair_over(network)
    pair.run_for(2.5)
    assert (network.lost, pair.now, alice.told) == (3, 2.5, [])
    network.join(ALICE[0], BOB[0], Link())
    pair.run_until(lambda: alice.told == [Told("Q")], within=1)
    assert pair.now == 3.0


def test_what_does_not_come_is_named():
    network = Network(Link(loss=1))
    pair, _ = pair_over(network)
    with pytest.raises(AssertionError, match=r"did not come by 60.*no answer"):
        pair.run_until(lambda: False)


def test_a_nat_between_them_goes_unnoticed():
    network = Network()
    network.put_behind(Nat("198.51.100.1"), ALICE[0])
    pair, alice = pair_over(network)
    pair.run_for(0)
    assert alice.told == [Told("Q")]


def test_a_datagram_to_nobody_is_lost():
    network = Network()
    pair = Pair(network)
    pair.join(Asker("q", 0), ALICE, sent=from_alice, hear=hears_payload)
    pair.run_for(0.5)
    assert network.lost == 1


def test_a_verb_called_between_runs_is_drained_by_the_next():
    network = Network(Link(loss=1))
    pair, alice = pair_over(network)
    pair.run_for(0.5)
    alice.machine.give_up(pair.now)
    pair.run_for(10)
    assert alice.told == [Told("enough")]


class Stuck(Answerer):
    deadline = 1.0


def test_a_deadline_that_does_not_move_fails_instead_of_hanging():
    pair = Pair()
    pair.join(Stuck(), BOB, sent=from_alice, hear=hears_payload)
    with pytest.raises(AssertionError, match="time stands still"):
        pair.run_for(2)
