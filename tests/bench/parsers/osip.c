/* libosip2: every header as a structure. */
#include "measure.h"

#include <osipparser2/osip_parser.h>

static void parse_one(const char *bytes, size_t length) {
    osip_message_t *message;
    if (osip_message_init(&message) || osip_message_parse(message, bytes, length))
        refuse();
    osip_message_free(message);
}

int main(int count, char **words) {
    parser_init();
    return measure(parse_one, count > 1 ? atof(words[1]) : 1);
}
