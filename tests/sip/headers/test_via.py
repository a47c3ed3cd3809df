import pytest

from sonnette.base.errors import PeerError
from sonnette.sip.headers.via import Via, parse_via


@pytest.mark.rfc("3261", "20.42")
@pytest.mark.parametrize(
    ("text", "via"),
    [
        ("SIP/2.0/UDP h", Via("UDP", "h")),
        ("SIP/2.0/tls h:5061;branch=z9hG4bK1", Via("TLS", "h", 5061, {"branch": "z9hG4bK1"})),
        ("SIP / 2.0 / UDP h : 5060 ; rport", Via("UDP", "h", 5060, {"rport": None})),
        ("SIP/2.0/UDP [2001:db8::9]", Via("UDP", "[2001:db8::9]")),
        ("SIP/2.0/UDP [2001:db8::9]:5070", Via("UDP", "[2001:db8::9]", 5070)),
        ("SIP/2.0/TLS-SCTP h", Via("TLS-SCTP", "h")),
        ("SIP/2.0/WSS d7.invalid;branch=x", Via("WSS", "d7.invalid", None, {"branch": "x"})),
    ],
)
def test_a_via_has_a_transport_a_sent_by_and_parameters(text, via):
    assert parse_via(text) == via


@pytest.mark.rfc("5118", "4.5")
def test_received_may_be_ipv6_without_brackets():
    via = parse_via("SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3")
    assert via.parameters["received"] == "2001:db8::9:255"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SIP/2.0",
        "SIP/2.0/UDP",
        "SIP/2.0/UDP ",
        "SIP/2.0/UDP h:123456",
        "SIP/2.0/UDP h:65536",
        "SIP/2.0/UDP h branch=x",
        "SIP/2.0/UDP 2001:db8::9",
        "SIP/2.0/UDP h;branch=a;branch=b",
        "HTTP/1.1/TCP h",
        "SIP/2.0/UDP h, SIP/2.0/UDP i",
    ],
)
def test_text_that_is_no_via_is_refused(text):
    with pytest.raises(PeerError):
        parse_via(text)


@pytest.mark.rfc("3261", "17.2.3")
def test_sent_by_is_compared_without_case():
    assert parse_via("SIP/2.0/UDP Host.Example:5060").sent_by == "host.example:5060"
    assert parse_via("SIP/2.0/UDP Host.Example").sent_by == "host.example"


def test_a_via_without_branch_has_an_empty_one():
    assert parse_via("SIP/2.0/UDP h").branch == ""
    assert parse_via("SIP/2.0/UDP h;branch").branch == ""


def test_a_via_written_out_reads_as_itself():
    via = Via("UDP", "[2001:db8::1]", 5062, {"branch": "z9hG4bK7", "rport": None})
    assert parse_via(str(via)) == via


@pytest.mark.timeout(10)
@pytest.mark.parametrize("text", ["SIP/2.0/UDP h" + " " * 60_000 + "x", "SIP" + " " * 60_000 + "x"])
def test_a_hostile_via_is_refused_in_linear_time(text):
    with pytest.raises(PeerError):
        parse_via(text)
