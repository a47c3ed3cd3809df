import pytest

from sonnette.base.errors import PeerError
from sonnette.sip import names
from sonnette.sip.flow import Flow, Transport
from sonnette.sip.parser import parse
from sonnette.sip.proxy import (
    check_hops,
    check_loop,
    forward_copy,
    insert_before_first,
    loop_mark,
    pop_via,
    push_via,
    sent_by,
    stamp_via,
    strip,
)
from tests.sip.messages import TCP, UDP, make_request, make_response

OURS = frozenset(("192.0.2.1:5060", "sip.example.org:5060"))
V6 = Flow(Transport.UDP, ("2001:db8::1", 5060), ("2001:db8::7", 5070))


def stamped(via, flow=UDP):
    request = make_request(Via=[via, "SIP/2.0/UDP below;received=1.2.3.4"])
    stamp_via(request, flow)
    assert request.elements(names.VIA)[1] == "SIP/2.0/UDP below;received=1.2.3.4"
    assert parse(request.encode()).via == request.via
    return request.via.parameters


@pytest.mark.rfc("3261", "18.2.1")
@pytest.mark.rfc("3581", "4")
@pytest.mark.parametrize(
    ("via", "parameters"),
    [
        ("198.51.100.7:5070", {}),
        ("198.51.100.7:1", {}),
        ("10.0.0.1:5070", {"received": "198.51.100.7"}),
        ("host.example.org", {"received": "198.51.100.7"}),
        ("198.51.100.7:1;rport", {"rport": "5070", "received": "198.51.100.7"}),
        # What the client wrote itself is not believed.
        ("198.51.100.7;received=203.0.113.66", {}),
        ("10.0.0.1;received=203.0.113.66", {"received": "198.51.100.7"}),
        (
            "10.0.0.1;rport=9999;received=203.0.113.66",
            {"rport": "5070", "received": "198.51.100.7"},
        ),
    ],
)
def test_the_true_source_is_written_on_the_top_via(via, parameters):
    assert stamped(f"SIP/2.0/UDP {via}") == parameters


@pytest.mark.rfc("5118", "4.5")
def test_an_ipv6_source_is_compared_without_brackets():
    assert stamped("SIP/2.0/UDP [2001:DB8::7]:5070", V6) == {}
    assert stamped("SIP/2.0/UDP [2001:db8::8]:5070", V6) == {"received": "2001:db8::7"}


def test_a_via_in_a_list_is_stamped_alone():
    request = make_request(Via="SIP/2.0/UDP a;branch=z9hG4bKa, SIP/2.0/UDP b;branch=z9hG4bKb")
    stamp_via(request, UDP)
    assert request.elements(names.VIA) == [
        "SIP/2.0/UDP a;branch=z9hG4bKa;received=198.51.100.7",
        "SIP/2.0/UDP b;branch=z9hG4bKb",
    ]


@pytest.mark.rfc("3261", "16.3")
@pytest.mark.parametrize(("value", "left"), [("70", 70), ("1", 1), ("255", 255), (None, 70)])
def test_hops_are_counted_from_what_the_request_says(value, left):
    assert check_hops(make_request(Max_Forwards=value)) == left


@pytest.mark.rfc("3261", "16.3")
def test_no_hop_left_is_483():
    with pytest.raises(PeerError) as caught:
        check_hops(make_request(Max_Forwards="0"))
    assert caught.value.status == 483


@pytest.mark.rfc("3261", "16.6")
def test_a_copy_that_goes_on_has_one_hop_less():
    request = make_request(Max_Forwards="10")
    assert forward_copy(request, 10).max_forwards == 9
    assert request.max_forwards == 10
    assert forward_copy(make_request(Max_Forwards=None), 70).max_forwards == 69


def through_us(request, branch="z9hG4bKb"):
    """The request as the next hop gets it."""
    copy = forward_copy(request, check_hops(request))
    push_via(copy, UDP, f"{branch}.{loop_mark(request)}")
    return parse(copy.encode())


@pytest.mark.rfc("3261", "16.3")
def test_a_request_that_comes_straight_back_loops():
    request = make_request()
    check_loop(request, OURS)
    with pytest.raises(PeerError) as caught:
        check_loop(through_us(request), OURS)
    assert caught.value.status == 482


@pytest.mark.rfc("5393", "4.2")
def test_a_request_that_comes_back_through_another_loops():
    back = through_us(make_request())
    back.prepend(names.VIA, "SIP/2.0/UDP other.example.org;branch=z9hG4bKother")
    with pytest.raises(PeerError) as caught:
        check_loop(back, OURS)
    assert caught.value.status == 482


@pytest.mark.rfc("5393", "4.2")
@pytest.mark.parametrize(
    "change",
    [
        lambda back: setattr(back, "target", "sip:carol@example.org"),
        lambda back: back.prepend(names.ROUTE, "<sip:elsewhere;lr>"),
        lambda back: back.set(names.CSEQ, "2 OPTIONS"),
        lambda back: back.set(names.TO, "<sip:bob@example.org>;tag=b1"),
    ],
)
def test_a_request_that_comes_back_changed_is_a_spiral(change):
    back = through_us(make_request())
    change(back)
    check_loop(back, OURS)


def test_the_via_of_another_server_is_no_loop():
    check_loop(through_us(make_request()), frozenset(("192.0.2.2:5060",)))


@pytest.mark.rfc("3261", "18.1.1")
@pytest.mark.rfc("3581", "3")
def test_our_via_goes_on_top():
    request = make_request()
    push_via(request, UDP, "z9hG4bKb")
    assert request.elements(names.VIA)[0] == "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKb;rport"
    push_via(request, TCP, "z9hG4bKc", "sip.example.org")
    assert request.elements(names.VIA)[0] == "SIP/2.0/TCP sip.example.org:5060;branch=z9hG4bKc"
    assert sent_by(V6) == "[2001:db8::1]:5060"


@pytest.mark.rfc("3261", "16.7")
def test_our_via_is_taken_off_an_answer():
    response = make_response()
    response.prepend(names.VIA, "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKb")
    relayed = pop_via(response)
    assert relayed.via.branch == "z9hG4bKa"
    assert response.via.branch == "z9hG4bKb"


def test_headers_are_stripped():
    request = make_request(Authorization="x", Subject="y")
    strip(request, frozenset((names.AUTHORIZATION,)))
    assert request.first(names.AUTHORIZATION) is None
    assert request.first(names.SUBJECT) == "y"


@pytest.mark.rfc("3261", "16.6")
def test_a_record_route_goes_above_the_others_of_its_kind():
    request = make_request(Record_Route=["<sip:old;lr>", "<sip:older;lr>"])
    insert_before_first(request, names.RECORD_ROUTE, ["<sip:new;lr>", "<sip:newer;lr>"])
    assert request.all(names.RECORD_ROUTE) == [
        "<sip:new;lr>",
        "<sip:newer;lr>",
        "<sip:old;lr>",
        "<sip:older;lr>",
    ]


def test_the_first_of_its_kind_goes_below_the_vias():
    request = make_request(Via=["SIP/2.0/UDP a", "SIP/2.0/UDP b"])
    insert_before_first(request, names.ROUTE, ["<sip:r;lr>"])
    assert [field[0] for field in request.fields[:3]] == [names.VIA, names.VIA, names.ROUTE]
