/* A load generator: N kept-alive connections in a closed loop (each sends its next request when the
 * answer is complete) for some seconds, or one download. Prints one line for a script:
 * requests, answers that were not 200, seconds, bytes, latency at 50, 99 and 99.9 % in
 * microseconds. usage: load PORT CONNECTIONS SECONDS TARGET     (SECONDS 0: one request on each
 * connection) */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 1024
#define BUCKETS         100000 /* of 1 microsecond; the last holds everything slower */

struct connection {
    int fd;
    bool in_body;
    uint64_t left;
    uint64_t started;
    size_t len;
    char head[8192];
};

static struct connection connections[MAX_CONNECTIONS];
static uint64_t latency[BUCKETS];
static uint64_t nrequests;
static uint64_t nbad;
static uint64_t nbytes;
static char request[1024];
static size_t request_len;
static char body[256 * 1024];

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void connection_ask(struct connection *c)
{
    c->started = now_us();
    c->len = 0;
    c->in_body = false;
    if (write(c->fd, request, request_len) != (ssize_t)request_len) {
        fail("write");
    }
}

/* Reads the head's status and length, which every proxy passes on. False: more is needed. */
static bool connection_head(struct connection *c)
{
    c->head[c->len] = '\0';
    char *end = strstr(c->head, "\r\n\r\n");
    if (end == NULL) {
        return false;
    }
    const char *length = strcasestr(c->head, "\r\ncontent-length:");
    if (length == NULL || length > end) {
        fputs("an answer without a length\n", stderr);
        exit(1);
    }
    if (memcmp(c->head + 9, "200", 3) != 0) {
        nbad++;
    }
    uint64_t have = c->len - (size_t)(end + 4 - c->head);
    c->left = strtoull(length + 17, NULL, 10) - have;
    nbytes += have;
    c->in_body = true;
    return true;
}

/* Reads once. True when the answer is complete. */
static bool connection_read(struct connection *c)
{
    if (c->in_body) {
        size_t want = c->left < sizeof(body) ? (size_t)c->left : sizeof(body);
        ssize_t n = read(c->fd, body, want);
        if (n <= 0) {
            fail("read");
        }
        c->left -= (uint64_t)n;
        nbytes += (uint64_t)n;
    } else {
        ssize_t n = read(c->fd, c->head + c->len, sizeof(c->head) - 1 - c->len);
        if (n <= 0) {
            fail("read");
        }
        c->len += (size_t)n;
        if (!connection_head(c)) {
            return false;
        }
    }
    return c->left == 0;
}

static void connection_open(struct connection *c, uint16_t port, int epoll)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(c->fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event) != 0) {
        fail("connect");
    }
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static uint64_t percentile(double share)
{
    uint64_t seen = 0;
    for (uint64_t i = 0; i < BUCKETS; i++) {
        seen += latency[i];
        if ((double)seen >= share * (double)nrequests) {
            return i;
        }
    }
    return BUCKETS;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        return 2;
    }
    unsigned n = (unsigned)strtoul(argv[2], NULL, 10);
    uint64_t duration = strtoull(argv[3], NULL, 10) * 1000000;
    int wrote = snprintf(request, sizeof(request),
                         "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Docker-Client/20.10.24 "
                         "(linux)\r\nAccept: application/json\r\n\r\n",
                         argv[4]);
    request_len = (size_t)wrote;
    if (n == 0 || n > MAX_CONNECTIONS || request_len >= sizeof(request)) {
        return 2;
    }
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (unsigned i = 0; i < n; i++) {
        connection_open(&connections[i], (uint16_t)strtoul(argv[1], NULL, 10), epoll);
    }
    uint64_t start = now_us();
    for (unsigned i = 0; i < n; i++) {
        connection_ask(&connections[i]);
    }
    unsigned open = n;
    while (open > 0) {
        struct epoll_event events[256];
        int nready = epoll_wait(epoll, events, 256, 10000);
        if (nready <= 0) {
            fail("silent for 10 s");
        }
        for (int i = 0; i < nready; i++) {
            struct connection *c = events[i].data.ptr;
            if (!connection_read(c)) {
                continue;
            }
            uint64_t now = now_us();
            uint64_t took = now - c->started;
            latency[took < BUCKETS ? took : BUCKETS - 1]++;
            nrequests++;
            if (now - start < duration) {
                connection_ask(c);
            } else {
                close(c->fd);
                open--;
            }
        }
    }
    printf("%llu %llu %.6f %llu %llu %llu %llu\n", (unsigned long long)nrequests,
           (unsigned long long)nbad, (double)(now_us() - start) / 1e6, (unsigned long long)nbytes,
           (unsigned long long)percentile(0.5), (unsigned long long)percentile(0.99),
           (unsigned long long)percentile(0.999));
    return 0;
}
