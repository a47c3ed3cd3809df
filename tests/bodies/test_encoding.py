import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonnette.base.errors import LocalError, PeerError
from sonnette.bodies.encoding import decode, encode


def bare(body):
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(body) + deflater.flush()


@given(st.binary(max_size=500), st.sampled_from(["deflate", "gzip"]))
def test_what_we_encode_decodes(body, coding):
    assert decode(encode(body, coding), coding) == body


@pytest.mark.rfc("9110", "8.4.1")
@pytest.mark.parametrize(
    ("body", "codings"),
    [
        (zlib.compress(b"text"), "deflate"),
        (bare(b"text"), "deflate"),
        (gzip.compress(b"text", mtime=0), "gzip"),
        (gzip.compress(b"text", mtime=0), "X-GZIP"),
        (gzip.compress(b"te", mtime=0) + gzip.compress(b"xt", mtime=0), "gzip"),
        (gzip.compress(zlib.compress(b"text"), mtime=0), "deflate, gzip"),
        (b"text", "identity"),
        (b"text", ""),
    ],
)
def test_every_way_to_say_it_is_read(body, codings):
    assert decode(body, codings) == b"text"


@pytest.mark.parametrize("codings", ["deflate", "gzip", "deflate, gzip"])
def test_an_empty_body_stays_empty_whatever_is_said_of_it(codings):
    assert decode(b"", codings) == b""


@pytest.mark.parametrize("codings", ["br", "deflate, zstd", ", ".join(["gzip"] * 4)])
def test_an_unknown_coding_or_too_many_are_refused(codings):
    with pytest.raises(PeerError) as refusal:
        decode(b"x", codings)
    assert refusal.value.status == 415


@pytest.mark.parametrize("coding", ["deflate", "gzip"])
def test_a_small_body_that_swells_is_stopped(coding):
    bomb = encode(bytes(50_000_000), coding)
    with pytest.raises(PeerError, match="at most 1000 octets") as refusal:
        decode(bomb, coding, most=1000)
    assert refusal.value.status == 413


def test_a_body_exactly_at_the_limit_passes():
    assert len(decode(encode(bytes(1000), "deflate"), "deflate", most=1000)) == 1000
    with pytest.raises(PeerError):
        decode(encode(bytes(1001), "deflate"), "deflate", most=1000)


def test_gzip_members_are_counted_together():
    with pytest.raises(PeerError, match="at most 1000"):
        decode(gzip.compress(bytes(600)) * 2, "gzip", most=1000)


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (zlib.compress(b"text" * 50)[:-6], "deflate"),
        (zlib.compress(b"text")[:-1] + b"\0", "deflate"),
        (zlib.compress(b"text") + b"more", "deflate"),
        (gzip.compress(b"text", mtime=0) + b"more", "gzip"),
        (b"plain text", "gzip"),
        (b"plain text", "deflate"),
    ],
)
def test_a_broken_stream_is_refused(body, coding):
    with pytest.raises(PeerError, match="whole compressed stream"):
        decode(body, coding)


@given(st.binary(max_size=100), st.sampled_from(["deflate", "gzip"]))
def test_no_body_raises_anything_but_a_peer_error(body, coding):
    try:
        found = decode(body, coding, most=1000)
    except PeerError:
        return
    assert len(found) <= 1000


def test_we_encode_only_what_we_know():
    with pytest.raises(LocalError):
        encode(b"", "br")
    assert encode(b"text", "gzip") == encode(b"text", "gzip")
