"""Calls between real Linphone clients through the proxy: both sides hear each other."""

from functools import partial

import pytest

from tests.interop.conftest import TONES, MakeLinphone
from tests.interop.linphone.client import Call
from tests.interop.linphone.talk import connect, hang_up
from tests.interop.waiting import until

pytestmark = pytest.mark.interop


@pytest.mark.parametrize(
    ("transports", "codec"),
    [
        (("udp", "udp"), "PCMU"),
        (("udp", "tcp"), "opus"),
        (("tcp", "tls"), "G722"),
        (("tls", "udp"), "PCMU"),
    ],
)
def test_both_sides_hear_each_other(
    linphone: MakeLinphone, transports: tuple[str, str], codec: str
) -> None:
    alice = linphone("alice", transports[0], audio_codecs=(codec,))
    bob = linphone("bob", transports[1], audio_codecs=(codec,))
    outgoing, incoming = connect(alice, bob)
    alice.hears.wait_for(TONES["bob"])
    bob.hears.wait_for(TONES["alice"])
    assert (outgoing.media()["audio"], incoming.media()["audio"]) == (codec, codec)
    hang_up(outgoing, incoming)


def test_the_callee_hangs_up(linphone: MakeLinphone) -> None:
    outgoing, incoming = connect(linphone("alice"), linphone("bob", "tcp"))
    hang_up(incoming, outgoing)


@pytest.mark.parametrize(("encryption", "profile"), [("srtp", "RTP/SAVP"), ("zrtp", "RTP/AVP")])
def test_an_encrypted_call_passes_through(
    linphone: MakeLinphone, encryption: str, profile: str
) -> None:
    alice = linphone("alice", encryption=encryption)
    bob = linphone("bob", "tcp", encryption=encryption)
    outgoing, incoming = connect(alice, bob)
    alice.hears.wait_for(TONES["bob"])
    bob.hears.wait_for(TONES["alice"])
    ours, theirs = outgoing.media(), incoming.media()
    assert (ours["encryption"], theirs["encryption"]) == (encryption, encryption)
    assert ours["profile"] == profile
    if encryption == "zrtp":
        assert ours["sas"]
    assert ours["sas"] == theirs["sas"]
    hang_up(outgoing, incoming)


def test_a_dtls_srtp_call_passes_through(linphone: MakeLinphone) -> None:
    alice = linphone("alice", encryption="dtls")
    bob = linphone("bob", "tcp", encryption="dtls")
    outgoing, incoming = connect(alice, bob)
    alice.hears.wait_for(TONES["bob"])
    bob.hears.wait_for(TONES["alice"])
    assert outgoing.media()["profile"].startswith("UDP/TLS/RTP/SAVP")
    hang_up(outgoing, incoming)


@pytest.mark.parametrize("codec", ["VP8", "H264"])
def test_a_video_call_passes_through(linphone: MakeLinphone, codec: str) -> None:
    alice = linphone("alice", video=True, video_codecs=(codec,))
    bob = linphone("bob", "tcp", video=True, video_codecs=(codec,))
    outgoing, incoming = connect(alice, bob)
    for call in (outgoing, incoming):
        until(partial(sees_a_picture, call), "decoded picture")
        assert call.media()["video"] == codec
    hang_up(outgoing, incoming)


def sees_a_picture(call: Call) -> bool:
    return bool(call.media()["picture_width"])
