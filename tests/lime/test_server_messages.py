"""The key server's messages, byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonnette.base.errors import PeerError
from sonnette.lime import ALGORITHMS, C25519, C25519MLK512
from sonnette.lime.keys import Bundle, OneTimePrekey, SignedPrekey
from sonnette.lime.server_messages import (
    Bundles,
    DeleteUser,
    Done,
    GetBundles,
    GetOneTimeNumbers,
    OneTimeNumbers,
    PostOneTime,
    PostSigned,
    Refusal,
    Refused,
    Register,
    Type,
    encode_request,
    encode_response,
    parse_request,
    parse_response,
)
from tests.lime.vectors import load

DEVICE = "sip:bob@sip.example.org;gr=urn:uuid:b1"


def signed(algorithm):
    return SignedPrekey(7, b"s" * algorithm.public_size, b"S" * algorithm.curve.signature_size)


def one_time(algorithm, count):
    return tuple(OneTimePrekey(n, bytes([n]) * algorithm.public_size) for n in range(count))


def requests(algorithm):
    identity = b"i" * algorithm.curve.identity_size
    return [
        Register(identity, signed(algorithm), one_time(algorithm, 3)),
        Register(identity, signed(algorithm), ()),
        DeleteUser(),
        PostSigned(signed(algorithm)),
        PostOneTime(one_time(algorithm, 2)),
        GetBundles((DEVICE, "sip:x@y")),
        GetOneTimeNumbers(),
    ]


def responses(algorithm):
    identity = b"i" * algorithm.curve.identity_size
    bundles = (
        (DEVICE, Bundle(identity, signed(algorithm), one_time(algorithm, 1)[0])),
        ("sip:x@y", None),
        ("sip:z@y", Bundle(identity, signed(algorithm), None)),
    )
    done = [Type.DELETE_USER, Type.POST_SIGNED, Type.POST_ONE_TIME, Type.REGISTER]
    return [
        Bundles(bundles),
        OneTimeNumbers((1, 2**32 - 1)),
        *(Done(kind) for kind in done),
        Refused(Refusal.LIMIT, "too many"),
    ]


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=repr)
def test_every_message_reads_back(algorithm):
    for request in requests(algorithm):
        assert parse_request(encode_request(algorithm, request)) == (algorithm, request)
    for response in responses(algorithm):
        assert parse_response(algorithm, encode_response(algorithm, response)) == response


@pytest.mark.parametrize(("algorithm", "keys", "size"), [(C25519, 3, 245), (C25519MLK512, 2, 2609)])
def test_a_registration_has_the_size_of_the_reference(algorithm, keys, size):
    register = Register(b"i" * 32, signed(algorithm), one_time(algorithm, keys))
    assert len(encode_request(algorithm, register)) == size


def test_a_genuine_registration_is_read_and_written_alike():
    transcript = load("session4_curve1.json")
    genuine = bytes.fromhex(transcript["library_register_user"])
    algorithm, request = parse_request(genuine)
    assert encode_request(algorithm, request) == genuine
    bundle = Bundle(request.identity, request.signed, None)
    bundle.verify(algorithm)


def test_an_upload_and_a_bundle_hold_a_signed_prekey_in_their_two_orders():
    key = SignedPrekey(0x01020304, b"s" * 32, b"S" * 64)
    assert encode_request(C25519, PostSigned(key))[3:] == b"s" * 32 + b"S" * 64 + b"\1\2\3\4"
    bundle = Bundle(b"i" * 32, key, None)
    body = encode_response(C25519, Bundles((("sip:x@y", bundle),)))
    assert body.endswith(b"i" * 32 + b"s" * 32 + b"\1\2\3\4" + b"S" * 64)


def test_an_unknown_device_is_three_bytes_and_its_name():
    name = "sip:nobody@sip.example.org;gr=x"
    body = encode_response(C25519, Bundles(((name, None),)))
    assert body == b"\1\6\1\0\1\0\x1f" + name.encode() + b"\2"
    assert len(body) == 39


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=repr)
def test_a_message_cut_anywhere_is_refused(algorithm):
    for request in requests(algorithm):
        body = encode_request(algorithm, request)
        for size in range(0, len(body), max(1, len(body) // 60)):
            with pytest.raises(PeerError):
                parse_request(body[:size])


def test_bytes_after_a_message_are_tolerated():
    body = encode_request(C25519, GetOneTimeNumbers())
    assert parse_request(body + b"more") == (C25519, GetOneTimeNumbers())


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "bytes.truncated"),
        (b"\2\5\1", "lime.server.version"),
        (b"\1\5\3", "lime.algorithm.unknown"),
        (b"\1\1\1", "lime.server.type"),
        (b"\1\6\1\0\0", "lime.server.type"),
        (b"\1\5\1\0\0", "lime.server.request"),
        (b"\1\5\1\0\1\0\3a b", "lime.address"),
    ],
)
def test_what_makes_no_sense_is_refused(body, code):
    with pytest.raises(PeerError) as refused:
        parse_request(body)
    assert refused.value.code == code


def test_an_unknown_error_number_is_still_a_refusal():
    assert parse_response(C25519, b"\1\xff\0\x77oh") == Refused(Refusal.UNKNOWN, "oh")


@given(st.binary(max_size=400), st.sampled_from(ALGORITHMS))
def test_random_answers_are_read_or_refused(body, algorithm):
    try:
        parse_response(algorithm, b"\1" + body)
    except PeerError:
        return
