import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonnette.base.errors import LocalError, PeerError
from sonnette.sip import names
from sonnette.sip.message import answer, make_field, make_other
from sonnette.sip.parser import parse
from sonnette.sip.uri import parse_uri
from tests.sip.messages import make_request, make_response, request_text

RAW = (
    b"INVITE sip:bob@example.org SIP/2.0\r\n"
    b"v:SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKa,\r\n SIP/2.0/UDP 198.51.100.8;branch=z9hG4bKb\r\n"
    b"X-Odd \t:  \xff \r\n"
    b"t : Bob  <sip:bob@example.org>\r\n"
    b"FROM: sip:alice@example.org ;tag=a1\r\n"
    b"i: 1\r\nCseq:  7   INVITE\r\n"
    b"m: <sip:a@198.51.100.7>, <sip:b@198.51.100.8>\r\nm: <sip:c@198.51.100.9>\r\n"
    b"l: 4\r\n\r\nbody"
)


@pytest.mark.rfc("3261", "18.3")
def test_what_came_without_a_length_goes_on_a_stream_with_one():
    data = request_text(Content_Length=None).encode() + b"body"
    assert parse(data).encode() == data
    assert parse(parse(data).encode(is_stream=True)).first(names.CONTENT_LENGTH) == "4"
    assert parse(RAW).encode(is_stream=True) == RAW


def lines(message):
    return message.encode().partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]


def test_an_unmodified_message_is_sent_on_byte_for_byte():
    assert parse(RAW).encode() == RAW


@given(st.data())
def test_parsing_what_was_encoded_changes_nothing(data):
    message = parse(request_text(Content_Length=None).encode())
    names_of_others = st.sampled_from(["X-A", "P-Own", "Allow", "k"])
    values = st.text(st.characters(blacklist_categories=("Cc", "Cs")), max_size=20)
    for name, value in data.draw(st.lists(st.tuples(names_of_others, values), max_size=5)):
        message.fields.append(make_other(name, value.strip()))
    message.set_body(data.draw(st.binary(max_size=50)), "application/octet-stream")
    raw = message.encode()
    again = parse(raw)
    assert again.encode() == raw
    assert again.body == message.body


def test_values_are_read_in_every_spelling():
    message = parse(RAW)
    assert message.via.branch == "z9hG4bKa"
    assert message.to.display == "Bob"
    assert message.from_.tag == "a1"
    assert message.cseq == (7, "INVITE")
    assert message.call_id == "1"
    assert [str(contact.uri) for contact in message.contacts] == [
        "sip:a@198.51.100.7",
        "sip:b@198.51.100.8",
        "sip:c@198.51.100.9",
    ]
    assert message.other("x-odd").encode("utf-8", "surrogateescape") == b"\xff"
    assert message.other("x-even") is None


def test_a_changed_field_is_a_line_of_ours_and_the_others_stay():
    message = parse(RAW)
    before = lines(message)
    message.set(names.TO, "<sip:bob@example.org>;tag=b1")
    after = lines(message)
    assert [line for line in after if line not in before] == [b"To: <sip:bob@example.org>;tag=b1"]
    assert len(after) == len(before)
    assert message.to.tag == "b1"


def test_set_leaves_one_field_in_the_place_of_the_first():
    message = parse(RAW).set(names.CONTACT, "<sip:z@x>")
    assert [field[0] for field in message.fields].count(names.CONTACT) == 1
    assert message.fields[6][0] == names.CONTACT
    assert message.set(names.EXPIRES, "60").expires == 60


def test_prepend_puts_a_field_on_top():
    message = parse(RAW).prepend(names.VIA, "SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKz")
    assert message.via.branch == "z9hG4bKz"
    assert message.fields[0][0] == names.VIA


def test_the_first_element_of_a_list_is_changed_or_taken_away():
    message = parse(RAW)
    message.set_first_element(names.VIA, "SIP/2.0/UDP 192.0.2.9")
    assert message.elements(names.VIA) == [
        "SIP/2.0/UDP 192.0.2.9",
        "SIP/2.0/UDP 198.51.100.8;branch=z9hG4bKb",
    ]
    message.set_first_element(names.VIA, None)
    assert message.via.branch == "z9hG4bKb"
    message.set_first_element(names.VIA, None)
    assert message.first(names.VIA) is None


