"""The multipart/encrypted body."""

from base64 import b64encode

import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.base.errors import PeerError
from sonnette.bodies.media_type import MediaType
from sonnette.lime import Policy
from sonnette.lime.device.events import DeviceMessage, Encrypted
from sonnette.lime.envelope import build, is_encrypted, open_for, slice_for
from sonnette.lime.keeping.peers import Status
from tests.lime.world import ROOM, Directory, Member

ALICE = "sip:alice@example.test;gr=urn:uuid:1"
BOB = "sip:bob@example.test;gr=urn:uuid:2"
CAROL = "sip:carol@example.test;gr=urn:uuid:3"
SENT = Encrypted(
    1,
    (DeviceMessage(BOB, b"for bob", Status.UNKNOWN), DeviceMessage(CAROL, b"c", Status.UNKNOWN)),
    b"to all",
    (),
)
BODY = build(ALICE, SENT, SeededEntropy(2))


def test_each_device_finds_its_key_and_the_cipher_message():
    opened = open_for(BODY.media_type, bytes(BODY), BOB)
    assert (opened.sender, opened.message, opened.cipher_message) == (ALICE, b"for bob", b"to all")
    assert not opened.deflated


def test_the_boundary_stands_last_for_peers_that_look_there():
    assert str(BODY.media_type).startswith('multipart/encrypted;protocol="application/lime";bound')


def test_key_parts_name_their_device_without_brackets():
    assert b"Content-Id: " + BOB.encode() + b"\r\n" in bytes(BODY)


def test_a_slice_holds_one_key_and_still_opens():
    sliced = slice_for(BODY.media_type, bytes(BODY), CAROL)
    assert BOB.encode() not in bytes(sliced)
    assert open_for(sliced.media_type, bytes(sliced), CAROL).message == b"c"
    with pytest.raises(PeerError) as refused:
        open_for(sliced.media_type, bytes(sliced), BOB)
    assert (refused.value.code, refused.value.status) == ("lime.envelope.no-key", 488)


def test_a_slice_for_a_device_without_key_is_refused():
    with pytest.raises(PeerError):
        slice_for(BODY.media_type, bytes(BODY), ALICE)


def test_the_sender_is_read_from_the_sip_fragment_where_there_is_no_cpim():
    old = bytes(BODY).replace(b"message/cpim", b"message/other")
    assert open_for(BODY.media_type, old, BOB).sender == ALICE


def test_a_message_that_names_no_sender_is_refused():
    nameless = bytes(BODY).replace(b"From:", b"Fro_:")
    with pytest.raises(PeerError) as refused:
        open_for(BODY.media_type, nameless, BOB)
    assert refused.value.code == "lime.envelope.sender"


def test_what_is_no_base64_is_refused():
    broken = bytes(BODY).replace(b64encode(b"for bob"), b"*" * 12)
    with pytest.raises(PeerError) as refused:
        open_for(BODY.media_type, broken, BOB)
    assert refused.value.code == "lime.envelope.base64"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('multipart/encrypted;protocol="application/lime";boundary=x', True),
        ("multipart/encrypted;boundary=x", True),
        ('multipart/encrypted;protocol="application/pgp-encrypted";boundary=x', False),
        ("multipart/mixed;boundary=x", False),
    ],
)
def test_other_encrypted_bodies_are_told_apart(value, expected):
    assert is_encrypted(MediaType.parse(value)) is expected


def test_compression_before_encryption_is_told():
    deflated = build(ALICE, SENT, SeededEntropy(3), deflated=True)
    assert open_for(deflated.media_type, bytes(deflated), BOB).deflated


@pytest.mark.parametrize("policy", Policy)
def test_a_message_goes_through_envelope_and_slice(policy):
    directory = Directory()
    alice, bob, carol = (Member(directory, name) for name in ("alice", "bob", "carol"))
    body = build(alice.address, alice.send(b"hello", bob, carol, policy=policy), alice.entropy)
    for member in (bob, carol):
        sliced = slice_for(body.media_type, bytes(body), member.address)
        opened = open_for(sliced.media_type, bytes(sliced), member.address)
        assert member.device.decrypt(0.0, opened.incoming(ROOM)).payload == b"hello"
