import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.sip import names
from sonnette.sip.flow import Flow, Transport
from sonnette.sip.message import answer
from sonnette.sip.parser import parse
from sonnette.sip.transaction import (
    Cancelled,
    RequestArrived,
    ResponseArrived,
    Stray,
    Terminated,
    TimedOut,
    TransactionLayer,
    TransportFailed,
)
from sonnette.sip.transaction import layer as layers
from sonnette.sip.transaction.machine import State
from tests.sip.messages import CLIENT, SERVER, TCP, UDP, make_request, make_response

INVITE = make_request("INVITE")


def make():
    return TransactionLayer(SeededEntropy("layer"))


def fed(layer, message, now=0.0, flow=UDP):
    layer.feed(now, flow, message)
    return layer.drain()


def received(layer, message, now=0.0, flow=UDP):
    (arrived,) = fed(layer, message, now, flow)
    assert isinstance(arrived, RequestArrived)
    return layer.make_server(arrived.flow, arrived.request)


def responded(layer, transaction, status, now=0.0):
    layer.respond(now, transaction, answer(transaction.request, status, "Reason", to_tag="b1"))
    return layer.drain()


def kinds(outputs):
    return [
        type(out) if not isinstance(out, tuple) else parse(out[1]).start_line for out in outputs
    ]


def test_a_request_that_nobody_knows_goes_to_the_user():
    layer = make()
    (arrived,) = fed(layer, INVITE)
    assert isinstance(arrived, RequestArrived)
    assert (arrived.flow, arrived.request) == (UDP, INVITE)


@pytest.mark.rfc("3261", "17.2.3")
def test_a_repeated_request_finds_its_transaction():
    layer = make()
    server = received(layer, INVITE)
    responded(layer, server, 180)
    assert kinds(fed(layer, make_request("INVITE"))) == ["SIP/2.0 180 Reason"]


@pytest.mark.rfc("3261", "17.2.3")
@pytest.mark.parametrize(
    "other",
    [
        {"branch": "z9hG4bKb"},
        {"Via": "SIP/2.0/UDP 198.51.100.7:5071;branch=z9hG4bKa"},
        {"Via": "SIP/2.0/UDP 198.51.100.8:5070;branch=z9hG4bKa"},
        {"method": "OPTIONS"},
    ],
)
def test_another_branch_sent_by_or_method_is_another_transaction(other):
    layer = make()
    received(layer, INVITE)
    received(layer, make_request(**{"method": "INVITE", **other}))
    assert len(layer.servers) == 2


OLD = {"Via": "SIP/2.0/UDP 198.51.100.7:5070", "Max_Forwards": None}


@pytest.mark.rfc("3261", "17.2.3")
@pytest.mark.parametrize("via", ["", ";branch=1", ";branch=z9hG4bK"])
def test_a_peer_of_the_old_rfc_is_matched_by_its_request(via):
    old = {**OLD, "Via": OLD["Via"] + via}
    layer = make()
    server = received(layer, make_request("INVITE", **old))
    responded(layer, server, 486)
    assert kinds(fed(layer, make_request("INVITE", **old))) == ["SIP/2.0 486 Reason"]
    acked = make_request("ACK", To="<sip:bob@example.org>;tag=b1", **old)
    assert fed(layer, acked) == []
    assert server.state is State.CONFIRMED
    received(layer, make_request("INVITE", cseq=2, **old))
    received(layer, make_request("INVITE", target="sip:carol@example.org", **old))
    received(layer, make_request("INVITE", From="<sip:alice@example.org>;tag=a2", **old))
    received(layer, make_request("INVITE", Call_ID="2", **old))
    assert len(layer.servers) == 5


@pytest.mark.rfc("3261", "17.2.3")
def test_the_ack_of_a_failure_finds_its_invite():
    layer = make()
    server = received(layer, INVITE)
    responded(layer, server, 486)
    assert fed(layer, make_request("ACK")) == []
    assert server.state is State.CONFIRMED


@pytest.mark.rfc("3261", "13.3.1.4")
def test_the_ack_of_a_2xx_is_a_request_of_its_own():
    layer = make()
    responded(layer, received(layer, INVITE), 200)
    (arrived,) = fed(layer, make_request("ACK", branch="z9hG4bKother"))
    assert arrived.request.method == "ACK"


