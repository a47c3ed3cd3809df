#define _GNU_SOURCE
#include "operation.h"

#include "answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { T1_US = 500000, MOST_RESENT = 6, MOST_ROUTES = 16, HEADER_SPACE = 1024, STRIDE = 7919 };

static const char TEXT_BODY[] = "Good morning! The train is late, I will be there at ten past nine.";
static const char BRANCH[] = "z9hG4bK-load.";
static const char *const METHODS[] = {"REGISTER", "MESSAGE", "INVITE"};

typedef struct {
    char *bytes;
    size_t length, space;
} writer;

__attribute__((format(printf, 2, 3))) static void put(writer *to, const char *format, ...) {
    va_list values;
    va_start(values, format);
    int written = vsnprintf(to->bytes + to->length, to->space - to->length, format, values);
    va_end(values);
    to->length += (size_t)written;
    if (to->length >= to->space) /* cut: the server will refuse it and the failure is counted */
        to->length = to->space - 1;
}

static void put_start(writer *to, const operation *it, const load *of, const char *method,
                      const char *uri) {
    char address[ADDRESS_SPACE];
    print_address(phone_address(it->caller), address);
    put(to, "%s %s SIP/2.0\r\n", method, uri);
    put(to, "Via: SIP/2.0/UDP %s:%u;rport;branch=%s%x.%x.%x.%x\r\n", address, of->port, BRANCH,
        of->run, it->index, it->generation, it->step);
    put(to, "Max-Forwards: 70\r\n");
}

static void put_dialog(writer *to, const operation *it, const load *of, const char *method,
                       unsigned cseq) {
    const char *caller = of->accounts[it->caller].name, *callee = of->accounts[it->callee].name;
    bool registers = of->kind == REGISTERING;
    put(to, "From: <sip:%s@%s>;tag=%x-%x\r\n", caller, of->domain, of->run, it->generation);
    put(to, "To: <sip:%s@%s>%s%s\r\n", registers ? caller : callee, of->domain,
        *it->to_tag ? ";tag=" : "", it->to_tag);
    put(to, "Call-ID: %x-%x@load\r\n", of->run, registers ? it->caller : it->generation);
    put(to, "CSeq: %u %s\r\n", cseq, method);
}

static void put_contact(writer *to, const operation *it, const load *of) {
    const account *own = &of->accounts[it->caller];
    char address[ADDRESS_SPACE];
    print_address(phone_address(it->caller), address);
    put(to, "Contact: <sip:%s@%s:%u;transport=udp>;+sip.instance=\"<urn:uuid:%s>\"\r\n",
        own->name, address, of->port, own->instance);
    put(to, "Supported: replaces, outbound, gruu, path\r\n");
}

static void put_body(writer *to, const char *type, const char *body) {
    put(to, "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n%s", type, strlen(body), body);
}

static void transmit(operation *it, const load *of, const writer *from) {
    it->length = from->length;
    it->resent = 0;
    it->answered = false;
    it->sent_us = now_us();
    wire_send(phone_address(it->caller), &of->server, it->request, it->length);
}

static void request_uri(const operation *it, const load *of, char uri[URI_SPACE]) {
    if (of->kind == REGISTERING)
        snprintf(uri, URI_SPACE, "sip:%s", of->domain);
    else
        snprintf(uri, URI_SPACE, "sip:%s@%s", of->accounts[it->callee].name, of->domain);
}

