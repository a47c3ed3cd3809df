#define _GNU_SOURCE
#include "wire.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 64, LONGEST = 4096, BUFFER = 4 << 20 };

static const uint32_t FIRST_PHONE = 127u << 24 | 16u << 16 | 1;
static int wire;

uint32_t phone_address(unsigned account) { return FIRST_PHONE + account; }

void print_address(uint32_t address, char out[ADDRESS_SPACE]) {
    snprintf(out, ADDRESS_SPACE, "%u.%u.%u.%u", address >> 24, address >> 16 & 255,
             address >> 8 & 255, address & 255);
}

uint64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void wire_open(uint16_t port) {
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
    int on = 1, buffer = BUFFER;
    wire = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (wire < 0 || setsockopt(wire, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) ||
        bind(wire, (struct sockaddr *)&any, sizeof any)) {
        perror("load: cannot open the socket");
        exit(2);
    }
    setsockopt(wire, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    setsockopt(wire, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
}

/* Room for one IP_PKTINFO control message, aligned as the kernel wants it. */
typedef union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
} control;

void wire_send(uint32_t phone, const struct sockaddr_in *peer, const char *bytes, size_t length) {
    control source = {.header = {.cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo)),
                                 .cmsg_level = IPPROTO_IP,
                                 .cmsg_type = IP_PKTINFO}};
    struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl(phone)};
    memcpy(CMSG_DATA(&source.header), &info, sizeof info);
    struct iovec piece = {(void *)bytes, length};
    struct msghdr message = {.msg_name = (void *)peer, .msg_namelen = sizeof *peer,
                             .msg_iov = &piece, .msg_iovlen = 1,
                             .msg_control = &source, .msg_controllen = sizeof source};
    sendmsg(wire, &message, 0);
}

static uint32_t local_address(struct msghdr *message) {
    struct in_pktinfo info = {0};
    struct cmsghdr *control = CMSG_FIRSTHDR(message);
    if (control && control->cmsg_type == IP_PKTINFO)
        memcpy(&info, CMSG_DATA(control), sizeof info);
    return ntohl(info.ipi_addr.s_addr);
}

void wire_receive(unsigned wait_us, void (*handle)(const arrival *)) {
    static char buffers[BATCH][LONGEST];
    static struct mmsghdr messages[BATCH];
    static struct iovec pieces[BATCH];
    static struct sockaddr_in peers[BATCH];
    static control controls[BATCH];
    struct pollfd readable = {wire, POLLIN, 0};
    struct timespec wait = {0, wait_us * 1000L};
    if (ppoll(&readable, 1, &wait, NULL) <= 0)
        return;
    for (int i = 0; i < BATCH; i++) {
        pieces[i] = (struct iovec){buffers[i], LONGEST};
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &peers[i], .msg_namelen = sizeof peers[i], .msg_iov = &pieces[i],
            .msg_iovlen = 1, .msg_control = &controls[i], .msg_controllen = sizeof controls[i]};
    }
    int count = recvmmsg(wire, messages, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++) {
        arrival came = {{buffers[i], messages[i].msg_len},
                        local_address(&messages[i].msg_hdr), peers[i]};
        if (came.phone >> 24 == 127) /* nothing but loopback is ever answered */
            handle(&came);
    }
}