@pytest.mark.rfc("3261", "9.2")
def test_a_cancel_is_answered_here_and_told():
    layer = make()
    server = received(layer, INVITE)
    responded(layer, server, 180)
    sent, told = fed(layer, make_request("CANCEL"))
    response = parse(sent[1])
    assert response.start_line == "SIP/2.0 200 OK"
    assert response.cseq == (1, "CANCEL")
    assert response.to.tag is not None
    assert isinstance(told, Cancelled)
    assert told.transaction is server
    assert kinds(fed(layer, make_request("CANCEL"), 0.5)) == ["SIP/2.0 200 OK"]


@pytest.mark.rfc("3261", "9.2")
@pytest.mark.parametrize("status", [200, 486])
def test_a_cancel_that_comes_too_late_changes_nothing(status):
    layer = make()
    server = received(layer, INVITE)
    responded(layer, server, status)
    assert kinds(fed(layer, make_request("CANCEL"))) == ["SIP/2.0 200 OK"]


@pytest.mark.rfc("3261", "9.2")
@pytest.mark.parametrize("method", ["CANCEL"])
def test_a_cancel_of_nothing_is_481(method):
    layer = make()
    expected = ["SIP/2.0 481 Call/Transaction Does Not Exist"]
    assert kinds(fed(layer, make_request(method))) == expected
    received(layer, make_request("OPTIONS", branch="z9hG4bKo"))
    assert kinds(fed(layer, make_request(method, branch="z9hG4bKo"))) == expected


@pytest.mark.rfc("3261", "9.2")
def test_a_cancel_of_an_old_peer_finds_its_invite():
    layer = make()
    server = received(layer, make_request("INVITE", **OLD))
    _, told = fed(layer, make_request("CANCEL", **OLD))
    assert told.transaction is server


@pytest.mark.rfc("3261", "17.1.3")
def test_a_response_finds_its_transaction_by_branch_and_method():
    layer = make()
    client = layer.send(0.0, make_request("OPTIONS", branch="z9hG4bKmine"), UDP)
    layer.drain()
    (told,) = fed(layer, make_response(branch="z9hG4bKmine"))
    assert isinstance(told, ResponseArrived)
    assert told.transaction is client


@pytest.mark.rfc("6026", "7.3")
@pytest.mark.parametrize(
    "stray",
    [
        {"branch": "z9hG4bKother"},
        {"branch": "z9hG4bKmine", "cseq": "1 CANCEL"},
    ],
)
def test_a_response_to_nothing_is_told_as_a_stray(stray):
    layer = make()
    layer.send(0.0, make_request("OPTIONS", branch="z9hG4bKmine"), UDP)
    layer.drain()
    (told,) = fed(layer, make_response(**stray))
    assert isinstance(told, Stray)


@pytest.mark.rfc("3261", "8.1.1.7")
def test_no_branch_is_used_twice():
    one, other = make(), TransactionLayer(SeededEntropy("other"))
    branches = [layer.new_branch() for layer in (one, other) for _ in range(100)]
    assert len(set(branches)) == 200
    assert all(branch.startswith("z9hG4bK") for branch in branches)


@pytest.mark.rfc("3261", "17.2.2")
def test_an_answer_without_machine_is_kept_for_repeats_for_timer_j():
    layer = make()
    request = make_request()
    (arrived,) = fed(layer, request)
    layer.answer(0.0, arrived.flow, arrived.request, answer(request, 200, "OK"))
    assert kinds(layer.drain()) == ["SIP/2.0 200 OK"]
    assert layer.servers == {}
    for now in (0.5, 31.9):
        assert kinds(fed(layer, request, now)) == ["SIP/2.0 200 OK"]


def test_kept_answers_are_forgotten():
    layer = make()
    request = make_request()
    layer.answer(0.0, UDP, request, answer(request, 200, "OK"))
    layer.drain()
    for now in (33.0, 66.0):
        layer.tick(now)
    assert kinds(fed(layer, request, 66.0)) == [RequestArrived]


def test_a_silence_of_two_generations_forgets_at_once():
    layer = make()
    request, other = make_request(), make_request(branch="z9hG4bKb")
    layer.answer(0.0, UDP, request, answer(request, 200, "OK"))
    layer.answer(100.0, UDP, other, answer(other, 200, "OK"))
    layer.drain()
    assert kinds(fed(layer, request, 100.0)) == [RequestArrived]


def test_kept_answers_have_a_bound(monkeypatch):
    monkeypatch.setattr(layers, "MOST_KEPT", 1)
    layer = make()
    requests = [make_request(branch=f"z9hG4bK{n}") for n in range(3)]
    for request in requests:
        layer.answer(0.0, UDP, request, answer(request, 200, "OK"))
    layer.drain()
    assert [kinds(fed(layer, request)) for request in requests] == [
        ["SIP/2.0 200 OK"],
        [RequestArrived],
        [RequestArrived],
    ]


