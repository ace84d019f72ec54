/* One big body on one connection, as fast as it goes. Prints one line of JSON.
 * usage: bulk ADDRESS down|up|in|out counted|chunked|close BYTES [PAUSE]
 * in and out are the two ways of a tunnel. PAUSE: a slow reader of a download, which takes 64 KiB
 * and then sleeps so many microseconds; it reads until it is killed or has it all. */
#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLOW_READ (64 * 1024)

static char buffer[WIRE_BLOCK];
static uint64_t payload;

static void await(int fd, short events)
{
    struct pollfd one = {.fd = fd, .events = events};
    if (poll(&one, 1, 20000) <= 0) {
        errno = ETIMEDOUT;
        wire_fail("bulk");
    }
}

/* Reads a head to its empty line and nothing behind it, which is one call more and simpler. */
static void head_read(int fd, char *head, size_t size, const char *expected)
{
    size_t len = 0;
    do {
        await(fd, POLLIN);
        ssize_t n = recv(fd, head + len, size - 1 - len, MSG_PEEK);
        if (n <= 0 || len + (size_t)n >= size) {
            wire_fail("bulk: the answer's head");
        }
        head[len + (size_t)n] = '\0';
        char *end = strstr(head, "\r\n\r\n");
        size_t take = end == NULL ? (size_t)n : (size_t)(end + 4 - head) - len;
        if (recv(fd, head + len, take, 0) != (ssize_t)take) {
            wire_fail("bulk: the answer's head");
        }
        len += take;
        head[len] = '\0';
    } while (strstr(head, "\r\n\r\n") == NULL);
    if (strncmp(head + 9, expected, 3) != 0) {
        (void)fprintf(stderr, "bulk: %.*s\n", (int)strcspn(head, "\r"), head);
        exit(3);
    }
}

static void body_read(int fd, struct intake *in, useconds_t pause)
{
    while (!intake_done(in)) {
        await(fd, POLLIN);
        ssize_t n = read(fd, buffer, pause > 0 ? SLOW_READ : sizeof(buffer));
        if (n == 0 && in->framing == INTAKE_CLOSE) {
            break;
        }
        if (n <= 0) {
            wire_fail("bulk: the body");
        }
        (void)intake_eat(in, buffer, (size_t)n);
        if (pause > 0) {
            (void)usleep(pause);
        }
    }
    payload += in->payload;
}

static void body_write(int fd, uint64_t nbytes, bool chunked)
{
    struct supply s;
    supply_init(&s, nbytes, chunked);
    for (;;) {
        int done = supply_write(&s, fd);
        if (done < 0) {
            wire_fail("bulk: the body");
        }
        if (done > 0) {
            break;
        }
        await(fd, POLLOUT);
    }
    payload += nbytes;
}

static size_t request_make(char *text, size_t size, const char *way, const char *as,
                           uint64_t nbytes)
{
    char framing[64] = "Transfer-Encoding: chunked";
    unsigned long long n = nbytes;
    if (strcmp(as, "chunked") != 0) {
        (void)snprintf(framing, sizeof(framing), "Content-Length: %llu", n);
    }
    int len = -1;
    if (strcmp(way, "down") == 0) {
        len = snprintf(text, size,
                       "GET /v1.41/containers/web/archive?path=/&bytes=%llu&as=%s HTTP/1.1\r\n"
                       "Host: docker\r\nUser-Agent: bench\r\n\r\n",
                       n, as);
    } else if (strcmp(way, "up") == 0) {
        len = snprintf(text, size,
                       "PUT /v1.41/containers/web/archive?path=/ HTTP/1.1\r\nHost: docker\r\n"
                       "User-Agent: bench\r\n%s\r\n\r\n",
                       framing);
    } else if (strcmp(way, "in") == 0 || strcmp(way, "out") == 0) {
        len = snprintf(text, size,
                       "POST /v1.41/containers/web/attach?stream=1&bytes=%llu&do=%s HTTP/1.1\r\n"
                       "Host: docker\r\nUser-Agent: bench\r\nConnection: Upgrade\r\n"
                       "Upgrade: tcp\r\nContent-Length: 0\r\n\r\n",
                       n, way[0] == 'i' ? "sink" : "source");
    }
    if (len <= 0 || (size_t)len >= size) {
        exit(2);
    }
    return (size_t)len;
}

static void transfer(int fd, const char *way, const char *as, uint64_t nbytes, useconds_t pause)
{
    char text[4096];
    size_t len = request_make(text, sizeof(text), way, as, nbytes);
    if (write(fd, text, len) != (ssize_t)len) {
        wire_fail("bulk: the request");
    }
    struct intake in = {.framing = INTAKE_CLOSE};
    if (strcmp(way, "up") == 0) {
        body_write(fd, nbytes, strcmp(as, "chunked") == 0);
    }
    head_read(fd, text, sizeof(text), way[0] == 'i' || way[0] == 'o' ? "101" : "200");
    if (strcmp(way, "in") == 0) {
        body_write(fd, nbytes, false);
        await(fd, POLLIN);
        if (read(fd, buffer, 1) != 1 || buffer[0] != 'k') {
            wire_fail("bulk: the sink's word");
        }
    } else if (strcmp(way, "down") == 0) {
        intake_init(&in, text);
        body_read(fd, &in, pause);
    } else if (strcmp(way, "out") == 0) {
        body_read(fd, &in, pause);
    }
}

int main(int argc, char **argv)
{
    if (argc < 5 || argc > 6) {
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    uint64_t nbytes = strtoull(argv[4], NULL, 10);
    int fd = wire_connect(argv[1], 0);
    if (fd < 0) {
        wire_fail(argv[1]);
    }
    if (argc == 6) {
        int window = SLOW_READ; /* or the kernel would keep megabytes for the slow reader */
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window));
    }
    uint64_t start = wire_now_ns();
    transfer(fd, argv[2], argv[3], nbytes, argc == 6 ? (useconds_t)atol(argv[5]) : 0);
    printf("{\"bytes\": %llu, \"seconds\": %.6f, \"cpu\": %.6f}\n", (unsigned long long)payload,
           (double)(wire_now_ns() - start) / 1e9, (double)wire_cpu_ns() / 1e9);
    return payload == nbytes ? 0 : 1;
}
