"""Table of data: odd and broken messages of our own, after the kinds of RFC 4475 and RFC 5118.

Each row: a name, the clause whose kind it is, what becomes of it, and the message.  A verdict
is a status (answered so), ``PASS`` (understood) or ``DROP`` (no answer, counted).
"""

from tests.sip.messages import request_text

PASS = 0
DROP = -1

LONG = "a" * 4000

WILD_SPACES = (
    "INVITE sip:wild@example.org;flag SIP/2.0\r\n"
    "TO :\r\n <sip:wild@example.org> ;   Tag  = w1\r\n"
    'from   : "Wild \\\\\\"" <sip:w@example.net>\r\n  ;\r\n tag = w2\r\n'
    "MAX-forwards: 0044\r\ncall-id: wild.1@example.net\r\ncseq: 0031\r\n  INVITE\r\n"
    "Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.44;branch=z9hG4bKwild\r\n"
    "s :\r\nUnheardOf:\r\n  some more ;; (odd) text\r\n"
    "v:  SIP  / 2.0  / TCP     far.example.net   ;\r\n  branch  =   z9hG4bKfar\r\n"
    "m:  <sip:w@[2001:db8::4]>\r\nl: 4\r\n\r\nbody"
)


def changed(text, old, new):
    assert old in text
    return text.replace(old, new)


PLAIN = request_text()

