"""The scan as it was compiled, if it was, and as its source stands: the same in everything."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sonnette.base.errors import PeerError
from sonnette.sip import limits, names, scan
from tests import vectors
from tests.sip.messages import request_text

FOLDERS = (
    "sip-torture-rfc4475",
    "sip-torture-ipv6-rfc5118",
    "sip-old-torture-sofia",
    "sip-real-world",
    "sip-protos-c07",
)
SOURCE = Path(scan.__file__).with_name("scan.py")


def load_source():
    spec = spec_from_file_location("scan_from_source", SOURCE)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PLAIN = load_source()
IS_COMPILED = Path(scan.__file__).suffix != ".py"


@pytest.fixture(params=["compiled", "source"])
def kernel(request):
    if request.param == "compiled" and not IS_COMPILED:
        pytest.skip("the kernels are not compiled here")
    return scan if request.param == "compiled" else PLAIN


def scanned(kernel, raw):
    return kernel.scan(raw, kernel.find_end(raw))


def outcome(kernel, raw):
    try:
        return scanned(kernel, raw)
    except PeerError as error:
        return error.code, error.reason, error.status


def field(kernel, line):
    _, fields = scanned(kernel, b"OPTIONS sip:a SIP/2.0\r\n%b\r\n\r\n" % line)
    (found,) = fields
    return found


def test_the_start_line_and_the_fields_come_out_in_order(kernel):
    raw = b"OPTIONS sip:a SIP/2.0\r\nVia: v\r\nX-Own: o\r\nvia: w\r\n\r\nbody"
    assert scanned(kernel, raw) == (
        "OPTIONS sip:a SIP/2.0",
        [
            (names.VIA, b"Via: v\r\n", "v"),
            (names.OTHER, b"X-Own: o\r\n", "o"),
            (names.VIA, b"via: w\r\n", "w"),
        ],
    )


def test_the_body_begins_past_the_empty_line(kernel):
    assert kernel.find_end(b"a\r\n\r\nb\r\n\r\nc") == 5
    assert kernel.find_end(b"abc") == 3


@pytest.mark.rfc("3261", "7.3.1")
@pytest.mark.parametrize(
    "line", [b"Subject: a b", b"Subject:a b", b"Subject \t: \t a b \t", b"s:a b"]
)
def test_white_space_around_the_value_does_not_count(kernel, line):
    assert field(kernel, line) == (names.SUBJECT, line + b"\r\n", "a b")


@pytest.mark.rfc("3261", "7.3.1")
@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b"Subject: a\r\n b", "a b"),
        (b"Subject: a \r\n \t b\r\n\tc", "a b c"),
        (b"Subject:\r\n a", "a"),
        (b"Subject: a\r\n ", "a"),
    ],
)
def test_a_line_that_begins_with_white_space_continues_the_one_before(kernel, line, value):
    assert field(kernel, line) == (names.SUBJECT, line + b"\r\n", value)


@pytest.mark.rfc("3261", "7.3.1")
@pytest.mark.parametrize("name", [b"Call-ID", b"CALL-ID", b"call-id", b"cAlL-iD", b"i", b"I"])
def test_names_have_no_case_and_a_short_form(kernel, name):
    assert field(kernel, name + b": 1")[0] == names.CALL_ID


@pytest.mark.parametrize("number", sorted(names.CANONICAL))
def test_every_name_we_know_is_recognised(kernel, number):
    assert field(kernel, names.CANONICAL[number].encode() + b": 1")[0] == number


def test_octets_that_are_no_utf8_survive(kernel):
    _, line, value = field(kernel, b"Subject: \xff\xc3\xa9")
    assert line == b"Subject: \xff\xc3\xa9\r\n"
    assert value.encode("utf-8", "surrogateescape") == b"\xff\xc3\xa9"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "sip.scan.bad-line-end"),
        (b"OPTIONS sip:a SIP/2.0", "sip.scan.bad-line-end"),
        (b"OPTIONS sip:a SIP/2.0\nVia: v\n\n", "sip.scan.bad-line-end"),
        (b"OPTIONS sip:a SIP/2.0\r", "sip.scan.bad-line-end"),
        (b"O\r\nSubject: a\nb\r\n\r\n", "sip.scan.bad-line-end"),
        (b"O\r\nSubject: a\rb\r\n\r\n", "sip.scan.bad-line-end"),
        (b"O\r\nSubject: a\0b\r\n\r\n", "sip.scan.bad-line-end"),
        (b"O\r\nSubject: a\r\n b\nc\r\n\r\n", "sip.scan.bad-line-end"),
        (b"O\r\nSubject: a", "sip.scan.bad-line-end"),
        (b"O\r\nSubject: a\r", "sip.scan.bad-line-end"),
        (b"O\r\nSubject: a\r\n\rVia: b\r\n", "sip.scan.bad-line-end"),
        (b"O\r\nSubject: a\r\n\r", "sip.scan.bad-line-end"),
        (b"O\r\nSubject", "sip.scan.no-name"),
        (b"O\r\nSubject\r\n\r\n", "sip.scan.no-name"),
        (b"O\r\nSub ject: a\r\n\r\n", "sip.scan.no-name"),
        (b"O\r\n: a\r\n\r\n", "sip.scan.no-name"),
        (b"O\r\n Subject: a\r\n\r\n", "sip.scan.no-name"),
    ],
)
def test_what_is_no_header_section_is_refused(kernel, raw, code):
    with pytest.raises(PeerError) as caught:
        scanned(kernel, raw)
    assert caught.value.code == code


def test_a_section_without_its_empty_line_ends_with_the_datagram(kernel):
    assert scanned(kernel, b"O\r\nSubject: a\r\n") == scanned(kernel, b"O\r\nSubject: a\r\n\r\n")


@pytest.mark.parametrize(
    ("most", "raw"),
    [
        (limits.HEADER_FIELDS, lambda count: b"O\r\n" + b"X: 1\r\n" * count + b"\r\n"),
        (limits.HEADER_LINE, lambda size: b"O\r\nX: " + b"a" * (size - 3) + b"\r\n\r\n"),
        (
            limits.HEADER_SECTION,
            lambda size: b"O" * (size - 4) + b"\r\n\r\n",
        ),
    ],
)
def test_one_more_than_a_limit_is_refused(kernel, most, raw):
    scanned(kernel, raw(most))
    with pytest.raises(PeerError) as caught:
        scanned(kernel, raw(most + 1))
    assert caught.value.status == 513


def test_the_first_field_of_a_header_is_found(kernel):
    _, fields = scanned(kernel, b"O\r\nVia: a\r\nTo: b\r\nVia: c\r\n\r\n")
    assert kernel.first(fields, names.VIA) == "a"
    assert kernel.first(fields, names.FROM) is None


@pytest.mark.rfc("3261", "7.3.1")
def test_a_header_that_may_stand_once_is_seen_when_it_stands_twice(kernel):
    _, once = scanned(kernel, b"O\r\nVia: a\r\nVia: b\r\nX: 1\r\nX: 2\r\nTo: c\r\nFrom: d\r\n\r\n")
    assert kernel.repeated(once) == -1
    for number in (names.FROM, names.TO, names.CALL_ID, names.CSEQ, names.CONTENT_LENGTH):
        name = names.CANONICAL[number].encode()
        _, twice = scanned(kernel, b"O\r\n%b: a\r\nVia: b\r\n%b: c\r\n\r\n" % (name, name.upper()))
        assert kernel.repeated(twice) == number


pieces = st.sampled_from(
    [b"\r\n", b"\r", b"\n", b" ", b"\t", b":", b"Via", b"l", b"To: x", b"\0", b"\xff", b"a"]
)


@pytest.mark.skipif(not IS_COMPILED, reason="the kernels are not compiled here")
@given(st.one_of(st.binary(max_size=200), st.lists(pieces, max_size=40).map(b"".join)))
@example(b"\r\n\r\n")
@example(b"O\r\nSubject: a\r\n ")
@example(request_text(Subject="a\r\n b").encode())
def test_compiled_and_source_agree_on_anything(raw):
    assert outcome(scan, raw) == outcome(PLAIN, raw)


@vectors.needed
@pytest.mark.skipif(not IS_COMPILED, reason="the kernels are not compiled here")
@pytest.mark.parametrize("folder", FOLDERS)
def test_compiled_and_source_agree_on_the_torture_material(folder):
    files = vectors.files(folder)
    assert files
    for path in files:
        raw = path.read_bytes()
        assert outcome(scan, raw) == outcome(PLAIN, raw), path.name
        assert repeats(scan, raw) == repeats(PLAIN, raw), path.name


def repeats(kernel, raw):
    found = outcome(kernel, raw)
    return kernel.repeated(found[1]) if isinstance(found[1], list) else None
