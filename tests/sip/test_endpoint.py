import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.sip import names
from sonnette.sip.endpoint import Endpoint
from sonnette.sip.flow import Flow, Transport
from sonnette.sip.parser import parse
from sonnette.sip.transaction import RequestArrived
from tests.sip.messages import CLIENT, SERVER, TCP, UDP, request_text

WS = Flow(Transport.WS, SERVER, CLIENT, serial=3)


def fed(data, flow=UDP):
    endpoint = Endpoint(SeededEntropy("endpoint"))
    endpoint.feed(0.0, [(flow, data)])
    return endpoint, endpoint.drain()


def refused(data, flow=UDP):
    endpoint, ((back, response),) = fed(data, flow)
    assert back == flow
    message = parse(response)
    code = next(labels[0][1] for name, labels in endpoint.meter.counters if "refused" in name)
    return message, code


def test_a_request_arrives_with_its_true_source():
    _, (arrived,) = fed(request_text(Via="SIP/2.0/UDP 10.0.0.1:1;branch=z9hG4bKa;rport").encode())
    assert isinstance(arrived, RequestArrived)
    assert arrived.request.via.parameters == {
        "branch": "z9hG4bKa",
        "rport": "5070",
        "received": "198.51.100.7",
    }


@pytest.mark.rfc("3261", "8.2.7")
def test_a_broken_request_is_answered_and_counted():
    response, code = refused(request_text(CSeq="1 INVITE").encode())
    assert response.status == 400
    assert response.reason == "CSeq Method Differs From Request Method"
    assert response.to.tag is not None
    assert code == "sip.parser.cseq-method"


@pytest.mark.rfc("3261", "8.2.7")
def test_a_repeated_broken_request_gets_the_same_answer():
    data = request_text(Max_Forwards="999").encode()
    endpoint = Endpoint(SeededEntropy("endpoint"))
    endpoint.feed(0.0, [(UDP, data), (UDP, data)])
    (_, one), (_, other) = endpoint.drain()
    assert one == other


@pytest.mark.parametrize("name", ["From", "To", "Call-ID", "CSeq"])
def test_what_is_missing_in_the_request_is_missing_in_the_answer(name):
    # The parser of an answer wants these too, so it is looked at as text.
    _, ((_, response),) = fed(request_text(**{name.replace("-", "_"): None}).encode())
    assert response.startswith(b"SIP/2.0 400 Missing %b Header\r\nVia: " % name.encode())


def test_a_request_without_via_cannot_be_answered():
    endpoint, out = fed(request_text(Via=None).encode())
    assert out == []
    assert endpoint.meter.read("sip_unanswerable_total", code="sip.message.missing") == 1


@pytest.mark.rfc("3261", "17.2.1")
def test_a_broken_ack_is_never_answered():
    endpoint, out = fed(request_text("ACK", CSeq="x ACK").encode())
    assert out == []
    assert endpoint.meter.read("sip_refused_total", code="sip.grammar.bad-number") == 1


@pytest.mark.parametrize("data", [b"", b"\r\n", b"\0" * 4, b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 99])
def test_what_is_no_message_is_dropped_and_counted(data):
    endpoint, out = fed(data)
    assert out == []
    (((name, _), count),) = endpoint.meter.counters.items()
    assert (name, count) == ("sip_unparsable_total", 1)


def test_a_broken_response_is_dropped_and_counted():
    data = request_text().replace("OPTIONS sip:bob@example.org SIP/2.0", "SIP/2.0 999 What")
    endpoint, out = fed(data.encode())
    assert out == []
    assert endpoint.meter.read("sip_unparsable_total", code="sip.parser.bad-status") == 1


def test_one_bad_packet_does_not_hide_the_next():
    endpoint = Endpoint(SeededEntropy("endpoint"))
    endpoint.feed(0.0, [(UDP, b"junk"), (UDP, request_text().encode())])
    assert [type(out) for out in endpoint.drain()] == [RequestArrived]


@pytest.mark.rfc("3261", "20.14")
def test_a_stream_needs_a_length_and_a_websocket_does_not():
    data = request_text(Content_Length=None).encode()
    assert refused(data, TCP)[0].status == 400
    _, (arrived,) = fed(data, WS)
    assert isinstance(arrived, RequestArrived)


@pytest.mark.rfc("3261", "21.4.11")
def test_an_answer_to_a_request_too_long_says_so():
    response, _ = refused(request_text(Content_Length="9999999").encode(), TCP)
    assert response.status == 413
    assert response.first(names.CONTENT_LENGTH) == "0"
