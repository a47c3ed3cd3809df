import pytest

from sonnette.sip.flow import Flow, Transport, bracket
from tests.sip.messages import CLIENT, SERVER, TCP, UDP


@pytest.mark.rfc("3261", "20.42")
@pytest.mark.parametrize(
    ("transport", "reliable", "secure", "parameter"),
    [
        (Transport.UDP, False, False, "udp"),
        (Transport.TCP, True, False, "tcp"),
        (Transport.TLS, True, True, "tls"),
        (Transport.WS, True, False, "ws"),
        (Transport.WSS, True, True, "ws"),
    ],
)
def test_a_transport_knows_what_it_promises(transport, reliable, secure, parameter):
    assert transport.is_reliable is reliable
    assert transport.is_secure is secure
    assert transport.parameter == parameter


@pytest.mark.rfc("5626", "3")
def test_on_udp_a_flow_is_its_two_addresses():
    assert Flow(Transport.UDP, SERVER, CLIENT) == UDP
    assert hash(UDP) == hash(Flow(Transport.UDP, SERVER, CLIENT))
    assert Flow(Transport.UDP, CLIENT, SERVER) != UDP
    assert UDP.at_port(9) == Flow(Transport.UDP, SERVER, (CLIENT[0], 9))


@pytest.mark.rfc("5626", "3")
def test_on_a_stream_a_flow_is_its_connection():
    assert Flow(Transport.TCP, SERVER, CLIENT, serial=1) != TCP
    assert {TCP: 1}[TCP] == 1
    assert UDP != TCP
    assert UDP != "udp"


def test_a_flow_shows_no_address_in_a_log():
    assert repr(TCP) == "<Flow TCP #1>"


def test_an_ipv6_host_is_bracketed():
    assert bracket("2001:db8::1") == "[2001:db8::1]"
    assert bracket("192.0.2.1") == "192.0.2.1"
