"""Each value: what it reads, that it writes the same back, and what it refuses."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonnette.base.errors import PeerError
from sonnette.base.shield import Secret
from sonnette.sdp.catalogue import MID, PTIME
from sonnette.sdp.direction import Direction
from sonnette.sdp.fields import Bandwidth, Connection, Media, Origin, Timing
from sonnette.sdp.formats import Extmap, Fmtp, RtcpFeedback, Rtpmap
from sonnette.sdp.grouping import Group, RtcpReports, Ssrc
from sonnette.sdp.security import Crypto, Fingerprint, InlineKey, Setup, ZrtpHash
from sonnette.sdp.transport import Candidate, RemoteCandidate, RemoteCandidates, Rtcp

KEY = Secret(bytes(range(30)))
KEY_TEXT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"
HASH = "30e1c12eee2b5bc213e3a8bb5b60508d393a3935ce01c561c3b41185998ed226"

READ = [
    ("alice 2024 3000 IN IP4 127.0.0.1", Origin("alice", 2024, 3000, "127.0.0.1")),
    ("- 1 2 IN IP6 ::1", Origin("-", 1, 2, "::1", "IP6")),
    ("IN IP4 127.0.0.1", Connection("127.0.0.1")),
    ("IN IP4 224.2.1.1/127/3", Connection("224.2.1.1", ttl=127, count=3)),
    ("IN IP4 224.2.1.1/127", Connection("224.2.1.1", ttl=127)),
    ("IN IP6 FF15::101/3", Connection("FF15::101", "IP6", count=3)),
    ("AS:64", Bandwidth("AS", 64)),
    ("2873397496 0", Timing(2873397496, 0)),
    ("audio 49170/2 RTP/AVP 0 8", Media("audio", 49170, "RTP/AVP", ("0", "8"), 2)),
    ("video 0 RTP/SAVPF 96", Media("video", 0, "RTP/SAVPF", ("96",))),
    ("audio 0 RTP/AVP", Media("audio", 0, "RTP/AVP")),
    ("96 opus/48000/2", Rtpmap(96, "opus", 48000, 2)),
    ("18 annexb=yes", Fmtp("18", "annexb=yes")),
    ("* trr-int 1000", RtcpFeedback(None, "trr-int", "1000")),
    ("96 nack", RtcpFeedback(96, "nack")),
    ("96 nack pli", RtcpFeedback(96, "nack", "pli")),
    ("1 urn:x", Extmap(1, "urn:x")),
    ("4/sendrecv urn:x short=1", Extmap(4, "urn:x", "sendrecv", "short=1")),
    ("45106", Rtcp(45106)),
    ("45106 IN IP4 192.0.2.1", Rtcp(45106, Connection("192.0.2.1"))),
    (
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY_TEXT}",
        Crypto(1, "AES_CM_128_HMAC_SHA1_80", (InlineKey(KEY),)),
    ),
    (
        f"2 X inline:{KEY_TEXT}|2^20|1:4;inline:{KEY_TEXT}|2:4 UNENCRYPTED_SRTCP KDR=1",
        Crypto(
            2,
            "X",
            (InlineKey(KEY, "2^20", "1:4"), InlineKey(KEY, "", "2:4")),
            ("UNENCRYPTED_SRTCP", "KDR=1"),
        ),
    ),
    ("sha-256 FC:62:00", Fingerprint("sha-256", b"\xfc\x62\x00")),
    ("actpass", Setup.ACTPASS),
    (f"1.10 {HASH}", ZrtpHash("1.10", bytes.fromhex(HASH))),
    (
        "1 1 UDP 2130706303 10.99.0.1 34806 typ host",
        Candidate("1", 1, "UDP", 2130706303, "10.99.0.1", 34806, "host"),
    ),
    (
        "a+/ 2 TCP 1 ::1 9 typ srflx raddr 10.0.0.1 rport 99 tcptype active",
        Candidate(
            "a+/", 2, "TCP", 1, "::1", 9, "srflx", "10.0.0.1", 99, ("tcptype", "active")
        ),
    ),
    (
        "1 10.99.0.1 36903 2 10.99.0.1 35717",
        RemoteCandidates(
            (RemoteCandidate(1, "10.99.0.1", 36903), RemoteCandidate(2, "10.99.0.1", 35717))
        ),
    ),
    ("BUNDLE a b", Group("BUNDLE", ("a", "b"))),
    ("LS", Group("LS")),
    ("380 cname:sip:alice@example.test", Ssrc(380, "cname", "sip:alice@example.test")),
    ("1 flag", Ssrc(1, "flag")),
    ("rcvr-rtt=all:10000 voip-metrics", RtcpReports(("rcvr-rtt=all:10000", "voip-metrics"))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), READ, ids=[text[:40] for text, _ in READ])
def test_a_value_is_read_and_written(text, value):
    assert type(value).parse(text) == value
    assert str(value) == text


REFUSED = [
    (Origin, "alice 1 1 IN IP4"),
    (Origin, "alice one 1 IN IP4 127.0.0.1"),
    (Origin, "alice 1 99999999999999999999999 IN IP4 127.0.0.1"),
    (Connection, "IN IP4"),
    (Connection, "IN IP4 /127"),
    (Connection, "IN IP4 1.2.3.4/1/2/3"),
    (Connection, "IN IP6 ::1/127/3"),
    (Bandwidth, "64"),
    (Timing, "0"),
    (Media, "audio RTP/AVP"),
    (Media, "audio 65536 RTP/AVP 0"),
    (Media, "audio -1 RTP/AVP 0"),
    (Media, "audio 1/ RTP/AVP 0"),
    (Media, "audio 9 RTP/AVP" + " 0" * 257),
    (Rtpmap, "96"),
    (Rtpmap, "128 opus/48000"),
    (Rtpmap, "96 opus"),
    (Rtpmap, "96 opus/٤"),
    (Fmtp, "96"),
    (RtcpFeedback, "96"),
    (RtcpFeedback, "x nack"),
    (Extmap, "1"),
    (Rtcp, "port"),
    (Rtcp, "1 IN IP4"),
    (Crypto, "1 X"),
    (Crypto, f"0x1 X inline:{KEY_TEXT}"),
    (Crypto, "1 X inline:not*base64"),
    (Crypto, "1 X inline:AAAé"),
    (Crypto, f"1 X outline:{KEY_TEXT}"),
    (Crypto, f"1 X inline:{KEY_TEXT}|1|2|3"),
    (Crypto, f"1 X inline:{KEY_TEXT}|1|2"),
    (Crypto, f"1 X inline:{KEY_TEXT}||1:2"),
    (Fingerprint, "sha-256"),
    (Fingerprint, "sha-256 FC62"),
    (Fingerprint, "sha-256 FC:6Z"),
    (Fingerprint, "sha-256 :"),
    (Setup, "both"),
    (ZrtpHash, HASH),
    (ZrtpHash, "1.10 30e1"),
    (Candidate, "1 1 UDP 1 10.99.0.1 1 typ"),
    (Candidate, "1 1 UDP 1 10.99.0.1 1 kind host"),
    (Candidate, "1 1 UDP 1 10.99.0.1 1 typ host odd"),
    (Candidate, "1 257 UDP 1 10.99.0.1 1 typ host"),
    (Candidate, "? 1 UDP 1 10.99.0.1 1 typ host"),
    (Candidate, "1 1 UDP 1 10.99.0.1 1 typ srflx raddr 1.2.3.4 rport x"),
    (RemoteCandidates, "1 10.99.0.1"),
    (RemoteCandidates, "1 10.99.0.1 1 2"),
    (Group, ""),
    (Ssrc, "1"),
    (Ssrc, "4294967296 cname:x"),
    (RtcpReports, "x " * 33),
]


@pytest.mark.parametrize(
    ("kind", "text"), REFUSED, ids=[f"{kind.__name__}-{text[:30]}" for kind, text in REFUSED]
)
def test_a_malformed_value_is_the_peers_fault(kind, text):
    with pytest.raises(PeerError) as refusal:
        kind.parse(text)
    assert refusal.value.code == "sdp.malformed"


KINDS = sorted({kind for kind, _ in REFUSED}, key=lambda kind: kind.__name__)
PIECES = (
    "1 2 0 65535 96 IN IP4 IP6 ::1 1.2.3.4/5 typ host raddr rport UDP a b:c sha-256 AB:CD"
    " opus/8000 X inline:AAAA inline:AAAA|2 actpass * nack x/y"
)
WORDS = st.lists(st.sampled_from(PIECES.split(" ")), max_size=14).map(" ".join)


@given(st.sampled_from(KINDS), WORDS)
def test_whatever_is_read_is_read_back_the_same(kind, text):
    try:
        value = kind.parse(text)
    except PeerError:
        return
    assert kind.parse(str(value)) == value


@given(st.sampled_from(KINDS), st.text(max_size=60))
def test_no_text_raises_anything_but_a_peer_error(kind, text):
    with suppress(PeerError):
        kind.parse(text)


TOKENS = st.text(alphabet="abcXYZ019-._+", min_size=1, max_size=8)
PORTS = st.integers(0, 65535)


@given(st.builds(Rtpmap, st.integers(0, 127), TOKENS, st.integers(1, 10**9), st.integers(1, 255)))
def test_an_rtpmap_survives_writing(rtpmap):
    assert Rtpmap.parse(str(rtpmap)) == rtpmap


@given(st.builds(Media, TOKENS, PORTS, TOKENS, st.lists(TOKENS, max_size=9).map(tuple)))
def test_a_media_line_survives_writing(media):
    assert Media.parse(str(media)) == media


@given(
    st.builds(
        Candidate,
        st.from_regex(r"[A-Za-z0-9+/]{1,32}", fullmatch=True),
        st.integers(0, 256),
        TOKENS,
        st.integers(0, 2**31 - 1),
        st.ip_addresses().map(str),
        PORTS,
        TOKENS,
        st.one_of(st.just(""), st.ip_addresses().map(str)),
        st.one_of(st.none(), PORTS),
    )
)
def test_a_candidate_survives_writing(candidate):
    assert Candidate.parse(str(candidate)) == candidate


@given(st.binary(min_size=1, max_size=64))
def test_a_fingerprint_survives_writing(digest):
    fingerprint = Fingerprint("sha-256", digest)
    assert Fingerprint.parse(str(fingerprint)) == fingerprint


@pytest.mark.rfc("8122", "5")
def test_the_names_of_hash_functions_have_no_case():
    assert Fingerprint.parse("SHA-256 aB") == Fingerprint.parse("sha-256 AB")


@pytest.mark.rfc("8866", "6.6")
def test_codecs_are_compared_without_their_number_and_case():
    assert Rtpmap(96, "OPUS", 48000, 2).is_same_codec(Rtpmap(111, "opus", 48000, 2))
    assert not Rtpmap(96, "opus", 48000, 2).is_same_codec(Rtpmap(96, "opus", 48000))


def test_format_parameters_are_pairs_for_those_who_use_them():
    fmtp = Fmtp.parse("97 Profile-Level-Id=42801F; packetization-mode = 1;;flag")
    assert fmtp.pairs() == {
        "profile-level-id": "42801F",
        "packetization-mode": "1",
        "flag": "",
    }


@pytest.mark.parametrize(
    ("address", "unspecified"),
    [("0.0.0.0", True), ("::", True), ("127.0.0.1", False), ("example.test", False)],
)
def test_the_old_way_to_hold_is_recognised(address, unspecified):
    assert Connection(address).is_unspecified is unspecified


@pytest.mark.parametrize(
    ("protocol", "secure"),
    [("RTP/AVP", False), ("RTP/SAVP", True), ("UDP/TLS/RTP/SAVPF", True), ("RTP/AVPF", False)],
)
def test_a_profile_is_secure_or_not(protocol, secure):
    assert Media("audio", 9, protocol).is_secure is secure


@pytest.mark.rfc("3264", "6.1")
@pytest.mark.parametrize(
    ("direction", "mirrored"),
    [
        (Direction.SENDRECV, Direction.SENDRECV),
        (Direction.SENDONLY, Direction.RECVONLY),
        (Direction.RECVONLY, Direction.SENDONLY),
        (Direction.INACTIVE, Direction.INACTIVE),
    ],
)
def test_the_other_side_sees_the_flow_the_other_way(direction, mirrored):
    assert direction.reversed() is mirrored


def test_a_fraction_of_a_millisecond_is_dropped():
    assert PTIME.read("2.5") == 2
    with pytest.raises(PeerError):
        PTIME.read("twenty")
    with pytest.raises(PeerError):
        MID.read("a b")
