#include "answer.h"

#include <stdio.h>
#include <string.h>

enum { SPACE = 8192 };

const char SESSION[] = "v=0\r\no=- 7001 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                       "m=audio 7078 RTP/AVP 96 0 8 101\r\na=rtpmap:96 opus/48000/2\r\n"
                       "a=fmtp:96 useinbandfec=1\r\na=rtpmap:101 telephone-event/8000\r\n";

typedef struct {
    char bytes[SPACE];
    size_t length;
} reply;

static void add(reply *to, const char *name, text value, const char *suffix) {
    size_t room = SPACE - to->length;
    int written = snprintf(to->bytes + to->length, room, "%s: %.*s%s\r\n", name, TEXT(value), suffix);
    to->length += written > 0 && (size_t)written < room ? (size_t)written : 0;
}

static void add_all(reply *to, text request, const char *name, char compact) {
    text value;
    while (next_header(&request, name, compact, &value))
        add(to, name, value, "");
}

/* RFC 3261 8.2.6.2: what an answer repeats of its request. */
static void repeat(reply *to, text request, bool opens_dialog) {
    text callee = header(request, "To", 't');
    add_all(to, request, "Via", 'v');
    if (opens_dialog)
        add_all(to, request, "Record-Route", 0);
    add_all(to, request, "From", 'f');
    add(to, "To", callee, contains(callee, ";tag=") ? "" : ";tag=called");
    add_all(to, request, "Call-ID", 'i');
    add_all(to, request, "CSeq", 0);
}

static void send_reply(const arrival *request, uint16_t port, const char *status, const char *body) {
    bool invite = !strncmp(request->bytes.at, "INVITE", 6);
    reply out = {.length = 0};
    out.length = (size_t)snprintf(out.bytes, SPACE, "SIP/2.0 %s\r\n", status);
    repeat(&out, request->bytes, invite);
    char address[ADDRESS_SPACE];
    print_address(request->phone, address);
    if (invite)
        out.length += (size_t)snprintf(out.bytes + out.length, SPACE - out.length,
                                       "Contact: <sip:called@%s:%u>\r\n%s", address, port,
                                       *body ? "Content-Type: application/sdp\r\n" : "");
    out.length += (size_t)snprintf(out.bytes + out.length, SPACE - out.length,
                                   "Content-Length: %zu\r\n\r\n%s", strlen(body), body);
    wire_send(request->phone, &request->peer, out.bytes, out.length);
}

void answer_request(const arrival *request, uint16_t port) {
    if (!strncmp(request->bytes.at, "ACK", 3))
        return;
    if (!strncmp(request->bytes.at, "INVITE", 6)) {
        send_reply(request, port, "180 Ringing", "");
        send_reply(request, port, "200 OK", SESSION);
    } else {
        send_reply(request, port, "200 OK", "");
    }
}
