/* MD5 (RFC 1321), which digest authentication needs; nothing else should use it. */
#ifndef MD5_H
#define MD5_H

#include <stddef.h>

enum { MD5_HEX = 32 };

/* Writes the digest of `length` bytes as 32 lower-case hex digits and a terminator. */
void md5_hex(const char *bytes, size_t length, char hex[MD5_HEX + 1]);

#endif
