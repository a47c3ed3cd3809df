/* One operation of a calling phone, from its first request to its last answer. */
#ifndef OPERATION_H
#define OPERATION_H

#include "md5.h"
#include "wire.h"

typedef enum { REGISTERING, MESSAGING, CALLING } kind;

typedef struct {
    char name[32], password[40], instance[48];
    unsigned cseq; /* of its registrations: one Call-ID, growing numbers (RFC 3261 10.2.4) */
} account;

/* What every operation of a run shares. */
typedef struct {
    kind kind;
    const char *domain;
    struct sockaddr_in server;
    uint16_t port;       /* of every phone */
    uint32_t run;        /* tells this run's Call-IDs and branches from an earlier run's */
    account *accounts;
    unsigned account_count;
} load;

enum { REQUEST_SPACE = 4096, ROUTE_SPACE = 1024, URI_SPACE = 256, TAG_SPACE = 128 };

typedef struct {
    bool running, answered, authenticated, in_dialog;
    unsigned index, generation, step, cseq, resent;
    unsigned caller, callee;
    uint64_t started_us, sent_us;
    size_t length;
    char request[REQUEST_SPACE];
    char to_tag[TAG_SPACE], route[ROUTE_SPACE], target[URI_SPACE];
} operation;

typedef enum { WAITS, SET_UP, SUCCEEDED, FAILED } outcome;

/* Sends the first request. */
void operation_start(operation *it, const load *of, unsigned generation, unsigned ordinal);

/* Takes a response; SET_UP means that the call stands and the BYE is on its way. */
outcome operation_hear(operation *it, const load *of, unsigned status, text response);

/* Sends the request again if RFC 3261's timer A or E is due; whether it did. */
bool operation_retransmit(operation *it, const load *of, uint64_t now);

/* Whether a response's topmost branch is of this run; says of which operation. */
bool branch_of(text response, const load *of, unsigned *index, unsigned *generation,
               unsigned *step);

#endif
