"""Descriptions as Linphone 5.1 writes them, trimmed to what differs."""


def _crlf(text):
    return text.strip().replace("\n", "\r\n").encode() + b"\r\n"


AUDIO = _crlf("""
v=0
o=alice 2024 3000 IN IP4 127.0.0.1
s=Talk
c=IN IP4 127.0.0.1
t=0 0
a=rtcp-xr:rcvr-rtt=all:10000 stat-summary=loss,dup,jitt,TTL voip-metrics
m=audio 49619 RTP/AVP 96 97 98 0 8 18 99 100 101
a=rtpmap:96 opus/48000/2
a=fmtp:96 useinbandfec=1
a=rtpmap:97 speex/16000
a=fmtp:97 vbr=on
a=rtpmap:98 speex/8000
a=fmtp:98 vbr=on
a=fmtp:18 annexb=yes
a=rtpmap:99 telephone-event/48000
a=rtpmap:100 telephone-event/16000
a=rtpmap:101 telephone-event/8000
a=rtcp:45106
a=rtcp-fb:* trr-int 1000
a=rtcp-fb:* ccm tmmbr
""")

SDES = _crlf("""
v=0
o=alice 2024 3000 IN IP4 127.0.0.1
s=Talk
c=IN IP4 127.0.0.1
t=0 0
m=audio 57535 RTP/SAVP 96 0 97 101
a=rtpmap:96 opus/48000/2
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:2vW2m74gQpiVhiJsPKZhd0fhraljSilvr3mHksdE
a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:2vW2m74gQpiVhiJsPKZhd0fhraljSilvr3mHksdF
a=crypto:3 AEAD_AES_128_GCM inline:2vW2m74gQpiVhiJsPKZhd0fhraljSilvr3mHksdFAAAA
""")

ICE = _crlf("""
v=0
o=alice 2024 3001 IN IP4 127.0.0.1
s=Talk
c=IN IP4 127.0.0.1
t=0 0
a=ice-pwd:f2f779645f18a9413ec1bbfd
a=ice-ufrag:377052a8
m=audio 34806 RTP/AVP 96
c=IN IP4 10.99.0.1
a=rtpmap:96 opus/48000/2
a=rtcp:56285
a=candidate:1 1 UDP 2130706303 10.99.0.1 34806 typ host
a=candidate:1 2 UDP 2130706302 10.99.0.1 56285 typ host
a=remote-candidates:1 10.99.0.1 36903 2 10.99.0.1 35717
""")

DTLS_AND_ZRTP = _crlf("""
v=0
o=alice 2024 3000 IN IP4 127.0.0.1
s=Talk
c=IN IP4 127.0.0.1
t=0 0
m=audio 50719 UDP/TLS/RTP/SAVP 96
a=rtpmap:96 opus/48000/2
a=setup:actpass
a=fingerprint:SHA-256 FC:62:82:E2:00:01
a=ssrc:3809998602 cname:sip:alice@example.test
a=zrtp-hash:1.10 30e1c12eee2b5bc213e3a8bb5b60508d393a3935ce01c561c3b41185998ed226
""")

VIDEO = _crlf("""
v=0
o=alice 2024 3000 IN IP4 127.0.0.1
s=Talk
c=IN IP4 127.0.0.1
t=0 0
m=audio 38219 RTP/AVPF 0
a=sendonly
m=video 38221 RTP/AVPF 96 97
a=rtpmap:96 VP8/90000
a=rtpmap:97 H264/90000
a=fmtp:97 profile-level-id=42801F
a=rtcp-fb:96 nack pli
a=rtcp-fb:96 ccm fir
a=sendonly
""")

ALL = {"audio": AUDIO, "sdes": SDES, "ice": ICE, "dtls": DTLS_AND_ZRTP, "video": VIDEO}