MESSAGES = [
    ("plain", "3.1.1", PASS, PLAIN),
    ("wild spaces", "3.1.1.1", PASS, WILD_SPACES),
    (
        "every token character",
        "3.1.1.2",
        PASS,
        request_text("!odd-Method0123456789_*+`.%indeed'~", **{"X-!odd-%*_+`'~": "1"}),
    ),
    ("escapes", "3.1.1.3", PASS, request_text(target="sip:sip%3Auser%40other@example.org")),
    ("escaped nuls", "3.1.1.4", PASS, request_text(Contact="sip:%00@example.org, <sip:a%00@x>")),
    ("no blank before the angle", "3.1.1.6", PASS, request_text(From="caller<sip:a@x>;tag=1")),
    ("long values", "3.1.1.7", PASS, request_text(Call_ID=LONG, Subject=LONG)),
    (
        "octets after the body",
        "3.1.1.8",
        PASS,
        PLAIN + "INVITE sip:another@example.org SIP/2.0\r\n",
    ),
    ("semicolon in the user", "3.1.1.9", PASS, request_text(target="sip:a;par=u%40h@example.org")),
    ("unknown transports", "3.1.1.10", PASS, request_text(Via="SIP/2.0/CARRIER h;branch=z9hG4bK1")),
    ("binary body", "3.1.1.11", PASS, request_text(Content_Length="4") + "\0\r\n\x7f"),
    (
        "unknown reason",
        "3.1.1.12",
        PASS,
        changed(PLAIN, PLAIN.split("\r\n")[0], "SIP/2.0 200 = 2**3"),
    ),
    ("separators instead of a Via", "3.1.2.1", DROP, request_text(Via=";;,;,,")),
    ("separators behind the Via", "3.1.2.1", PASS, request_text(Via="SIP/2.0/UDP h;;,;,,")),
    ("an empty line without line feed", "7 of 3261", DROP, PLAIN[:-1] + "Subject: x\r\n\r\n"),
    ("length too long", "3.1.2.2", 400, request_text(Content_Length="9999")),
    ("negative length", "3.1.2.3", 400, request_text(Content_Length="-999")),
    ("scalars too large", "3.1.2.4", 400, request_text(cseq=36893488147419103232)),
    ("Max-Forwards too large", "3.1.2.4", 400, request_text(Max_Forwards="300")),
    (
        "response with scalars too large",
        "3.1.2.5",
        DROP,
        changed(
            request_text(cseq=9292394834772304023312),
            "OPTIONS sip:bob@example.org SIP/2.0",
            "SIP/2.0 503 Busy",
        ),
    ),
    ("open quote", "3.1.2.6", 400, request_text(To='"Mr. J. User <sip:bob@example.org>')),
    ("target in angles", "3.1.2.7", 400, request_text(target="<sip:bob@example.org>")),
    ("white space in the target", "3.1.2.8", 400, request_text(target="sip:bob@example.org; lr")),
    ("blanks in the start line", "3.1.2.9", 400, changed(PLAIN, "OPTIONS sip", "OPTIONS  sip")),
    (
        "blanks after the start line",
        "3.1.2.10",
        PASS,
        changed(PLAIN, "SIP/2.0\r\nVia", "SIP/2.0  \r\nVia"),
    ),
    (
        "escaped headers",
        "3.1.2.11",
        PASS,
        request_text(target="sip:bob@example.org?Route=%3Csip:x%3E"),
    ),
    (
        "display name of odd characters",
        "3.1.2.15",
        PASS,
        request_text(From="Bell, A <sip:a@x>;tag=1"),
    ),
    ("unknown version", "3.1.2.16", 505, changed(PLAIN, "SIP/2.0\r\nVia", "SIP/7.0\r\nVia")),
    ("methods that differ", "3.1.2.17", 400, request_text("INVITE", CSeq="1 OPTIONS")),
    ("methods that differ, unknown", "3.1.2.18", 400, request_text("NEWMETHOD", CSeq="1 OPTIONS")),
    (
        "status too large",
        "3.1.2.19",
        DROP,
        changed(PLAIN, "OPTIONS sip:bob@example.org SIP/2.0", "SIP/2.0 4294967301 better"),
    ),
    ("only the cookie", "3.2.1", PASS, request_text(branch="z9hG4bK")),
    ("no From", "3.3.1", 400, request_text(From=None)),
    ("no Call-ID", "3.3.1", 400, request_text(Call_ID=None)),
    ("no Via", "3.3.1", DROP, request_text(Via=None)),
    ("unknown scheme", "3.3.2", PASS, request_text(target="nobodyKnowsThis:totallyopaque")),
    ("known scheme, not of SIP", "3.3.3", PASS, request_text(target="soap.beep://192.0.2.1:3002")),
    ("headers twice", "3.3.8", 400, request_text(CSeq=["1 OPTIONS", "2 OPTIONS"])),
    ("lengths twice", "3.3.9", 400, request_text(Content_Length=["0", "10"])),
    ("parameters twice", "3.3.8", 400, request_text(From="<sip:a@x>;tag=1;tag=2")),
    (
        "old peer",
        "3.4.1",
        PASS,
        request_text(Via="SIP/2.0/UDP h", From="<sip:a@x>", Max_Forwards=None),
    ),
    ("address without brackets", "4.2 of 5118", 400, request_text(target="sip:2001:db8::10")),
    ("address with brackets", "4.1 of 5118", PASS, request_text(target="sip:[2001:db8::10]:5070")),
    (
        "received without brackets",
        "4.5 of 5118",
        PASS,
        request_text(Via="SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3"),
    ),
    ("mapped address", "4.9 of 5118", PASS, request_text(target="sip:[::ffff:192.0.2.10]")),
    ("line feeds alone", "7 of 3261", DROP, PLAIN.replace("\r\n", "\n")),
    ("a line feed in a value", "7 of 3261", DROP, request_text(Subject="a\nVia: b")),
    ("a nul in a value", "25 of 3261", DROP, request_text(Subject="a\0b")),
    (
        "a name and no colon",
        "25 of 3261",
        DROP,
        changed(PLAIN, "Max-Forwards: 70", "Max-Forwards 70"),
    ),
    (
        "a colon on the next line",
        "25 of 3261",
        DROP,
        changed(PLAIN, "Max-Forwards:", "Max-Forwards\r\n :"),
    ),
    (
        "credentials of ten thousand octets",
        "20.7 of 3261",
        DROP,
        request_text(Authorization=f"Digest cnonce={LONG * 3}"),
    ),
    ("another protocol", "7 of 3261", DROP, "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"),
    ("no message", "7 of 3261", DROP, "jaxx\r\n\r\n"),
]