def test_the_ack_of_a_failure_that_was_kept_ends_here():
    layer = make()
    layer.answer(0.0, UDP, INVITE, answer(INVITE, 403, "Forbidden"))
    layer.drain()
    assert fed(layer, make_request("ACK")) == []


@pytest.mark.rfc("3261", "8.2.7")
def test_a_stateless_answer_is_forgotten():
    layer = make()
    layer.answer_statelessly(UDP, INVITE, answer(INVITE, 407, "Proxy Authentication Required"))
    assert len(layer.drain()) == 1
    assert kinds(fed(layer, INVITE)) == [RequestArrived]


def test_on_a_reliable_transport_nothing_is_kept():
    layer = make()
    request = make_request()
    layer.answer(0.0, TCP, request, answer(request, 200, "OK"))
    layer.drain()
    assert kinds(fed(layer, request, flow=TCP)) == [RequestArrived]


@pytest.mark.rfc("3261", "18.2.2")
@pytest.mark.rfc("3581", "4")
@pytest.mark.parametrize(
    ("via", "remote"),
    [
        ("198.51.100.7:5070;rport=5070", CLIENT),
        ("10.0.0.1:6000;rport=5070", CLIENT),
        ("198.51.100.7:6000", (CLIENT[0], 6000)),
        ("198.51.100.7", (CLIENT[0], 5060)),
        ("198.51.100.7:5070", CLIENT),
        ("192.0.2.99:5070;maddr=203.0.113.9", CLIENT),
    ],
)
def test_a_response_on_udp_goes_to_its_source(via, remote):
    layer = make()
    request = make_request(Via=f"SIP/2.0/UDP {via};branch=z9hG4bKa")
    layer.answer_statelessly(UDP, request, answer(request, 200, "OK"))
    ((flow, _),) = layer.drain()
    assert flow == Flow(Transport.UDP, SERVER, remote)


@pytest.mark.rfc("3261", "18.2.2")
def test_a_response_on_a_stream_goes_back_on_it():
    layer = make()
    request = make_request(Via="SIP/2.0/TCP d7.invalid:1;branch=z9hG4bKa")
    layer.answer_statelessly(TCP, request, answer(request, 200, "OK"))
    ((flow, _),) = layer.drain()
    assert flow is TCP


def test_a_closed_connection_ends_its_transactions_and_no_others():
    layer = make()
    flow = Flow(Transport.TCP, SERVER, CLIENT, serial=2)
    layer.send(0.0, make_request("OPTIONS", branch="z9hG4bK1"), flow)
    layer.send(0.0, make_request("OPTIONS", branch="z9hG4bK2"), UDP)
    layer.drain()
    received(layer, INVITE, flow=flow)
    layer.closed(1.0, flow)
    assert kinds(layer.drain()) == [TransportFailed, Terminated] * 2
    assert (len(layer.clients), len(layer.servers)) == (1, 0)
    layer.send(2.0, make_request("OPTIONS", branch="z9hG4bK3"), flow)
    assert kinds(layer.drain())[1:] == [TransportFailed, Terminated]


@pytest.mark.rfc("4320", "4.2")
def test_an_abandoned_request_is_never_answered():
    layer = make()
    server = received(layer, make_request())
    layer.abandon(server)
    assert layer.servers == {}
    assert responded(layer, server, 408) == []
    assert layer.deadline is None


def test_nothing_is_left_when_all_is_over():
    layer = make()
    layer.send(0.0, make_request("INVITE", branch="z9hG4bKc"), UDP)
    layer.drain()
    responded(layer, received(layer, INVITE), 486)
    told = []
    while (deadline := layer.deadline) is not None:
        layer.tick(deadline)
        told += [type(out) for out in layer.drain() if not isinstance(out, tuple)]
    assert told == [TimedOut, Terminated] * 2
    assert (layer.clients, layer.servers) == ({}, {})


def test_the_content_of_an_answer_is_kept_as_it_was_sent():
    layer = make()
    request = make_request(Via=["SIP/2.0/UDP a;branch=z9hG4bKa", "SIP/2.0/UDP b"])
    layer.answer(0.0, UDP, request, answer(request, 200, "OK"))
    ((_, sent),) = layer.drain()
    assert parse(sent).all(names.VIA) == request.all(names.VIA)
    assert fed(layer, request) == [(layers.reply_flow(UDP, request), sent)]
