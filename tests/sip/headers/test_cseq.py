import pytest

from sonnette.base.errors import PeerError
from sonnette.sip.headers.cseq import parse_cseq


@pytest.mark.rfc("3261", "20.16")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 INVITE", (1, "INVITE")),
        ("0009 \t INVITE", (9, "INVITE")),
        ("1\tINVITE", (1, "INVITE")),
        (
            "2147483647 !interesting-Method0123456789_*+`.%indeed'~",
            (2147483647, "!interesting-Method0123456789_*+`.%indeed'~"),
        ),
    ],
)
def test_a_cseq_is_a_number_and_a_method(text, value):
    assert parse_cseq(text) == value


@pytest.mark.rfc("3261", "8.1.1.5")
@pytest.mark.parametrize(
    "text",
    [
        "1",
        "INVITE",
        "1 IN VITE",
        "1  ",
        "-1 INVITE",
        "x INVITE",
        "2147483648 INVITE",
        "368934881474191 A",
    ],
)
def test_a_malformed_cseq_is_refused(text):
    with pytest.raises(PeerError):
        parse_cseq(text)


@pytest.mark.parametrize("text", ["", " "])
def test_an_empty_cseq_is_refused(text):
    with pytest.raises(PeerError):
        parse_cseq(text)
