import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonnette.base.errors import PeerError
from sonnette.sip import limits
from sonnette.sip.uri import Uri, parse_uri


@pytest.mark.rfc("3261", "19.1.1")
@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("sip:alice@atlanta.com", Uri("sip", "atlanta.com", "alice")),
        (
            "sip:alice:secretword@atlanta.com;transport=tcp",
            Uri("sip", "atlanta.com", "alice", None, {"transport": "tcp"}, "secretword"),
        ),
        (
            "sips:alice@atlanta.com?subject=project%20x&priority=urgent",
            Uri("sips", "atlanta.com", "alice", headers="subject=project%20x&priority=urgent"),
        ),
        (
            "sip:+1-212-555-1212:1234@gateway.com;user=phone",
            Uri("sip", "gateway.com", "+1-212-555-1212", None, {"user": "phone"}, "1234"),
        ),
        ("sips:1212@gateway.com", Uri("sips", "gateway.com", "1212")),
        ("sip:alice@192.0.2.4", Uri("sip", "192.0.2.4", "alice")),
        (
            "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com",
            Uri(
                "sip",
                "atlanta.com",
                parameters={"method": "REGISTER"},
                headers="to=alice%40atlanta.com",
            ),
        ),
        ("sip:alice;day=tuesday@atlanta.com", Uri("sip", "atlanta.com", "alice;day=tuesday")),
    ],
)
def test_the_examples_of_the_rfc_come_apart(text, uri):
    assert parse_uri(text) == uri
    assert str(uri) == text


@pytest.mark.parametrize(
    "text",
    [
        "sip:bob@[2001:db8::9]:5070;lr",
        "sip:h:5060",
        "sip:user;par=u%40example.net@example.com",
        "sip:a?b@example.com",
        "sip:a/b+c=d&e$f,g@h",
        "tel:+33-1-23",
        "urn:service:sos",
        "im:a@b",
        "sip:bücher@example.org",
        "sip:host-1.example.;a;b=",
        "sip:a:@h",
    ],
)
def test_what_is_accepted_is_written_as_it_came(text):
    assert str(parse_uri(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alice",
        "sip",
        "sip:",
        ":x",
        "1sip:a@b",
        "sip:@b",
        "sip:a@",
        "sip:a@b@c",
        "sip:a b@c",
        "sip:a@b c",
        "sip:a@b:",
        "sip:a@b:x",
        "sip:a@b:65536",
        "sip:a@b:123456",
        "sip:a%4@b",
        "sip:a%zz@b",
        "sip:a@2001:db8::1",
        "sip:a@[2001:db8::1",
        "sip:a@[1::2::3]",
        "sip:a@[::ffff:999.1.1.1]",
        "sip:a@-b",
        "sip:a@bücher.example",
        "sip:a@b;x=1;X=2",
        'sip:a"@b',
        "sip:a@b<",
        "tel:+1 2",
        "tel:",
        "urn:a\x7f",
    ],
)
def test_a_malformed_uri_is_refused(text):
    with pytest.raises(PeerError) as caught:
        parse_uri(text)
    assert caught.value.status == 400


@pytest.mark.rfc("3261", "21.4.14")
def test_a_uri_over_the_limit_is_414():
    longest = "sip:" + "a" * (limits.URI - 6) + "@b"
    assert str(parse_uri(longest)) == longest
    with pytest.raises(PeerError) as caught:
        parse_uri(longest + "c")
    assert caught.value.status == 414


def equal(*texts):
    return [pytest.param(*texts, True, id=" = ".join(texts))]


def different(*texts):
    return [pytest.param(*texts, False, id=" # ".join(texts))]


