/* A stub engine for benchmarks, fast enough not to be what is measured. Single thread, epoll,
 * keep-alive; reads of a request only what it needs and trusts it. What it does stands in the
 * request's target, where a query passes every proxy unchanged:
 *     …/archive?…bytes=N&as=counted|chunked|close    GET: a download. PUT: see the next line
 *     a request with a body                          reads it, however framed, then a small answer
 *     …/containers/json?…containers=N                a list of N containers
 *     …/events                                       a head, then silence for ever
 *     …/attach?…bytes=N&do=source|sink|echo          101, then sends N bytes and closes; or takes
 * N, says "k" and closes; or sends back what comes anything else 300 bytes of JSON usage: engine
 * ADDRESS */
#include "containers.h"
#include "wire.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD 16384

enum peer_state { PEER_HEAD, PEER_TAKE, PEER_GIVE, PEER_SILENT, PEER_SINK, PEER_ECHO };

struct peer {
    int fd;
    enum peer_state state;
    bool closes; /* when what it gives is given */
    struct supply supply;
    struct intake intake;
    size_t len;
    char head[HEAD + 1];
};

static char scratch[WIRE_BLOCK];
static char small[512];
static size_t small_len;

static void small_make(void)
{
    char body[301];
    memset(body, 'x', 300);
    memcpy(body, "{\"Id\":\"", 7);
    memcpy(body + 298, "\"}", 3);
    int n = snprintf(small, sizeof(small),
                     "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\n"
                     "Docker-Experimental: false\r\nOstype: linux\r\nContent-Length: 300\r\n\r\n%s",
                     body);
    small_len = (size_t)n;
}

/* Small enough for any socket buffer, so it is written whole or the peer is gone. */
static bool peer_say(struct peer *p, const char *bytes, size_t n)
{
    return write(p->fd, bytes, n) == (ssize_t)n;
}

static bool peer_give(struct peer *p)
{
    int done = supply_write(&p->supply, p->fd);
    if (done > 0) {
        p->state = PEER_HEAD;
    }
    return done == 0 || (done > 0 && !p->closes);
}

/* The number behind NAME in the target, which ends at END. */
static uint64_t query_number(const char *target, const char *end, const char *name)
{
    const char *at = memmem(target, (size_t)(end - target), name, strlen(name));
    return at == NULL ? 0 : strtoull(at + strlen(name), NULL, 10);
}

static bool line_has(const char *line, const char *end, const char *word)
{
    return memmem(line, (size_t)(end - line), word, strlen(word)) != NULL;
}

static bool peer_download(struct peer *p, const char *line, const char *end)
{
    char head[192];
    uint64_t nbytes = query_number(line, end, "bytes=");
    bool chunked = line_has(line, end, "as=chunked");
    char framing[64] = "Connection: close";
    p->closes = line_has(line, end, "as=close");
    if (chunked) {
        strcpy(framing, "Transfer-Encoding: chunked");
    } else if (!p->closes) {
        (void)snprintf(framing, sizeof(framing), "Content-Length: %llu",
                       (unsigned long long)nbytes);
    }
    int n = snprintf(head, sizeof(head),
                     "HTTP/1.1 200 OK\r\nContent-Type: application/x-tar\r\n%s\r\n\r\n", framing);
    supply_init(&p->supply, nbytes, chunked);
    p->state = PEER_GIVE;
    return peer_say(p, head, (size_t)n) && peer_give(p);
}

/* The list is made when it is first asked for; all ask for the same. */
static bool peer_list(struct peer *p, size_t n)
{
    static char *list;
    static size_t len;
    char head[128];
    if (list == NULL) {
        list = containers_list(n, &len);
    }
    if (list == NULL || len != n * sizeof(CONTAINER) + 1) {
        return false;
    }
    int head_len = snprintf(head, sizeof(head),
                            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                            "Content-Length: %zu\r\n\r\n",
                            len);
    p->supply = (struct supply){.block = list, .size = len, .left = len, .tail = ""};
    p->closes = false;
    p->state = PEER_GIVE;
    return peer_say(p, head, (size_t)head_len) && peer_give(p);
}

static bool peer_upgrade(struct peer *p, const char *line, const char *end)
{
    static const char SAYS[] =
        "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/"
        "vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
    uint64_t nbytes = query_number(line, end, "bytes=");
    if (!peer_say(p, SAYS, sizeof(SAYS) - 1)) {
        return false;
    }
    p->intake = (struct intake){.framing = INTAKE_COUNTED, .left = nbytes};
    p->state = line_has(line, end, "do=echo") ? PEER_ECHO : PEER_SINK;
    if (line_has(line, end, "do=source")) {
        supply_init(&p->supply, nbytes, false);
        p->closes = true;
        p->state = PEER_GIVE;
        return peer_give(p);
    }
    return true;
}