@pytest.mark.parametrize(
    ("change", "read"),
    [
        (lambda m: m.set(names.VIA, "SIP/2.0/UDP n"), lambda m: m.via.host == "n"),
        (lambda m: m.set(names.FROM, "<sip:n@n>"), lambda m: str(m.from_.uri) == "sip:n@n"),
        (lambda m: m.set(names.TO, "<sip:n@n>"), lambda m: str(m.to.uri) == "sip:n@n"),
        (lambda m: m.set(names.CSEQ, "9 OPTIONS"), lambda m: m.cseq == (9, "OPTIONS")),
    ],
)
def test_no_stale_value_is_left_behind_a_change(change, read):
    message = make_request()
    _ = message.via, message.from_, message.to, message.cseq
    change(message)
    assert read(message)


def test_a_missing_header_is_named():
    message = make_request().remove(names.TO)
    with pytest.raises(PeerError, match="Missing To Header"):
        _ = message.to


def test_a_copy_changes_alone():
    request = make_request(Contact="<sip:a@x>")
    twin = request.copy()
    twin.uri = parse_uri("sip:new@example.org")
    twin.set(names.TO, "<sip:c@x>").remove(names.CONTACT)
    assert request.target == "sip:bob@example.org"
    assert str(request.to.uri) == "sip:bob@example.org"
    assert len(request.contacts) == 1
    assert twin.encode().startswith(b"OPTIONS sip:new@example.org SIP/2.0\r\n")
    response = make_response(Contact="<sip:a@x>")
    response.copy().remove(names.CONTACT)
    assert len(response.contacts) == 1


def test_option_tags_are_compared_without_case():
    assert make_request(Supported="Path, outbound,").tokens(names.SUPPORTED) == {"path", "outbound"}


@pytest.mark.rfc("3261", "20.19")
def test_expires_is_seconds_or_absent():
    assert make_request().expires is None
    assert make_request(Expires="4294967295").expires == 2**32 - 1
    with pytest.raises(PeerError):
        _ = make_request(Expires="4294967296").expires


def test_types_are_read_without_parameters_and_case():
    message = make_request(Event="Presence;id=1", Content_Type="Application/SDP;charset=x")
    assert message.event == "presence"
    assert message.content_type == "application/sdp"
    assert make_request().event is None
    assert make_request().content_type == ""


def test_a_body_comes_with_its_length_and_type():
    message = make_request().set_body("zoë".encode(), "text/plain")
    assert message.first(names.CONTENT_LENGTH) == "4"
    assert parse(message.encode()).body == "zoë".encode()


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "a\rb"])
def test_no_value_of_ours_smuggles_a_line_in(value):
    for make in (lambda: make_field(names.TO, value), lambda: make_other("X", value)):
        with pytest.raises(LocalError):
            make()


def test_broken_utf8_survives_in_fields_of_ours():
    value = b"\xff".decode("utf-8", "surrogateescape")
    assert make_field(names.SUBJECT, value)[1] == b"Subject: \xff\r\n"
    assert make_other("X", value)[1] == b"X: \xff\r\n"


@pytest.mark.rfc("3261", "8.2.6.2")
def test_an_answer_repeats_what_names_the_request():
    request = make_request("INVITE", Via=["SIP/2.0/UDP a", "SIP/2.0/UDP b"], Subject="no")
    response = answer(request, 486, "Busy Here", to_tag="b1")
    assert response.encode() == (
        b"SIP/2.0 486 Busy Here\r\nVia: SIP/2.0/UDP a\r\nVia: SIP/2.0/UDP b\r\n"
        b"From: <sip:alice@example.org>;tag=a1\r\nTo: <sip:bob@example.org>;tag=b1\r\n"
        b"Call-ID: call-1@198.51.100.7\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
    )


@pytest.mark.rfc("3261", "8.2.6.2")
def test_a_tag_that_is_there_stays_and_100_needs_none():
    tagged = make_request(To="<sip:bob@example.org>;tag=mine")
    assert answer(tagged, 200, "OK", to_tag="b1").to.tag == "mine"
    assert answer(make_request(), 100, "Trying", to_tag="b1").to.tag is None


@pytest.mark.rfc("3261", "8.2.6.1")
def test_a_100_brings_the_timestamp_back():
    request = make_request(Timestamp="54")
    assert answer(request, 100, "Trying").first(names.TIMESTAMP) == "54"
    assert answer(request, 180, "Ringing").first(names.TIMESTAMP) is None


def test_fields_are_added_before_the_length():
    response = answer(make_request(), 423, "Interval Too Brief", extra=[make_field(37, "60")])
    assert [field[0] for field in response.fields][-2:] == [37, names.CONTENT_LENGTH]


def test_a_message_shows_nobody_in_a_log():
    assert repr(make_request()) == "<Request OPTIONS>"
    assert repr(make_response()) == "<Response 200>"
