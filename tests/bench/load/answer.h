/* The called phone: answers every request that reaches a registered contact. */
#ifndef ANSWER_H
#define ANSWER_H

#include "wire.h"

/* INVITE: 180 then 200 with a session; ACK: nothing; all else: 200.  Stateless: a request
   that comes again is answered again. */
void answer_request(const arrival *request, uint16_t port);

/* The session description that both sides offer. */
extern const char SESSION[];

#endif