/* Sends REGISTER, MESSAGE or INVITE, with `credentials` (a header line) or none. */
static void send_request(operation *it, const load *of, const char *credentials) {
    writer out = {it->request, 0, sizeof it->request};
    const char *method = METHODS[of->kind];
    char uri[URI_SPACE];
    request_uri(it, of, uri);
    it->step++;
    it->cseq = of->kind == REGISTERING ? ++of->accounts[it->caller].cseq : it->cseq + 1;
    put_start(&out, it, of, method, uri);
    put_dialog(&out, it, of, method, it->cseq);
    if (of->kind != MESSAGING)
        put_contact(&out, it, of);
    put(&out, "%sUser-Agent: sonnette-load\r\n%s", of->kind == REGISTERING ? "Expires: 3600\r\n" : "",
        credentials);
    if (of->kind == REGISTERING)
        put(&out, "Content-Length: 0\r\n\r\n");
    else if (of->kind == MESSAGING)
        put_body(&out, "text/plain", TEXT_BODY);
    else
        put_body(&out, "application/sdp", SESSION);
    transmit(it, of, &out);
}

/* ACK of a refused INVITE: same branch and target as the INVITE (RFC 3261 17.1.1.3). */
static void send_ack_of_refusal(operation *it, const load *of, text response) {
    char bytes[REQUEST_SPACE], uri[URI_SPACE];
    writer out = {bytes, 0, sizeof bytes};
    request_uri(it, of, uri);
    snprintf(it->to_tag, sizeof it->to_tag, "%.*s",
             TEXT(parameter(header(response, "To", 't'), "tag")));
    put_start(&out, it, of, "ACK", uri);
    put_dialog(&out, it, of, "ACK", it->cseq);
    put(&out, "Content-Length: 0\r\n\r\n");
    it->to_tag[0] = 0;
    wire_send(phone_address(it->caller), &of->server, bytes, out.length);
}

static void write_in_dialog(operation *it, const load *of, const char *method, unsigned cseq,
                            writer *out) {
    it->step++;
    put_start(out, it, of, method, it->target);
    put(out, "%s", it->route);
    put_dialog(out, it, of, method, cseq);
    put(out, "User-Agent: sonnette-load\r\nContent-Length: 0\r\n\r\n");
}

/* RFC 3261 12.1.2: the caller's view of a dialog, its routes in reverse order. */
static void learn_dialog(operation *it, text response) {
    text lines = response, list, routes[MOST_ROUTES];
    unsigned count = 0;
    while (next_header(&lines, "Record-Route", 0, &list))
        while (count < MOST_ROUTES && next_address(&list, &routes[count]))
            count++;
    writer route = {it->route, 0, sizeof it->route};
    it->route[0] = 0;
    while (count-- > 0)
        put(&route, "Route: %.*s\r\n", TEXT(routes[count]));
    snprintf(it->to_tag, sizeof it->to_tag, "%.*s",
             TEXT(parameter(header(response, "To", 't'), "tag")));
    snprintf(it->target, sizeof it->target, "%.*s", TEXT(in_angles(header(response, "Contact", 'm'))));
}

static void acknowledge_and_hang_up(operation *it, const load *of, text response) {
    char bytes[REQUEST_SPACE];
    writer ack = {bytes, 0, sizeof bytes}, bye = {it->request, 0, sizeof it->request};
    learn_dialog(it, response);
    write_in_dialog(it, of, "ACK", it->cseq, &ack);
    wire_send(phone_address(it->caller), &of->server, bytes, ack.length);
    it->in_dialog = true;
    write_in_dialog(it, of, "BYE", ++it->cseq, &bye);
    transmit(it, of, &bye);
}

