/* Opens many connections, has one answer on each, and holds them until standard input ends; says
 * "ready" when all are open.
 * usage: hold ADDRESS COUNT TARGET [whole|head]     head: the answer is a stream, its head is
 * enough */
#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PER_SOURCE 5000 /* connections from one address, which has some 28,000 ports */
#define BATCH      100  /* are asked together, in case that answers take their time */
#define PATIENCE_S 60

static int fds[65536];

/* Reads an answer whose head comes in one piece, or in several. */
static void answer_read(int fd, bool whole)
{
    char text[8192];
    size_t len = 0;
    struct pollfd one = {.fd = fd, .events = POLLIN};
    for (;;) {
        errno = ETIMEDOUT;
        ssize_t n = poll(&one, 1, 20000) > 0 ? read(fd, text + len, sizeof(text) - 1 - len) : 0;
        if (n <= 0) {
            wire_fail("hold: an answer");
        }
        len += (size_t)n;
        text[len] = '\0';
        char *end = strstr(text, "\r\n\r\n");
        if (end == NULL) {
            continue;
        }
        if (strncmp(text + 9, "200", 3) != 0) {
            (void)fprintf(stderr, "hold: %.*s\n", (int)strcspn(text, "\r"), text);
            exit(1);
        }
        char *rest = end + 4;
        char first = *rest;
        *rest = '\0';
        struct intake in;
        intake_init(&in, text);
        *rest = first;
        (void)intake_eat(&in, rest, len - (size_t)(rest - text));
        if (!whole || intake_done(&in)) {
            return;
        }
    }
}

int main(int argc, char **argv)
{
    unsigned count = argc == 5 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    char request[1024];
    if (count == 0 || count > sizeof(fds) / sizeof(*fds)) {
        return 2;
    }
    int n = snprintf(request, sizeof(request),
                     "GET %s HTTP/1.1\r\nHost: docker\r\nUser-Agent: bench\r\n\r\n", argv[3]);
    wire_raise_limits();
    (void)alarm(PATIENCE_S);
    for (unsigned from = 0; from < count; from += BATCH) {
        unsigned to = from + BATCH < count ? from + BATCH : count;
        for (unsigned i = from; i < to; i++) {
            fds[i] = wire_connect(argv[1], i / PER_SOURCE + 1);
            if (fds[i] < 0 || write(fds[i], request, (size_t)n) != n) {
                wire_fail("hold: a connection");
            }
        }
        for (unsigned i = from; i < to; i++) {
            answer_read(fds[i], strcmp(argv[4], "whole") == 0);
        }
    }
    (void)alarm(0);
    puts("ready");
    (void)fflush(stdout);
    while (getchar() != EOF) {
    }
    return 0;
}