COMPARED = [
    *equal("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp"),
    *equal("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
    *equal("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
    *equal("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
    *equal(
        "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
        "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
    ),
    *equal(
        "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
        "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
    ),
    *different("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
    *different("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
    *different("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
    *different("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
    *different("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
    *different("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
    *different("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
    # The rules that the examples leave out.
    *different("sip:a@b", "sips:a@b"),
    *different("sip:a@b", "sip:b"),
    *different("sip:a:x@b", "sip:a:y@b"),
    *different("sip:a@b", "sip:a@b;user=phone"),
    *different("sip:a@b", "sip:a@b;ttl=1"),
    *different("sip:a@b", "sip:a@b;method=INVITE"),
    *different("sip:a@b", "sip:a@b;maddr=192.0.2.1"),
    *different("sip:a@b;maddr=192.0.2.1", "sip:a@b;maddr=192.0.2.2"),
    *equal("sip:a@b;user=Phone", "sip:a@b;user=phone"),
    *equal("sip:a@b;transport=%74cp", "sip:a@b;transport=TCP"),
    *equal("sip:a@b.", "sip:a@B"),
    *equal("sip:a%2Db@c", "sip:a-b@c"),
    *different("sip:a%3Bb@c", "sip:a;b@c"),
    *equal("sip:a%3Bb@c", "sip:a%3bb@c"),
    *different("sip:a%ff@b", "sip:a%fe@b"),
    *different("sip:a%00b@c", "sip:a@c"),
    *different("sip:+12125551212@b;user=phone", "tel:+12125551212"),
    *equal("urn:service:sos", "urn:service:sos"),
    *different("urn:service:sos", "urn:service:sos.fire"),
]


@pytest.mark.rfc("3261", "19.1.4")
@pytest.mark.parametrize(("one", "other", "is_same"), COMPARED)
def test_uris_compare_as_the_rfc_says(one, other, is_same):
    assert parse_uri(one).matches(parse_uri(other)) is is_same
    assert parse_uri(other).matches(parse_uri(one)) is is_same


@pytest.mark.rfc("3261", "19.1.4")
def test_equality_is_not_transitive_and_need_not_be():
    on, off, plain = (parse_uri(f"sip:c@d{text}") for text in (";s=on", ";s=off", ""))
    assert plain.matches(on)
    assert plain.matches(off)
    assert not on.matches(off)


@pytest.mark.rfc("3966", "5")
@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("tel:+1-201-555-0123", "tel:+1(201)555.0123", True),
        ("tel:+12015550123", "tel:+12015550124", False),
        ("tel:7042;phone-context=example.com", "tel:7042;phone-context=EXAMPLE.com", True),
        ("tel:7042;phone-context=example.com", "tel:7042;phone-context=example.org", False),
        ("tel:7042;phone-context=a.com;isub=1", "tel:7042;isub=1;phone-context=a.com", True),
        ("tel:7042;ext=1;phone-context=a", "tel:7042;phone-context=a", False),
        ("TEL:+1201", "tel:+1201", True),
    ],
)
def test_telephone_numbers_compare_without_visual_separators(one, other, is_same):
    assert parse_uri(one).matches(parse_uri(other)) is is_same


@pytest.mark.rfc("3966", "5.1.4")
@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("tel:+1-201-555-0123;ext=5", "+12015550123"),
        ("tel:7042;phone-context=example.com", None),
        ("sip:+33(1)23@example.org;user=phone", "+33123"),
        ("sip:%2B33123@example.org", "+33123"),
        ("sip:+33123;phone-context=x@example.org;user=phone", "+33123"),
        ("sip:33123@example.org;user=phone", None),
        ("sip:+alice@example.org", None),
        ("sip:alice@example.org", None),
        ("urn:service:sos", None),
    ],
)
def test_a_number_in_e164_is_recognised(text, number):
    assert parse_uri(text).phone == number


def test_a_user_name_is_read_without_escapes():
    assert parse_uri("sip:sip%3Auser%40example.com@company.com").name == "sip:user@example.com"
    assert parse_uri("sip:null-%00-null@example.com").name == "null-\0-null"
    assert parse_uri("sip:example.com").name == ""


def test_a_changed_uri_is_a_new_one():
    uri = parse_uri("sip:a@b;lr;gr=urn%3Ax")
    assert str(uri.without("lr")) == "sip:a@b;gr=urn%3Ax"
    assert str(uri.with_parameter("ob", None)) == "sip:a@b;lr;gr=urn%3Ax;ob"
    assert uri.parameter("gr") == "urn:x"
    assert str(uri) == "sip:a@b;lr;gr=urn%3Ax"


def test_the_transport_parameter_has_no_case():
    assert parse_uri("sip:a@b;Transport=TcP").transport == "tcp"
    assert parse_uri("sip:a@b;transport").transport is None


@given(st.text(max_size=60))
def test_any_text_is_a_uri_or_refused(text):
    try:
        uri = parse_uri(text)
    except PeerError:
        return
    assert parse_uri(str(uri)) == uri
    assert uri.matches(uri)