/* RFC 7616 3.4, MD5, with qop=auth where it is offered; false where MD5 is not on offer. */
static bool write_credentials(const operation *it, const load *of, unsigned status, text challenge,
                              writer *out) {
    const account *own = &of->accounts[it->caller];
    text realm = parameter(challenge, "realm"), nonce = parameter(challenge, "nonce");
    text algorithm = parameter(challenge, "algorithm"), opaque = parameter(challenge, "opaque");
    bool counted = contains(parameter(challenge, "qop"), "auth");
    char uri[URI_SPACE], clear[HEADER_SPACE], ha1[MD5_HEX + 1], ha2[MD5_HEX + 1], proof[MD5_HEX + 1];
    if (algorithm.length && (algorithm.length != 3 || strncasecmp(algorithm.at, "MD5", 3)))
        return false;
    request_uri(it, of, uri);
    snprintf(clear, sizeof clear, "%s:%.*s:%s", own->name, TEXT(realm), own->password);
    md5_hex(clear, strlen(clear), ha1);
    snprintf(clear, sizeof clear, "%s:%s", METHODS[of->kind], uri);
    md5_hex(clear, strlen(clear), ha2);
    char count[64] = "";
    if (counted)
        snprintf(count, sizeof count, "00000001:%08x:auth:", it->generation);
    snprintf(clear, sizeof clear, "%s:%.*s:%s%s", ha1, TEXT(nonce), count, ha2);
    md5_hex(clear, strlen(clear), proof);
    put(out, "%s: Digest username=\"%s\", realm=\"%.*s\", nonce=\"%.*s\", uri=\"%s\", "
             "response=\"%s\", algorithm=MD5",
        status == 401 ? "Authorization" : "Proxy-Authorization", own->name, TEXT(realm),
        TEXT(nonce), uri, proof);
    if (counted)
        put(out, ", qop=auth, nc=00000001, cnonce=\"%08x\"", it->generation);
    if (opaque.length)
        put(out, ", opaque=\"%.*s\"", TEXT(opaque));
    put(out, "\r\n");
    return true;
}

static outcome answer_challenge(operation *it, const load *of, unsigned status, text response) {
    char bytes[HEADER_SPACE];
    writer credentials = {bytes, 0, sizeof bytes};
    text challenge;
    if (it->authenticated)
        return FAILED;
    it->authenticated = true;
    while (next_header(&response, status == 401 ? "WWW-Authenticate" : "Proxy-Authenticate", 0,
                       &challenge))
        if (write_credentials(it, of, status, challenge, &credentials)) {
            send_request(it, of, bytes);
            return WAITS;
        }
    return FAILED;
}

void operation_start(operation *it, const load *of, unsigned generation, unsigned ordinal) {
    unsigned index = it->index, count = of->account_count;
    uint64_t place = (uint64_t)ordinal * (count % STRIDE ? STRIDE : 1);
    *it = (operation){.running = true, .index = index, .generation = generation};
    it->caller = (unsigned)(place % count);
    it->callee = (it->caller + count / 2) % count;
    it->started_us = now_us();
    send_request(it, of, "");
}

outcome operation_hear(operation *it, const load *of, unsigned status, text response) {
    if (status < 200) {
        it->answered = true;
        return WAITS;
    }
    if (of->kind == CALLING && status >= 300 && !it->in_dialog)
        send_ack_of_refusal(it, of, response);
    if (status == 401 || status == 407)
        return answer_challenge(it, of, status, response);
    if (status != 200)
        return FAILED;
    if (of->kind != CALLING || it->in_dialog)
        return SUCCEEDED;
    acknowledge_and_hang_up(it, of, response);
    return SET_UP;
}

bool operation_retransmit(operation *it, const load *of, uint64_t now) {
    bool due = now - it->sent_us > (uint64_t)T1_US << it->resent;
    if (it->answered || !due || it->resent >= MOST_RESENT)
        return false;
    it->resent++;
    it->sent_us = now;
    wire_send(phone_address(it->caller), &of->server, it->request, it->length);
    return true;
}

bool branch_of(text response, const load *of, unsigned *index, unsigned *generation,
               unsigned *step) {
    char branch[64];
    unsigned run;
    snprintf(branch, sizeof branch, "%.*s",
             TEXT(parameter(header(response, "Via", 'v'), "branch")));
    return !strncmp(branch, BRANCH, sizeof BRANCH - 1) &&
           sscanf(branch + sizeof BRANCH - 1, "%x.%x.%x.%x", &run, index, generation, step) == 4 &&
           run == of->run;
}
