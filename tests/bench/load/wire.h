/* One UDP socket that plays every phone: account i has the loopback address 127.16.0.1 + i,
   so that a server sees as many sources and flows as there are phones. */
#ifndef WIRE_H
#define WIRE_H

#include "sip.h"

#include <netinet/in.h>
#include <stdint.h>

/* A datagram that came, and the two addresses it travelled between (host byte order). */
typedef struct {
    text bytes;
    uint32_t phone;
    struct sockaddr_in peer;
} arrival;

enum { ADDRESS_SPACE = 24 };

/* Opens the socket on `port`; ends the program where that fails. */
void wire_open(uint16_t port);

/* Sends from `phone`'s address to `peer`; what does not fit the buffers is lost, as on a wire. */
void wire_send(uint32_t phone, const struct sockaddr_in *peer, const char *bytes, size_t length);

/* Waits at most `wait_us`, then hands each datagram that is there to `handle`. */
void wire_receive(unsigned wait_us, void (*handle)(const arrival *));

uint32_t phone_address(unsigned account);
void print_address(uint32_t address, char out[ADDRESS_SPACE]);

/* Microseconds of a clock that never jumps. */
uint64_t now_us(void);

#endif
