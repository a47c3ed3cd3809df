/* Parses the message on standard input for about a second of CPU time and prints how many
   messages a CPU second that makes.  parse_one() ends the program where it cannot parse. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LONGEST = 65536, BETWEEN_LOOKS = 500 };

static double cpu_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int measure(void (*parse_one)(const char *message, size_t length), double seconds) {
    static char message[LONGEST + 1];
    size_t length = fread(message, 1, LONGEST, stdin);
    long count = 0;
    double start = cpu_s(), spent;
    do
        for (int i = 0; i < BETWEEN_LOOKS; i++, count++)
            parse_one(message, length);
    while ((spent = cpu_s() - start) < seconds);
    printf("%.0f\n", (double)count / spent);
    return 0;
}

static void refuse(void) {
    fputs("the message was not parsed\n", stderr);
    exit(1);
}

#endif
