/* MD5 by RFC 1321 3: a padded copy of the message goes through 64 steps a block. */
#include "md5.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 64, LONGEST = 2048 };

static const unsigned char ROTATIONS[4][4] = {
    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

static uint32_t sines[64]; /* RFC 1321 3.4: the whole part of 2^32 * |sin(i)| */

static uint32_t rotate(uint32_t word, unsigned by) { return word << by | word >> (32 - by); }

static uint32_t mix(unsigned round, uint32_t b, uint32_t c, uint32_t d) {
    switch (round) {
    case 0: return (b & c) | (~b & d);
    case 1: return (b & d) | (c & ~d);
    case 2: return b ^ c ^ d;
    default: return c ^ (b | ~d);
    }
}

static unsigned word_index(unsigned round, unsigned step) {
    static const unsigned char scale[4] = {1, 5, 3, 7}, offset[4] = {0, 1, 5, 0};
    return (scale[round] * step + offset[round]) % 16;
}

static void absorb(uint32_t state[4], const unsigned char *block) {
    uint32_t words[16], a = state[0], b = state[1], c = state[2], d = state[3];
    for (unsigned i = 0; i < 16; i++, block += 4)
        words[i] = block[0] | block[1] << 8 | block[2] << 16 | (uint32_t)block[3] << 24;
    for (unsigned i = 0; i < 64; i++) {
        unsigned round = i / 16;
        uint32_t sum = a + mix(round, b, c, d) + words[word_index(round, i)] + sines[i];
        a = d, d = c, c = b;
        b += rotate(sum, ROTATIONS[round][i % 4]);
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
}

void md5_hex(const char *bytes, size_t length, char hex[MD5_HEX + 1]) {
    uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    unsigned char padded[LONGEST + 2 * BLOCK] = {0};
    if (!sines[0])
        for (unsigned i = 0; i < 64; i++)
            sines[i] = (uint32_t)(4294967296.0 * fabs(sin(i + 1.0)));
    if (length > LONGEST)
        length = LONGEST;
    memcpy(padded, bytes, length);
    padded[length] = 0x80;
    size_t blocks = (length + 8) / BLOCK + 1;
    for (unsigned i = 0; i < 8; i++)
        padded[blocks * BLOCK - 8 + i] = (uint64_t)length * 8 >> (8 * i);
    for (size_t i = 0; i < blocks; i++)
        absorb(state, padded + i * BLOCK);
    for (unsigned i = 0; i < 16; i++)
        sprintf(hex + 2 * i, "%02x", state[i / 4] >> (8 * (i % 4)) & 255);
}
