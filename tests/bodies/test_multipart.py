import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonnette.base.entropy import SeededEntropy
from sonnette.base.errors import LocalError, PeerError
from sonnette.bodies.media_type import MediaType
from sonnette.bodies.multipart import Limits, Part, build, parse, walk
from tests import vectors

MIXED = MediaType.parse("multipart/mixed;boundary=b")
TWO = (
    b"for those who cannot read this\r\n"
    b"--b \t\r\nContent-Type: text/plain\r\nX-Long: a\r\n b\r\n\r\none\r\n"
    b"\r\n--b\r\n\r\ntwo\r\n--b--\r\nthe end"
)


@pytest.mark.rfc("2046", "5.1.1")
def test_parts_are_what_stands_between_the_delimiters():
    found = parse(MIXED, TWO)
    assert [part.body for part in found.parts] == [b"one\r\n", b"two"]
    assert found.parts[0].header("x-long") == "a b"
    assert (found.preamble, found.epilogue) == (b"for those who cannot read this", b"the end")


@pytest.mark.parametrize(
    "body",
    [
        TWO,
        TWO.replace(b"\r\n", b"\n"),
        b"--b\r\n--b\r\n\r\n--b--",
        b"--b\r\nContent-Type: a/b\r\n--b--",
        b"\r\n--b\r\n\r\n\r\n\r\n--b--",
        b"--b\r\n\r\n--bb\r\n--b--\r\n--b--",
    ],
)
def test_what_is_read_is_written_back_byte_for_byte(body):
    assert bytes(parse(MIXED, body)) == body


@given(st.lists(st.sampled_from([b"--b", b"--", b"\r\n", b"\n", b" ", b"a: b", b"x"]), max_size=20))
def test_any_pieces_are_written_back_or_refused(pieces):
    body = b"".join(pieces)
    try:
        found = parse(MIXED, body)
    except PeerError:
        return
    assert bytes(found) == body


@pytest.mark.parametrize(
    "body", [b"", b"no delimiter", b"--b\r\n\r\nopen", b"--b--", b" --b\r\n\r\n --b--", b"--bb--"]
)
def test_delimiters_that_enclose_nothing_are_refused(body):
    with pytest.raises(PeerError, match="expected a part"):
        parse(MIXED, body)


@pytest.mark.parametrize(
    "media_type",
    ["multipart/mixed", "text/plain;boundary=b", 'multipart/mixed;boundary="b "',
     "multipart/mixed;boundary=" + "b" * 71],
)  # fmt: skip
def test_without_a_good_boundary_there_is_no_multipart(media_type):
    with pytest.raises(PeerError) as refusal:
        parse(MediaType.parse(media_type), TWO)
    assert refusal.value.status == 415


def test_a_part_that_says_nothing_is_plain_text():
    one, two = parse(MIXED, TWO).parts
    assert one.media_type == two.media_type == MediaType("text", "plain")


def test_a_malformed_part_header_is_refused():
    (part,) = parse(MIXED, b"--b\r\nno colon\r\n\r\nx\r\n--b--").parts
    with pytest.raises(PeerError, match="name: value"):
        part.headers()


@pytest.mark.rfc("2387", "3.2")
def test_the_root_of_related_parts_is_the_one_named_or_the_first():
    parts = [Part.of("a/b", b"", content_id="<1@x>"), Part.of("a/b", b"2", content_id="<2@x>")]
    named = build("related", parts, SeededEntropy(), (("start", "<2@x>"),))
    assert named.root is parts[1]
    assert build("related", parts, SeededEntropy(), (("start", "<3@x>"),)).root is parts[0]
    assert build("related", parts, SeededEntropy()).root is parts[0]
    assert named.by_content_id("1@x") is parts[0]


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=5), st.integers())
def test_what_we_build_reads_back(bodies, seed):
    parts = [Part.of("application/octet-stream", body) for body in bodies]
    built = build("mixed", parts, SeededEntropy(seed))
    found = parse(MediaType.parse(str(built.media_type)), bytes(built))
    assert [part.body for part in found.parts] == bodies


def test_a_boundary_that_a_part_holds_is_not_used():
    taken = SeededEntropy(1).draw(12).hex()
    built = build("mixed", [Part.of("text/plain", taken.encode())], SeededEntropy(1))
    assert built.media_type.parameter("boundary") != taken


def test_a_body_of_ours_has_a_part_and_whole_header_lines():
    with pytest.raises(LocalError):
        build("mixed", [], SeededEntropy())
    with pytest.raises(LocalError):
        Part.of("text/plain\r\nEvil: 1", b"")


def nested(levels):
    body = b"leaf"
    kind = "text/plain"
    for level in range(levels):
        built = build("mixed", [Part.of(kind, body)], SeededEntropy(level))
        kind, body = str(built.media_type), bytes(built)
    return MediaType.parse(kind), body


def test_a_walk_goes_through_all_levels_in_order():
    inner = build("alternative", [Part.of("a/b", b"2"), Part.of("a/b", b"3")], SeededEntropy(1))
    outer = build(
        "mixed",
        [Part.of("a/b", b"1"), Part.of(str(inner.media_type), bytes(inner)), Part.of("a/b", b"4")],
        SeededEntropy(2),
    )
    leaves = [part.body for _, part in walk(outer.media_type, bytes(outer))]
    assert leaves == [b"1", b"2", b"3", b"4"]


def test_nesting_is_bounded():
    assert [part.body for _, part in walk(*nested(4))] == [b"leaf"]
    with pytest.raises(PeerError, match="at most 4 levels"):
        list(walk(*nested(5)))


def test_the_number_of_parts_is_bounded_over_all_levels():
    inner = build("mixed", [Part.of("a/b", b"")] * 3, SeededEntropy(1))
    part = Part.of(str(inner.media_type), bytes(inner))
    outer = build("mixed", [part] * 3, SeededEntropy(2))
    assert len(list(walk(outer.media_type, bytes(outer), Limits(parts=12)))) == 9
    with pytest.raises(PeerError, match="at most 11 parts"):
        list(walk(outer.media_type, bytes(outer), Limits(parts=11)))
    with pytest.raises(PeerError, match="at most 2 parts"):
        parse(outer.media_type, bytes(outer), Limits(parts=2))


def test_the_header_of_a_part_is_bounded():
    with pytest.raises(PeerError, match="octets of header"):
        parse(MIXED, b"--b\r\nX: " + b"x" * 9000 + b"\r\n\r\n\r\n--b--")


@vectors.needed
@pytest.mark.rfc("4662", "5.1")
def test_a_resource_list_notification_is_taken_apart():
    (path,) = (one for one in vectors.files("xml-samples") if one.name == "rlmi-multipart.txt")
    kind = MediaType.parse(
        'multipart/related;type="application/rlmi+xml";'
        'start="<nXYxAE@pres.vancouver.example.com>";boundary="50UBfW7LSCVLtggUPe5z"'
    )
    found = parse(kind, path.read_bytes())
    assert found.root.media_type.name == "application/rlmi+xml"
    assert [part.media_type.subtype for part in found.parts] == ["rlmi+xml", "pidf+xml", "pidf+xml"]
    assert found.by_content_id("ZvSvkz@pres.vancouver.example.com") is found.parts[2]
    assert bytes(found) == path.read_bytes()
