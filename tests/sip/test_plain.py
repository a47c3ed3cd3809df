"""The one-pass readers agree with the patterns wherever they dare to answer."""

from collections.abc import Callable
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sonnette.base.errors import PeerError
from sonnette.sip import digest, grammar, uri
from sonnette.sip.headers import address, via
from sonnette.sip.plain import plain_address, plain_pairs, plain_parameters, plain_uri, plain_via

PIECES = st.sampled_from(
    ["a", "Z9", "z9hG4bK", "sip", "sips:", "SIP/2.0/", "UDP", " ", "  ", "\t", ":", "5060", "70000"]
    + [";", "=", '"', "\\", "<", ">", "@", ",", "?", "%", "%41", "%zz", ".", "-", "_", "+", "/"]
    + ["[::1]", "é", "\x7f", "lr", "tag", "host.example", "example.", "-x", "*", "'", "(", "&"]
)
TEXTS = st.lists(PIECES, max_size=14).map("".join)


def by_pattern(module: ModuleType, reader: str, parse: Callable[[str], Any], text: str) -> Any:
    """What the patterns make of ``text``; None where they refuse it."""
    with (
        patch.object(module, reader, return_value=None),
        patch.object(grammar, "plain_parameters", return_value=None),
    ):
        try:
            return parse(text)
        except PeerError:
            return None


@given(TEXTS)
def test_parameters_are_read_alike(text: str) -> None:
    plain = plain_parameters(";" + text, 0)
    if plain is not None:
        assert plain == by_pattern(
            grammar, "plain_parameters", grammar.parse_parameters, ";" + text
        )


@given(TEXTS)
@example("host;a=b@c")
@example("u@h-:5060")
def test_uris_are_read_alike(text: str) -> None:
    plain = plain_uri("sip:" + text)
    if plain is not None:
        parse = uri.parse_uri.__wrapped__
        assert uri.Uri(*plain) == by_pattern(uri, "plain_uri", parse, "sip:" + text)


@given(TEXTS)
def test_vias_are_read_alike(text: str) -> None:
    plain = plain_via("SIP/2.0/UDP " + text)
    if plain is not None:
        expected = by_pattern(via, "plain_via", via.parse_via, "SIP/2.0/UDP " + text)
        assert via.Via(*plain) == expected


@given(TEXTS, TEXTS, TEXTS)
def test_addresses_are_cut_alike(name: str, inside: str, after: str) -> None:
    text = f'"{name}" <sip:u@{inside}>{after}'
    plain = plain_address(text)
    if plain is None:
        return
    display, target, parameters = plain
    expected = by_pattern(address, "plain_address", address.parse_address, text)
    if expected is not None:  # else the URI itself is wrong, which plain_address does not judge
        assert address.NameAddr(uri.parse_uri(target), parameters, display) == expected


@given(TEXTS)
@example('a="b", c=d')
def test_digest_parameters_are_read_alike(text: str) -> None:
    plain = plain_pairs(text, 0)
    if plain is not None:
        expected = by_pattern(digest, "plain_pairs", digest._split_scheme, f"Digest {text}")
        assert plain == expected


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("sip:b@h", ("sip", "h", "b", None, {})),
        ("sips:h:5061;lr;x=1", ("sips", "h", None, 5061, {"lr": None, "x": "1"})),
    ],
)
def test_a_plain_uri_is_read(text: str, cut: tuple[object, ...]) -> None:
    assert plain_uri(text) == cut


@pytest.mark.parametrize(
    "text",
    ["tel:+33123", "sip:", "sip:@h", "sip:h:", "sip:h:99999", "sip:u:p@h", "sip:h?x=y", "sip:[::1]"]
    + ["sip:h;a=1;A=2", "sip:u@é", "sip:h;;lr", "sip:%41@h", "sip:" + "h" * 3000],
)
def test_anything_else_is_left_to_the_patterns(text: str) -> None:
    assert plain_uri(text) is None


def test_a_plain_via_is_read() -> None:
    text = "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport"
    parameters = {"branch": "z9hG4bK1", "rport": None}
    assert plain_via(text) == ("UDP", "192.0.2.1", 5060, parameters)


def test_a_plain_address_is_cut() -> None:
    assert plain_address('"A. B" <sip:a@h>;tag=x;Q="1, 2"') == (
        "A. B",
        "sip:a@h",
        {"tag": "x", "q": '"1, 2"'},
    )


def test_plain_digest_parameters_lose_their_quotes() -> None:
    assert plain_pairs('Digest realm="a, b", nc=00000001', 7) == {"realm": "a, b", "nc": "00000001"}
