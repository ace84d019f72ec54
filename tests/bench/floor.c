/* The floor: a single-threaded relay from TCP or unix sockets to the engine's unix socket and back,
 * which looks at nothing. What a proxy costs more than this is what it costs to read and decide.
 * Edge-triggered epoll and no call that moves nothing: a request and its answer cost a wait, a read
 * and a write, each way; 64 KiB at a time. A side's end is passed on by itself. It trusts
 * everybody, has no limits and no timers. usage: floor ENGINE-ADDRESS ADDRESS… */
#include "wire.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK         (64 * 1024)
#define MAX_LISTENERS 8
#define ENDS          (EPOLLRDHUP | EPOLLHUP | EPOLLERR)

/* One end of a pair. What its peer could not take yet waits here, and reading stops meanwhile. */
struct end {
    int fd;
    bool ended; /* read to its end */
    bool dead;
    struct end *peer;
    char *waits;
    size_t from;
    size_t len;
    struct end *next_dead;
};

static char buffer[CHUNK];
static struct end *graveyard;
static int listeners[MAX_LISTENERS];
static int epoll;

/* Freed only after all events of the turn: one of them may still name it. */
static void pair_close(struct end *e)
{
    struct end *both[2] = {e, e->peer};
    for (int i = 0; i < 2; i++) {
        if (!both[i]->dead) {
            both[i]->dead = true;
            close(both[i]->fd);
            both[i]->next_dead = graveyard;
            graveyard = both[i];
        }
    }
}

static void bury(void)
{
    while (graveyard != NULL) {
        struct end *e = graveyard;
        graveyard = e->next_dead;
        free(e->waits);
        free(e);
    }
}

/* Writes what waits from `e` to its peer. False when some of it has to wait on. */
static bool end_flush(struct end *e)
{
    while (e->len > 0) {
        ssize_t n = write(e->peer->fd, e->waits + e->from, e->len);
        if (n < 0) {
            if (errno != EAGAIN) {
                pair_close(e);
            }
            return false;
        }
        e->from += (size_t)n;
        e->len -= (size_t)n;
    }
    free(e->waits);
    e->waits = NULL;
    return true;
}

static void end_keep(struct end *e, size_t from, size_t len)
{
    e->waits = malloc(len);
    if (e->waits == NULL) {
        abort();
    }
    memcpy(e->waits, buffer + from, len);
    e->from = 0;
    e->len = len;
}

static void end_shut(struct end *e)
{
    e->ended = true;
    if (e->peer->ended) {
        pair_close(e);
    } else {
        (void)shutdown(e->peer->fd, SHUT_WR);
    }
}

/* Moves bytes from `e` to its peer until there are none or the peer takes no more. A short read has
 * taken all that was there when the event came, and what comes later makes a new event; unless
 * `drain`: then there may be more (an end that is already known of, or events of a past turn). */
static void end_copy(struct end *e, bool drain)
{
    while (!e->dead && !e->ended && (e->len == 0 || end_flush(e))) {
        ssize_t n = read(e->fd, buffer, sizeof(buffer));
        if (n == 0) {
            end_shut(e);
            return;
        }
        ssize_t done = n < 0 ? n : write(e->peer->fd, buffer, (size_t)n);
        if (n < 0 && errno == EAGAIN) {
            return;
        }
        if (n < 0 || (done < 0 && errno != EAGAIN)) {
            pair_close(e);
            return;
        }
        done = done < 0 ? 0 : done;
        if (done < n) {
            end_keep(e, (size_t)done, (size_t)(n - done));
        } else if (n < CHUNK && !drain) {
            return;
        }
    }
}

static struct end *end_new(int fd)
{
    struct end *e = calloc(1, sizeof(*e));
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = e};
    if (e == NULL || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        abort();
    }
    e->fd = fd;
    return e;
}

static void pair_open(int listener, const char *engine)
{
    int client = wire_accept(listener);
    if (client < 0) {
        return;
    }
    int up = wire_connect(engine, 0);
    if (up < 0) {
        close(client);
        return;
    }
    struct end *a = end_new(client);
    struct end *b = end_new(up);
    a->peer = b;
    b->peer = a;
}

/* An event of a listener names its place in `listeners`, one of an end the end. */
static bool is_listener(const void *pointer)
{
    const int *at = pointer;
    return at >= listeners && at < listeners + MAX_LISTENERS;
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc > 2 + MAX_LISTENERS) {
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    wire_raise_limits();
    epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 2; i < argc; i++) {
        int *at = &listeners[i - 2];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = at};
        *at = wire_listen(argv[i]);
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, *at, &event) != 0) {
            wire_fail(argv[i]);
        }
    }
    for (;;) {
        struct epoll_event events[256];
        int n = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < n; i++) {
            if (is_listener(events[i].data.ptr)) {
                pair_open(*(int *)events[i].data.ptr, argv[1]);
                continue;
            }
            struct end *e = events[i].data.ptr;
            if ((events[i].events & (EPOLLIN | ENDS)) != 0) {
                end_copy(e, (events[i].events & ENDS) != 0);
            }
            if (!e->dead && e->peer->len > 0 && (events[i].events & EPOLLOUT) != 0) {
                end_copy(e->peer, true);
            }
        }
        bury();
    }
}
