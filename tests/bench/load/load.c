/* A UDP SIP load generator on loopback: callers and called phones in one process.

   register: REGISTER, 401, REGISTER with digest, 200
   message:  MESSAGE to a registered phone, which answers 200
   call:     INVITE, 180, 200, ACK, BYE, 200, along the recorded route

   Closed loop keeps --outstanding operations running; with --rate a second, operations start
   by the clock (at most --outstanding at once; those that found no room are "skipped").
   401 and 407 are answered.  One JSON object goes to stdout. */
#include "answer.h"
#include "operation.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { GIVE_UP_US = 8000000, SCAN_EVERY_US = 50000, STARTS_A_TURN = 64, CLOSED_WAIT_US = 5000,
       OPEN_WAIT_US = 200, MOST_SAMPLES = 2000000, MOST_SECONDS = 300, MOST_STATUS = 700 };

static load of = {.domain = "bench.example", .port = 20000};
static operation *operations;
static unsigned *idle, idle_count, outstanding = 16;
static double rate, seconds = 4;
static long limit;

static long started, done, failed, skipped, retransmissions;
static unsigned generation;
static long refusals[MOST_STATUS];
static float *latencies_ms;
static long latency_count;

static void finish(operation *it, bool succeeded) {
    *(succeeded ? &done : &failed) += 1;
    it->running = false;
    idle[idle_count++] = it->index;
}

static void sample_latency(const operation *it) {
    if (latency_count < MOST_SAMPLES)
        latencies_ms[latency_count++] = (float)(now_us() - it->started_us) / 1000;
}

static void hear_response(const arrival *came) {
    unsigned index, of_generation, step;
    unsigned status = (unsigned)atoi(came->bytes.at + strlen("SIP/2.0 "));
    if (!branch_of(came->bytes, &of, &index, &of_generation, &step) || index >= outstanding)
        return;
    operation *it = &operations[index];
    if (!it->running || it->generation != of_generation || it->step != step)
        return; /* an answer that was retransmitted */
    outcome result = operation_hear(it, &of, status, came->bytes);
    if (result == FAILED)
        refusals[status < MOST_STATUS ? status : 0]++;
    if (result == SET_UP || (result == SUCCEEDED && of.kind != CALLING))
        sample_latency(it);
    if (result == SUCCEEDED || result == FAILED)
        finish(it, result == SUCCEEDED);
}

static void hear(const arrival *came) {
    if (came->bytes.length < 16)
        return;
    if (!strncmp(came->bytes.at, "SIP/2.0 ", 8))
        hear_response(came);
    else
        answer_request(came, of.port);
}

static bool may_start(void) { return !limit || started < limit; }

static void start_one(void) {
    operation_start(&operations[idle[--idle_count]], &of, ++generation, (unsigned)started++);
}

static void start_due(uint64_t since_us) {
    if (rate <= 0) {
        for (int i = 0; i < STARTS_A_TURN && idle_count && may_start(); i++)
            start_one();
        return;
    }
    for (long due = (long)(since_us * rate / 1e6) - started - skipped; due > 0 && may_start(); due--)
        if (idle_count)
            start_one();
        else
            skipped++;
}

static void look_after(uint64_t now) {
    for (unsigned i = 0; i < outstanding; i++) {
        operation *it = &operations[i];
        if (it->running && now - it->started_us > GIVE_UP_US)
            finish(it, false);
        else if (it->running && operation_retransmit(it, &of, now))
            retransmissions++;
    }
}

/* Runs the load, waits for what is still on its way; the seconds in which it was offered. */
static double run(void) {
    uint64_t begin = now_us(), stop = begin + (uint64_t)(seconds * 1e6), looked = begin, end = 0;
    for (;;) {
        uint64_t now = now_us();
        bool offering = now < stop && may_start();
        if (!offering && !end)
            end = now;
        if (offering)
            start_due(now - begin);
        else if (idle_count == outstanding)
            break;
        wire_receive(rate > 0 ? OPEN_WAIT_US : CLOSED_WAIT_US, hear);
        now = now_us();
        if (now - looked > SCAN_EVERY_US)
            look_after(looked = now);
    }
    return (double)((limit ? now_us() : end) - begin) / 1e6;
}

