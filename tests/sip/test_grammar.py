import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonnette.base.errors import PeerError
from sonnette.sip import limits
from sonnette.sip.grammar import (
    TOKEN,
    format_parameters,
    parse_number,
    parse_parameters,
    quote,
    split_list,
    unquote,
)

tokens = st.text("abcXYZ019-.!%*_+`'~", min_size=1, max_size=8)


@pytest.mark.rfc("3261", "25.1")
def test_a_token_has_these_characters_and_no_others():
    assert TOKEN.match("aZ09-.!%*_+`'~")
    for bad in ("", "a b", "a@b", "a\n", "é", 'a"'):
        assert not TOKEN.match(bad)


@pytest.mark.rfc("3261", "7.3.1")
@pytest.mark.parametrize(
    ("value", "elements"),
    [
        ("a", ["a"]),
        ("a, b ,c", ["a", "b", "c"]),
        ('"a, b" <x>, c', ['"a, b" <x>', "c"]),
        ('"a\\", b" <x>, c', ['"a\\", b" <x>', "c"]),
        ("<sip:a,b@x>, c", ["<sip:a,b@x>", "c"]),
        ("a,", ["a", ""]),
        (",", ["", ""]),
    ],
)
def test_a_comma_divides_outside_of_quotes_and_angles(value, elements):
    assert split_list(value) == elements


@pytest.mark.parametrize("value", ['a, "b', "a, <b", 'a, "b\\"'])
def test_an_open_quote_or_angle_is_refused(value):
    with pytest.raises(PeerError):
        split_list(value)


def test_a_list_has_a_longest_length():
    most = limits.LIST_ELEMENTS
    assert len(split_list(",".join("a" * most))) == most
    with pytest.raises(PeerError) as caught:
        split_list(",".join("a" * (most + 1)))
    assert caught.value.status == 413


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("", {}),
        (";a", {"a": None}),
        (";a=", {"a": ""}),
        (";A=B;c=d", {"a": "B", "c": "d"}),
        (" ; a = b ; c ", {"a": "b", "c": None}),
        (';a="x;y=z";b', {"a": '"x;y=z"', "b": None}),
        (";a=<b;c>;d=1", {"a": "<b;c>", "d": "1"}),
        (";;a=1;", {"a": "1"}),
        (';;a="1"; ;', {"a": '"1"'}),
    ],
)
def test_parameters_have_lower_case_names_and_values_as_they_came(text, parameters):
    assert parse_parameters(text) == parameters


@pytest.mark.parametrize(
    "text", ["a", "a;b", ";=1", ";a b=1", ";a=1;A=2", ';a="1', ';a="1"b', ';"a"', ';a="1";a=2']
)
def test_malformed_parameters_are_refused(text):
    with pytest.raises(PeerError):
        parse_parameters(text)


@pytest.mark.parametrize("value", ["1", '"1"'])
def test_parameters_have_a_greatest_number(value):
    most = limits.PARAMETERS
    assert len(parse_parameters("".join(f";p{n}={value}" for n in range(most)))) == most
    with pytest.raises(PeerError):
        parse_parameters("".join(f";p{n}={value}" for n in range(most + 1)))


@given(st.dictionaries(tokens.map(str.lower), st.none() | tokens, max_size=6))
def test_parameters_written_out_read_as_themselves(parameters):
    assert parse_parameters(format_parameters(parameters)) == parameters


@pytest.mark.rfc("3261", "25.1")
@given(st.text())
def test_a_quoted_text_reads_as_itself(text):
    assert unquote(quote(text)) == text


@pytest.mark.parametrize("text", ["", '"', "a", '"a', 'a"'])
def test_text_without_both_quotes_stays(text):
    assert unquote(text) == text


def test_a_number_is_decimal_and_bounded():
    assert parse_number("0070", 70, "Max-Forwards") == 70
    for bad in (None, "", "-1", "+1", "1.0", "0x1", " 1", "²", "1" * 13, "71"):
        with pytest.raises(PeerError, match="Max-Forwards"):
            parse_number(bad, 70, "Max-Forwards")
