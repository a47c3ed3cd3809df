import pytest

from sonnette.base.errors import LocalError
from sonnette.testing import Behaviour, Nat

INSIDE = ("10.0.0.2", 5060)
ONE = ("192.0.2.1", 5060)
SAME_HOST = ("192.0.2.1", 5061)
OTHER = ("192.0.2.2", 5060)


@pytest.mark.rfc("4787", "4.1")
@pytest.mark.parametrize(
    ("mapping", "ports"),
    [
        (Behaviour.INDEPENDENT, [40000, 40000, 40000]),
        (Behaviour.ADDRESS, [40000, 40000, 40001]),
        (Behaviour.ADDRESS_AND_PORT, [40000, 40001, 40002]),
    ],
)
def test_mapping_depends_on_as_much_of_the_remote_as_it_says(mapping, ports):
    nat = Nat("198.51.100.1", mapping=mapping)
    assert [nat.out(0, INSIDE, remote)[1] for remote in (ONE, SAME_HOST, OTHER)] == ports


@pytest.mark.rfc("4787", "5")
@pytest.mark.parametrize(
    ("filtering", "admitted"),
    [
        (Behaviour.INDEPENDENT, [True, True, True]),
        (Behaviour.ADDRESS, [True, True, False]),
        (Behaviour.ADDRESS_AND_PORT, [True, False, False]),
    ],
)
def test_filtering_admits_as_much_as_it_says(filtering, admitted):
    nat = Nat("198.51.100.1", filtering=filtering)
    _, port = nat.out(0, INSIDE, ONE)
    came = [nat.back(0, remote, port) == INSIDE for remote in (ONE, SAME_HOST, OTHER)]
    assert came == admitted


@pytest.mark.rfc("4787", "4.3")
def test_only_datagrams_going_out_keep_a_mapping_alive():
    nat = Nat("198.51.100.1", lifetime=30)
    _, port = nat.out(0, INSIDE, ONE)
    assert nat.out(29, INSIDE, ONE)[1] == port
    assert nat.back(58, ONE, port) == INSIDE
    assert nat.back(59, ONE, port) is None
    assert nat.out(60, INSIDE, ONE)[1] == port + 1


def test_a_restarted_box_has_forgotten_every_mapping():
    nat = Nat("198.51.100.1")
    _, port = nat.out(0, INSIDE, ONE)
    nat.forget()
    assert nat.back(0, ONE, port) is None


def test_ports_run_out():
    nat = Nat("198.51.100.1", first_port=65535)
    nat.out(0, INSIDE, ONE)
    with pytest.raises(LocalError):
        nat.out(0, ("10.0.0.3", 5060), ONE)