static void read_accounts(const char *path) {
    FILE *file = fopen(path, "r");
    char line[256];
    unsigned space = 0;
    account one = {.cseq = 0};
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%31[^;];%39[^;];%47[^;\n]", one.name, one.password, one.instance) != 3)
            continue;
        if (of.account_count == space)
            of.accounts = realloc(of.accounts, (space = space ? 2 * space : 1024) * sizeof one);
        of.accounts[of.account_count++] = one;
    }
    if (!of.account_count) {
        fprintf(stderr, "load: no accounts (name;password;instance a line) in %s\n", path);
        exit(2);
    }
    fclose(file);
}

static void read_target(const char *target) {
    char address[64];
    unsigned port;
    of.server.sin_family = AF_INET;
    if (sscanf(target, "%63[^:]:%u", address, &port) != 2 || strncmp(address, "127.", 4) ||
        inet_pton(AF_INET, address, &of.server.sin_addr) != 1) {
        fprintf(stderr, "load: the target is 127.x.y.z:port, not %s\n", target);
        exit(2);
    }
    of.server.sin_port = htons((uint16_t)port);
}

static void read_mode(const char *mode) {
    static const char *const names[] = {"register", "message", "call"};
    for (of.kind = REGISTERING; of.kind <= CALLING; of.kind++)
        if (!strcmp(mode, names[of.kind]))
            return;
    fprintf(stderr, "load: the mode is register, message or call, not %s\n", mode);
    exit(2);
}

static void read_options(int count, char **words) {
    static const struct option known[] = {
        {"mode", 1, 0, 'm'}, {"target", 1, 0, 't'}, {"domain", 1, 0, 'd'},
        {"accounts", 1, 0, 'a'}, {"port", 1, 0, 'p'}, {"outstanding", 1, 0, 'w'},
        {"rate", 1, 0, 'r'}, {"operations", 1, 0, 'n'}, {"seconds", 1, 0, 's'}, {0}};
    for (int option; (option = getopt_long(count, words, "", known, NULL)) != -1;)
        switch (option) {
        case 'm': read_mode(optarg); break;
        case 't': read_target(optarg); break;
        case 'd': of.domain = optarg; break;
        case 'a': read_accounts(optarg); break;
        case 'p': of.port = (uint16_t)atoi(optarg); break;
        case 'w': outstanding = (unsigned)atoi(optarg); break;
        case 'r': rate = atof(optarg); break;
        case 'n': limit = atol(optarg); break;
        case 's': seconds = atof(optarg); break;
        default: exit(2);
        }
    if (!of.account_count || !of.server.sin_port || !outstanding || seconds > MOST_SECONDS) {
        fprintf(stderr, "load: needs --target, --accounts, --outstanding > 0, --seconds <= %d\n",
                MOST_SECONDS);
        exit(2);
    }
}

static int by_size(const void *left, const void *right) {
    float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

static double percentile(double share) {
    return latency_count ? latencies_ms[(long)(share * (double)(latency_count - 1))] : 0;
}

static void report(double took) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                 (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    qsort(latencies_ms, (size_t)latency_count, sizeof *latencies_ms, by_size);
    printf("{\"started\": %ld, \"done\": %ld, \"failed\": %ld, \"skipped\": %ld, "
           "\"retransmissions\": %ld, \"seconds\": %.3f, \"rate\": %.1f, "
           "\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"generator_cpu_s\": %.3f, \"refusals\": {",
           started, done, failed, skipped, retransmissions, took, (double)done / took,
           percentile(.50), percentile(.99), cpu);
    const char *comma = "";
    for (int status = 0; status < MOST_STATUS; status++)
        if (refusals[status]) {
            printf("%s\"%d\": %ld", comma, status, refusals[status]);
            comma = ", ";
        }
    puts("}}");
}

int main(int count, char **words) {
    read_options(count, words);
    of.run = (uint32_t)now_us() ^ (uint32_t)getpid() << 16;
    operations = calloc(outstanding, sizeof *operations);
    idle = calloc(outstanding, sizeof *idle);
    latencies_ms = calloc(MOST_SAMPLES, sizeof *latencies_ms);
    if (!operations || !idle || !latencies_ms)
        return 2;
    for (unsigned i = outstanding; i-- > 0;)
        operations[idle[idle_count++] = i].index = i;
    wire_open(of.port);
    report(run());
    return 0;
}
