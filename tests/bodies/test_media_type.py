import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonnette.base.errors import LocalError, PeerError
from sonnette.bodies.media_type import MediaType


@pytest.mark.rfc("2045", "5.1")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("text/plain", MediaType("text", "plain")),
        ("Application/SDP", MediaType("application", "sdp")),
        ("text / plain ; Charset = UTF-8", MediaType("text", "plain", (("charset", "UTF-8"),))),
        ('a/b;x="c;\\"d\\""', MediaType("a", "b", (("x", 'c;"d"'),))),
        ("a/b;start=<x@y>;", MediaType("a", "b", (("start", "<x@y>"),))),
        ('a/b;x="";y=1', MediaType("a", "b", (("x", ""), ("y", "1")))),
    ],
)
def test_a_media_type_is_read(text, expected):
    assert MediaType.parse(text) == expected


@pytest.mark.parametrize(
    "text", ["", "text", "text/", "/plain", "a/b c", "a/b;x", "a/b;x=", 'a/b;x="y', 'a/b;x="\n"']
)
def test_what_is_no_media_type_is_refused(text):
    with pytest.raises(PeerError, match="Content-Type"):
        MediaType.parse(text)


def test_an_endless_media_type_is_refused():
    with pytest.raises(PeerError):
        MediaType.parse("a/b;x=" + "y" * 3000)


@given(st.lists(st.sampled_from(list('ab/;="\\ \t<>@é\r')), max_size=20).map("".join))
def test_whatever_is_read_is_read_back_the_same(tail):
    try:
        found = MediaType.parse("a/b" + tail)
    except PeerError:
        return
    assert MediaType.parse(str(found)) == found


def test_parameters_are_found_by_name():
    found = MediaType.parse("a/b;X=1;x=2")
    assert (found.name, found.parameter("x"), found.parameter("y")) == ("a/b", "1", None)


def test_a_line_break_of_ours_is_refused():
    with pytest.raises(LocalError):
        str(MediaType("a", "b", (("x", "1\r\n2"),)))