/* Answers the head at the buffer's begin, whose empty line ends at `end`. */
static bool peer_answer(struct peer *p, const char *end)
{
    static const char STREAM[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                 "Transfer-Encoding: chunked\r\n\r\n";
    const char *line_end = memchr(p->head, '\r', (size_t)(end - p->head));
    if (line_has(p->head, line_end, "/attach")) {
        return peer_upgrade(p, p->head, line_end);
    }
    if (memcmp(p->head, "GET ", 4) != 0) {
        intake_init(&p->intake, p->head);
        if (p->intake.framing != INTAKE_CLOSE && !intake_done(&p->intake)) {
            p->state = PEER_TAKE;
            return true;
        }
    } else if (query_number(p->head, line_end, "containers=") > 0) {
        return peer_list(p, query_number(p->head, line_end, "containers="));
    } else if (line_has(p->head, line_end, "/archive")) {
        return peer_download(p, p->head, line_end);
    } else if (line_has(p->head, line_end, "/events")) {
        p->state = PEER_SILENT;
        return peer_say(p, STREAM, sizeof(STREAM) - 1);
    }
    return peer_say(p, small, small_len);
}

/* Reads heads and answers them until no whole one is left. */
static bool peer_heads(struct peer *p)
{
    while (p->state == PEER_HEAD && p->len > 0) {
        p->head[p->len] = '\0';
        char *end = memmem(p->head, p->len, "\r\n\r\n", 4);
        if (end == NULL) {
            return p->len < HEAD;
        }
        char *rest = end + 4;
        char first = *rest; /* the head ends here for who searches in it */
        *rest = '\0';
        bool ok = peer_answer(p, end);
        *rest = first;
        p->len -= (size_t)(rest - p->head);
        memmove(p->head, rest, p->len);
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* Takes N bytes of a body or a tunnel. False: the connection has had its end. */
static bool peer_take(struct peer *p, const char *bytes, size_t n)
{
    if (p->state == PEER_ECHO) {
        return peer_say(p, bytes, n);
    }
    if (p->state == PEER_SILENT) {
        return true;
    }
    size_t used = intake_eat(&p->intake, bytes, n);
    if (!intake_done(&p->intake)) {
        return true;
    }
    if (p->state == PEER_SINK) {
        (void)peer_say(p, "k", 1);
        return false;
    }
    p->state = PEER_HEAD;
    if (!peer_say(p, small, small_len) || n - used > HEAD) {
        return false;
    }
    memmove(p->head, bytes + used, n - used);
    p->len = n - used;
    return peer_heads(p);
}

/* What stands in the head's buffer behind a head is the begin of its body. */
static bool peer_read_ahead(struct peer *p)
{
    if (p->state == PEER_HEAD || p->state == PEER_GIVE || p->len == 0) {
        return true;
    }
    size_t n = p->len;
    p->len = 0;
    memcpy(scratch, p->head, n);
    return peer_take(p, scratch, n);
}

/* Serves one event. False: close. */
static bool peer_ready(struct peer *p)
{
    for (;;) {
        if (p->state == PEER_GIVE) {
            /* The event may also say that the reader left: the write tells. */
            if (!peer_give(p)) {
                return false;
            }
            if (p->state == PEER_GIVE) {
                return true;
            }
        }
        bool head = p->state == PEER_HEAD;
        char *into = head ? p->head + p->len : scratch;
        ssize_t n = read(p->fd, into, head ? HEAD - p->len : sizeof(scratch));
        if (n <= 0) {
            return n < 0 && errno == EAGAIN;
        }
        if (head) {
            p->len += (size_t)n;
            if (!peer_heads(p) || !peer_read_ahead(p)) {
                return false;
            }
        } else if (!peer_take(p, scratch, (size_t)n)) {
            return false;
        }
    }
}

static void peer_new(int epoll, int fd)
{
    struct peer *p = malloc(sizeof(*p));
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = p};
    if (p == NULL || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        wire_fail("a connection");
    }
    p->fd = fd;
    p->state = PEER_HEAD;
    p->closes = false;
    p->len = 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    wire_raise_limits();
    small_make();
    int listener = wire_listen(argv[1]);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0) {
        wire_fail("epoll");
    }
    for (;;) {
        struct epoll_event events[256];
        int n = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < n; i++) {
            struct peer *p = events[i].data.ptr;
            if (p == NULL) {
                int fd = wire_accept(listener);
                if (fd >= 0) {
                    peer_new(epoll, fd);
                }
            } else if (!peer_ready(p)) {
                close(p->fd);
                free(p);
            }
        }
    }
}
