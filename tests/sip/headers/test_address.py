import pytest

from sonnette.base.errors import PeerError
from sonnette.sip.headers.address import NameAddr, parse_address, parse_addresses
from sonnette.sip.uri import parse_uri


@pytest.mark.rfc("3261", "20.10")
@pytest.mark.parametrize(
    ("text", "display", "uri", "parameters"),
    [
        ("<sip:a@x>", "", "sip:a@x", {}),
        ("<sip:a@x;lr>;tag=1", "", "sip:a@x;lr", {"tag": "1"}),
        ("sip:a@x;tag=1", "", "sip:a@x", {"tag": "1"}),
        ("  sip:a@x ;tag=1", "", "sip:a@x", {"tag": "1"}),
        ('"Mr. Watson" <sip:w@x>;q=0.7', "Mr. Watson", "sip:w@x", {"q": "0.7"}),
        ('"a \\"b\\" \\\\" <sip:a@x>', 'a "b" \\', "sip:a@x", {}),
        ('"<sip:evil@y>" <sip:a@x>', "<sip:evil@y>", "sip:a@x", {}),
        ('"a"<sip:a@x>', "a", "sip:a@x", {}),
        ("caller<sip:a@x>", "caller", "sip:a@x", {}),
        ("T. desk <sip:a@x>", "T. desk", "sip:a@x", {}),
        ("Zoë <sip:a@x>", "Zoë", "sip:a@x", {}),
        ("< sip:a@x >", "", "sip:a@x", {}),
        ('<sip:a@x>;+sip.instance="<urn:x>"', "", "sip:a@x", {"+sip.instance": '"<urn:x>"'}),
    ],
)
def test_an_address_has_a_name_a_uri_and_parameters(text, display, uri, parameters):
    assert parse_address(text) == NameAddr(parse_uri(uri), parameters, display)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "bob",
        "<sip:a@x",
        "<sip:a@x<",
        "<<sip:a@x>>",
        'a" <sip:a@x>',
        '"a <sip:a@x>',
        '""a"" <sip:a@x>',
        "<sip:a@x>tag=1",
        '"a" <sip:a@x>;p="',
    ],
)
def test_text_that_is_no_address_is_refused(text):
    with pytest.raises(PeerError):
        parse_address(text)


@pytest.mark.rfc("3261", "20")
@pytest.mark.parametrize("text", ["sip:a,b@x", "sip:a@x?subject=b"])
def test_a_uri_with_comma_or_question_mark_needs_angle_brackets(text):
    with pytest.raises(PeerError, match="Angle Brackets"):
        parse_address(text)
    assert str(parse_address(f"<{text}>").uri) == text


def test_a_header_parameter_is_read_without_its_quotes():
    address = parse_address('<sip:a@x>;+sip.instance="<urn:uuid:1>";tag=7')
    assert address.parameter("+sip.instance") == "<urn:uuid:1>"
    assert address.tag == "7"
    assert address.parameter("q") is None


def test_an_address_written_out_reads_as_itself():
    address = NameAddr(parse_uri("sip:a@x;lr"), {"q": "0.5", "flag": None}, 'A "B" \\')
    assert parse_address(str(address)) == address


@pytest.mark.rfc("3261", "7.3.1")
def test_lists_and_repeated_fields_are_the_same():
    one = parse_addresses(['"a, b" <sip:a@x>;q=1, <sip:b,c@x>', "sip:d@x"])
    assert [str(each.uri) for each in one] == ["sip:a@x", "sip:b,c@x", "sip:d@x"]


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "text",
    ["a" + " " * 60_000 + 'b <"', " " * 60_000 + '"<sip:x', '"' + "\\a" * 30_000 + "<sip:x"],
)
def test_a_hostile_address_is_refused_in_linear_time(text):
    with pytest.raises(PeerError):
        parse_address(text)
