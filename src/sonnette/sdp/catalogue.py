"""Every line and attribute with a typed value.  Any other: ``attribute("name", str)``."""

from sonnette.sdp.entry import attribute, field, flag
from sonnette.sdp.fields import Bandwidth, Connection, Media, Origin, Timing
from sonnette.sdp.formats import Extmap, Fmtp, RtcpFeedback, Rtpmap
from sonnette.sdp.grammar import decimal, token
from sonnette.sdp.grouping import Group, RtcpReports, Ssrc
from sonnette.sdp.security import Crypto, Fingerprint, Setup, ZrtpHash
from sonnette.sdp.transport import Candidate, RemoteCandidates, Rtcp

MOST_MILLISECONDS = 10_000


def _milliseconds(text: str) -> int:
    # Fractions ("2.5") are outside the grammar, yet sent: the whole part is meant.
    return decimal(text.partition(".")[0], "a=ptime", MOST_MILLISECONDS)


def _token(text: str) -> str:
    return token(text, "attribute value")


ORIGIN = field("o", Origin.parse)
SESSION_NAME = field("s", str)
CONNECTION = field("c", Connection.parse)
BANDWIDTH = field("b", Bandwidth.parse)
TIMING = field("t", Timing.parse)
MEDIA = field("m", Media.parse)

RTPMAP = attribute("rtpmap", Rtpmap.parse)
FMTP = attribute("fmtp", Fmtp.parse)
PTIME = attribute("ptime", _milliseconds)
MAXPTIME = attribute("maxptime", _milliseconds)
EXTMAP = attribute("extmap", Extmap.parse)

RTCP = attribute("rtcp", Rtcp.parse)
RTCP_MUX = flag("rtcp-mux")
RTCP_FEEDBACK = attribute("rtcp-fb", RtcpFeedback.parse)
RTCP_REPORTS = attribute("rtcp-xr", RtcpReports.parse)

CRYPTO = attribute("crypto", Crypto.parse)
FINGERPRINT = attribute("fingerprint", Fingerprint.parse)
SETUP = attribute("setup", Setup.parse)
ZRTP_HASH = attribute("zrtp-hash", ZrtpHash.parse)

ICE_UFRAG = attribute("ice-ufrag", str)
ICE_PWD = attribute("ice-pwd", str)
ICE_LITE = flag("ice-lite")
ICE_OPTIONS = attribute("ice-options", str)
CANDIDATE = attribute("candidate", Candidate.parse)
REMOTE_CANDIDATES = attribute("remote-candidates", RemoteCandidates.parse)
END_OF_CANDIDATES = flag("end-of-candidates")

MID = attribute("mid", _token)
GROUP = attribute("group", Group.parse)
SSRC = attribute("ssrc", Ssrc.parse)
LABEL = attribute("label", str)
CONTENT = attribute("content", str)
