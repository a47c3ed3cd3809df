/* sofia-sip: every header as a structure. */
#include "measure.h"

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_parser.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_protos.h>

static void parse_one(const char *bytes, size_t length) {
    msg_t *message = msg_make(sip_default_mclass(), 0, bytes, (ssize_t)length);
    sip_t *sip = message ? sip_object(message) : NULL;
    if (!sip || !sip->sip_request || !sip->sip_authorization || sip->sip_error)
        refuse();
    msg_destroy(message);
}

int main(int count, char **words) { return measure(parse_one, count > 1 ? atof(words[1]) : 1); }
