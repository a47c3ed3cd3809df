import pytest

from sonnette.base.errors import PeerError
from sonnette.sip import limits
from sonnette.sip.message import Request, Response
from sonnette.sip.parser import BrokenRequestError, parse
from tests.sip.messages import request_text


def raw(**more):
    return request_text(**more).encode()


def refusal(data, **options):
    with pytest.raises(PeerError) as caught:
        parse(data, **options)
    return caught.value


def broken(data, **options):
    error = refusal(data, **options)
    assert isinstance(error, BrokenRequestError)
    return error


def test_a_request_has_a_method_and_a_target():
    request = parse(raw(method="INVITE", target="sips:bob@example.org;x=1"))
    assert isinstance(request, Request)
    assert (request.method, request.target) == ("INVITE", "sips:bob@example.org;x=1")


@pytest.mark.rfc("3261", "7.2")
@pytest.mark.parametrize(
    ("line", "status", "reason"),
    [
        ("SIP/2.0 200 OK", 200, "OK"),
        ("SIP/2.0 699 = 2**3 * 5", 699, "= 2**3 * 5"),
        ("SIP/2.0 100 ", 100, ""),
        ("SIP/2.0 404 Não", 404, "Não"),
        ("sip/2.0 180 Ringing", 180, "Ringing"),
    ],
)
def test_a_response_has_a_status_and_a_reason(line, status, reason):
    response = parse(raw().replace(b"OPTIONS sip:bob@example.org SIP/2.0", line.encode()))
    assert isinstance(response, Response)
    assert (response.status, response.reason) == (status, reason)


@pytest.mark.rfc("3261", "7.2")
@pytest.mark.parametrize("status", ["99", "700", "2000", "2 0", "-20", "²00", "4294967301"])
def test_a_response_with_an_impossible_status_is_dropped(status):
    line = f"SIP/2.0 {status} X".encode()
    error = refusal(raw().replace(b"OPTIONS sip:bob@example.org SIP/2.0", line))
    assert not isinstance(error, BrokenRequestError)


@pytest.mark.rfc("3261", "7.1")
@pytest.mark.parametrize(
    "line", [b"OPTIONS", b"OPTIONS sip:a", b"O(S sip:a SIP/2.0", b"", b"GET / HTTP/1.1"]
)
def test_what_is_no_request_line_is_dropped(line):
    error = refusal(raw().replace(b"OPTIONS sip:bob@example.org SIP/2.0", line))
    assert not isinstance(error, BrokenRequestError)


@pytest.mark.rfc("3261", "7.1")
@pytest.mark.parametrize(
    "line",
    [
        b"OPTIONS  sip:a@b SIP/2.0",
        b"OPTIONS sip:a@b  SIP/2.0",
        b"OPTIONS sip:a@b; x SIP/2.0",
        b"OPTIONS \t SIP/2.0",
        b"OPTIONS  SIP/2.0",
        b"OPTIONS <sip:a@b> SIP/2.0",
        b"OPTIONS bob SIP/2.0",
    ],
)
def test_a_request_with_a_broken_target_can_be_answered_400(line):
    error = broken(raw().replace(b"OPTIONS sip:bob@example.org SIP/2.0", line))
    assert error.status == 400
    assert error.request.method == "OPTIONS"


@pytest.mark.rfc("3261", "21.5.6")
def test_another_version_is_505():
    assert broken(raw().replace(b"SIP/2.0\r\nVia", b"SIP/7.0\r\nVia")).status == 505


@pytest.mark.rfc("3261", "8.1.1")
@pytest.mark.parametrize("name", ["Via", "From", "To", "Call-ID", "CSeq"])
def test_a_request_without_a_mandatory_header_is_400(name):
    error = broken(raw(**{name.replace("-", "_"): None}))
    assert error.status == 400
    assert name in error.reason


@pytest.mark.rfc("3261", "8.1.1.6")
def test_a_request_without_max_forwards_is_one_of_the_old_rfc():
    assert parse(raw(Max_Forwards=None)).max_forwards is None


@pytest.mark.parametrize(
    "more",
    [
        {"Via": "SIP/2.0/UDP"},
        {"From": '"x <sip:a@b>;tag=1'},
        {"To": "nobody"},
        {"CSeq": "x OPTIONS"},
        {"CSeq": "1 INVITE"},
        {"CSeq": "1 options"},
        {"Max-Forwards": "256"},
        {"Max-Forwards": "-1"},
        {"Content-Length": "x"},
        {"Content-Length": "1"},
        {"Content-Length": ["0", "0"]},
        {"To": ["<sip:a@b>", "<sip:a@b>"]},
        {"target": "sip:a@[1::2::3]"},
    ],
)
def test_a_request_that_cannot_be_understood_is_400(more):
    assert broken(raw(**more)).status == 400


@pytest.mark.rfc("3261", "21.4.14")
def test_a_target_over_the_limit_is_414():
    assert broken(raw(target="sip:" + "a" * limits.URI)).status == 414


@pytest.mark.rfc("3261", "21.4.11")
def test_a_body_over_the_limit_is_413():
    assert broken(raw(Content_Length=str(limits.STREAM_MESSAGE))).status == 413


@pytest.mark.rfc("3261", "18.3")
def test_a_datagram_without_length_is_body_to_its_end():
    assert parse(raw(Content_Length=None) + b"to the end").body == b"to the end"


@pytest.mark.rfc("3261", "18.3")
def test_octets_past_the_length_are_dropped():
    assert parse(raw(Content_Length="2") + b"abcd").body == b"ab"


@pytest.mark.rfc("3261", "20.14")
def test_a_stream_may_need_the_length():
    assert broken(raw(Content_Length=None), is_stream=True, needs_length=True).status == 400
    assert parse(raw(Content_Length=None) + b"x", is_stream=True).body == b"x"


@pytest.mark.rfc("3261", "21.5.7")
def test_a_message_has_a_longest_length_on_each_transport():
    head = raw(Content_Length=None)
    datagram = head + b"x" * (limits.DATAGRAM - len(head))
    assert len(parse(datagram).encode()) == limits.DATAGRAM
    assert refusal(datagram + b"x").status == 513
    assert parse(datagram + b"x", is_stream=True)
    assert refusal(head + b"x" * limits.STREAM_MESSAGE, is_stream=True).status == 513


@pytest.mark.parametrize("scheme", ["tel:+33123", "urn:service:sos", "im:a@b", "pres:a@b", "x:y"])
def test_other_schemes_are_for_others_to_judge(scheme):
    assert parse(raw(target=scheme)).uri.scheme == scheme.partition(":")[0]


def test_a_response_that_cannot_be_understood_is_dropped():
    text = raw(CSeq="99999999999999999999 OPTIONS")
    error = refusal(text.replace(b"OPTIONS sip:bob@example.org SIP/2.0", b"SIP/2.0 200 OK"))
    assert not isinstance(error, BrokenRequestError)
