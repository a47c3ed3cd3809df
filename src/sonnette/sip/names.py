"""Table of data: the header fields we know, their ids, canonical names and compact forms.

An id is a small integer, interned once, so that the code compares integers and never
names.  Id 0 stands for every header we do not know: it survives by its own line.
Sources: RFC 3261 §20 and the IANA registry of SIP header fields.
"""

OTHER = 0
VIA = 1
FROM = 2
TO = 3
CALL_ID = 4
CSEQ = 5
CONTACT = 6
MAX_FORWARDS = 7
ROUTE = 8
RECORD_ROUTE = 9
CONTENT_LENGTH = 10
CONTENT_TYPE = 11
CONTENT_ENCODING = 12
EXPIRES = 13
AUTHORIZATION = 14
PROXY_AUTHORIZATION = 15
WWW_AUTHENTICATE = 16
PROXY_AUTHENTICATE = 17
SUPPORTED = 18
REQUIRE = 19
PROXY_REQUIRE = 20
UNSUPPORTED = 21
ALLOW = 22
ACCEPT = 23
USER_AGENT = 24
SERVER = 25
EVENT = 26
SUBSCRIPTION_STATE = 27
PATH = 28
SERVICE_ROUTE = 29
P_PREFERRED_IDENTITY = 30
P_ASSERTED_IDENTITY = 31
REASON = 32
REPLACES = 33
REFER_TO = 34
REFERRED_BY = 35
MIN_EXPIRES = 36
RETRY_AFTER = 37
WARNING = 38
PRIORITY = 39
DATE = 40
SUBJECT = 41
MAX_BREADTH = 42
CONTENT_DISPOSITION = 43
SIP_ETAG = 44
SIP_IF_MATCH = 45
RACK = 46
RSEQ = 47
SESSION_EXPIRES = 48
MIN_SE = 49
AUTHENTICATION_INFO = 50
TIMESTAMP = 51
ACCEPT_ENCODING = 52
ALLOW_EVENTS = 53
FLOW_TIMER = 54
ERROR_INFO = 55
PRIVACY = 56
DIVERSION = 57
JOIN = 58
ACCEPT_CONTACT = 59

CANONICAL: dict[int, str] = {
    VIA: "Via",
    FROM: "From",
    TO: "To",
    CALL_ID: "Call-ID",
    CSEQ: "CSeq",
    CONTACT: "Contact",
    MAX_FORWARDS: "Max-Forwards",
    ROUTE: "Route",
    RECORD_ROUTE: "Record-Route",
    CONTENT_LENGTH: "Content-Length",
    CONTENT_TYPE: "Content-Type",
    CONTENT_ENCODING: "Content-Encoding",
    EXPIRES: "Expires",
    AUTHORIZATION: "Authorization",
    PROXY_AUTHORIZATION: "Proxy-Authorization",
    WWW_AUTHENTICATE: "WWW-Authenticate",
    PROXY_AUTHENTICATE: "Proxy-Authenticate",
    SUPPORTED: "Supported",
    REQUIRE: "Require",
    PROXY_REQUIRE: "Proxy-Require",
    UNSUPPORTED: "Unsupported",
    ALLOW: "Allow",
    ACCEPT: "Accept",
    USER_AGENT: "User-Agent",
    SERVER: "Server",
    EVENT: "Event",
    SUBSCRIPTION_STATE: "Subscription-State",
    PATH: "Path",
    SERVICE_ROUTE: "Service-Route",
    P_PREFERRED_IDENTITY: "P-Preferred-Identity",
    P_ASSERTED_IDENTITY: "P-Asserted-Identity",
    REASON: "Reason",
    REPLACES: "Replaces",
    REFER_TO: "Refer-To",
    REFERRED_BY: "Referred-By",
    MIN_EXPIRES: "Min-Expires",
    RETRY_AFTER: "Retry-After",
    WARNING: "Warning",
    PRIORITY: "Priority",
    DATE: "Date",
    SUBJECT: "Subject",
    MAX_BREADTH: "Max-Breadth",
    CONTENT_DISPOSITION: "Content-Disposition",
    SIP_ETAG: "SIP-ETag",
    SIP_IF_MATCH: "SIP-If-Match",
    RACK: "RAck",
    RSEQ: "RSeq",
    SESSION_EXPIRES: "Session-Expires",
    MIN_SE: "Min-SE",
    AUTHENTICATION_INFO: "Authentication-Info",
    TIMESTAMP: "Timestamp",
    ACCEPT_ENCODING: "Accept-Encoding",
    ALLOW_EVENTS: "Allow-Events",
    FLOW_TIMER: "Flow-Timer",
    ERROR_INFO: "Error-Info",
    PRIVACY: "Privacy",
    DIVERSION: "Diversion",
    JOIN: "Join",
    ACCEPT_CONTACT: "Accept-Contact",
}

# RFC 3261 §7.3.3 and the RFCs that registered a compact form later.
COMPACT: dict[str, int] = {
    "v": VIA,
    "f": FROM,
    "t": TO,
    "i": CALL_ID,
    "m": CONTACT,
    "l": CONTENT_LENGTH,
    "c": CONTENT_TYPE,
    "e": CONTENT_ENCODING,
    "k": SUPPORTED,
    "o": EVENT,
    "u": ALLOW_EVENTS,
    "s": SUBJECT,
    "r": REFER_TO,
    "b": REFERRED_BY,
    "x": SESSION_EXPIRES,
    "a": ACCEPT_CONTACT,
}


def _ids() -> dict[bytes, int]:
    """Every spelling that costs no case folding: canonical, lower-case and compact."""
    ids = {name.encode(): number for number, name in CANONICAL.items()}
    ids |= {name.lower().encode(): number for number, name in CANONICAL.items()}
    ids |= {name.encode(): number for name, number in COMPACT.items()}
    return ids | {name.upper().encode(): number for name, number in COMPACT.items()}


IDS: dict[bytes, int] = _ids()
"""Id of a header name as it came; a name of odd case is looked up again in lower case."""

PREFIXES: dict[int, bytes] = {number: name.encode() + b": " for number, name in CANONICAL.items()}
"""What a line of ours begins with."""
