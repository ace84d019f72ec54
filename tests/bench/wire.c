/* What the programs of the benchmark share; see wire.h. */
#include "wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CHUNK      32768
#define CHUNK_HEAD "8000\r\n"
#define NCHUNKS    (WIRE_BLOCK / CHUNK)
#define FRAMING    (sizeof(CHUNK_HEAD) - 1 + 2)

void wire_fail(const char *what)
{
    perror(what);
    exit(1);
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

uint64_t wire_now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

uint64_t wire_cpu_ns(void)
{
    return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

void wire_raise_limits(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_un un;
    } at;
    socklen_t len;
};

static struct address address_parse(const char *text)
{
    struct address a = {.len = 0};
    if (strncmp(text, "tcp:", 4) == 0) {
        a.at.in.sin_family = AF_INET;
        a.at.in.sin_port = htons((uint16_t)strtoul(text + 4, NULL, 10));
        a.at.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        a.len = sizeof(a.at.in);
    } else if (strncmp(text, "unix:", 5) == 0 && strlen(text + 5) < sizeof(a.at.un.sun_path)) {
        a.at.un.sun_family = AF_UNIX;
        strcpy(a.at.un.sun_path, text + 5);
        a.len = sizeof(a.at.un);
    } else {
        errno = EINVAL;
        wire_fail(text);
    }
    return a;
}

int wire_listen(const char *text)
{
    struct address a = address_parse(text);
    int one = 1;
    int fd = socket(a.at.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (a.at.any.sa_family == AF_UNIX) {
        (void)unlink(a.at.un.sun_path);
    } else {
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    }
    if (bind(fd, &a.at.any, a.len) != 0 ||
        (a.at.any.sa_family == AF_UNIX && chmod(a.at.un.sun_path, 0666) != 0) ||
        listen(fd, 4096) != 0) {
        wire_fail(text);
    }
    return fd;
}

/* Small pieces leave at once, and the socket does not block. */
static void socket_prepare(int fd, sa_family_t family)
{
    int one = 1;
    if (family == AF_INET) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    }
}

int wire_connect(const char *text, unsigned source)
{
    struct address a = address_parse(text);
    int one = 1;
    int fd = socket(a.at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    if (source > 0 && a.at.any.sa_family == AF_INET) {
        struct sockaddr_in from = {.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK + source)};
        (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
        if (bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0) {
            close(fd);
            return -1;
        }
    }
    int nonblock = 1;
    if (connect(fd, &a.at.any, a.len) != 0 || ioctl(fd, FIONBIO, &nonblock) != 0) {
        close(fd);
        return -1;
    }
    socket_prepare(fd, a.at.any.sa_family);
    return fd;
}

int wire_accept(int listener)
{
    struct sockaddr_storage from = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof(from);
    int fd = accept4(listener, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        socket_prepare(fd, from.ss_family);
    }
    return fd;
}

void supply_init(struct supply *s, uint64_t nbytes, bool chunked)
{
    static char plain[WIRE_BLOCK];
    static char framed[NCHUNKS * (CHUNK + FRAMING)];
    if (!chunked) {
        *s = (struct supply){.block = plain, .size = sizeof(plain), .left = nbytes, .tail = ""};
        return;
    }
    for (size_t i = 0; i < NCHUNKS; i++) {
        char *at = framed + i * (CHUNK + FRAMING);
        memcpy(at, CHUNK_HEAD, sizeof(CHUNK_HEAD) - 1);
        memcpy(at + sizeof(CHUNK_HEAD) - 1 + CHUNK, "\r\n", 2);
    }
    *s = (struct supply){.block = framed,
                         .size = sizeof(framed),
                         .left = nbytes / WIRE_BLOCK * sizeof(framed),
                         .tail = "0\r\n\r\n",
                         .tail_left = 5};
}

int supply_write(struct supply *s, int fd)
{
    while (s->left > 0 || s->tail_left > 0) {
        size_t n = s->size - s->at;
        n = s->left < n ? (size_t)s->left : n;
        ssize_t done =
            s->left > 0 ? write(fd, s->block + s->at, n) : write(fd, s->tail, s->tail_left);
        if (done < 0) {
            return errno == EAGAIN ? 0 : -1;
        }
        if (s->left > 0) {
            s->left -= (uint64_t)done;
            s->at = (s->at + (size_t)done) % s->size;
        } else {
            s->tail += done;
            s->tail_left -= (size_t)done;
        }
    }
    return 1;
}

void intake_init(struct intake *in, const char *head)
{
    const char *length = strcasestr(head, "\r\ncontent-length:");
    *in = (struct intake){.framing = INTAKE_CLOSE, .state = CHUNK_SIZE};
    if (strcasestr(head, "\r\ntransfer-encoding:") != NULL) {
        in->framing = INTAKE_CHUNKED;
    } else if (length != NULL) {
        in->framing = INTAKE_COUNTED;
        in->left = strtoull(length + 17, NULL, 10);
    }
}

static void chunk_byte(struct intake *in, char c)
{
    switch (in->state) {
    case CHUNK_SIZE:
    case CHUNK_EXTENSION:
        if (c == '\n') {
            in->state = in->left > 0 ? CHUNK_DATA : CHUNK_TRAILER;
        } else if (c == ';' || c == '\r') {
            in->state = CHUNK_EXTENSION;
        } else if (in->state == CHUNK_SIZE) {
            in->left = in->left * 16 + (uint64_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
        }
        break;
    case CHUNK_END:
        in->state = c == '\n' ? CHUNK_SIZE : CHUNK_END;
        break;
    case CHUNK_TRAILER:
        if (c == '\n' && in->line == 0) {
            in->state = CHUNK_DONE;
        } else {
            in->line = c == '\n' ? 0 : in->line + (c != '\r');
        }
        break;
    case CHUNK_DATA:
    case CHUNK_DONE:
        break;
    }
}

size_t intake_eat(struct intake *in, const char *bytes, size_t n)
{
    size_t used = 0;
    if (in->framing == INTAKE_CLOSE) {
        in->payload += n;
        return n;
    }
    while (used < n && !intake_done(in)) {
        if (in->framing == INTAKE_CHUNKED && in->state != CHUNK_DATA) {
            chunk_byte(in, bytes[used++]);
            continue;
        }
        size_t take = n - used < in->left ? n - used : (size_t)in->left;
        in->left -= take;
        in->payload += take;
        used += take;
        if (in->left == 0) {
            in->state = CHUNK_END;
        }
    }
    return used;
}

bool intake_done(const struct intake *in)
{
    return in->framing == INTAKE_CHUNKED   ? in->state == CHUNK_DONE
           : in->framing == INTAKE_COUNTED ? in->left == 0
                                           : false;
}

/* 128 buckets for each power of two; values below 256 have one each. */
static size_t bucket_of(uint64_t value)
{
    unsigned shift = value < 256 ? 0 : 56 - (unsigned)__builtin_clzll(value);
    return (size_t)shift * 128 + (size_t)(value >> shift);
}

void histogram_add(struct histogram *h, uint64_t value)
{
    h->buckets[bucket_of(value)]++;
    h->count++;
    h->max = value > h->max ? value : h->max;
}

uint64_t histogram_at(const struct histogram *h, double share)
{
    uint64_t seen = 0;
    size_t nbuckets = sizeof(h->buckets) / sizeof(*h->buckets);
    for (size_t i = 0; i < nbuckets; i++) {
        seen += h->buckets[i];
        if (seen > 0 && (double)seen >= share * (double)h->count) {
            size_t shift = i < 256 ? 0 : i / 128 - 1;
            return (uint64_t)(i - shift * 128) << shift;
        }
    }
    return h->max;
}
