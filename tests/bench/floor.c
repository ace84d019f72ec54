/* The floor: a single-threaded relay from TCP to a unix socket and back that looks at nothing. What
 * a proxy costs more than this is what it costs to read and decide. For benchmarks only: it trusts
 * everybody and gives up on the first surprise. usage: floor PORT SOCKET */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CHUNK (256 * 1024)

/* One end of a pair. What its peer could not take yet waits here. */
struct end {
    int fd;
    struct end *peer;
    char *waits;
    size_t from;
    size_t len;
    bool dead;
    struct end *next_dead;
};

static char buffer[CHUNK];
static struct end *graveyard;

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

/* Writes what came from `e` to its peer. False when some of it has to wait. */
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
    return true;
}

static void end_copy(struct end *e)
{
    while (!e->dead && end_flush(e)) {
        ssize_t n = read(e->fd, buffer, sizeof(buffer));
        if (n == 0 || (n < 0 && errno != EAGAIN)) {
            pair_close(e);
            return;
        }
        if (n < 0) {
            return;
        }
        ssize_t done = write(e->peer->fd, buffer, (size_t)n);
        if (done < 0 && errno != EAGAIN) {
            pair_close(e);
            return;
        }
        done = done < 0 ? 0 : done;
        if (done < n) {
            e->waits = e->waits != NULL ? e->waits : malloc(CHUNK);
            if (e->waits == NULL) {
                abort();
            }
            e->from = 0;
            e->len = (size_t)(n - done);
            memcpy(e->waits, buffer + done, e->len);
            return;
        }
    }
}

static struct end *end_new(int epoll, int fd)
{
    struct end *e = calloc(1, sizeof(*e));
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = e};
    if (e == NULL || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        abort();
    }
    e->fd = fd;
    return e;
}

static void pair_open(int epoll, int listener, const struct sockaddr_un *engine)
{
    int one = 1;
    int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0) {
        return;
    }
    (void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    int up = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (up < 0 || connect(up, (const struct sockaddr *)engine, sizeof(*engine)) != 0) {
        perror("engine");
        close(client);
        close(up);
        return;
    }
    struct end *a = end_new(epoll, client);
    struct end *b = end_new(epoll, up);
    a->peer = b;
    b->peer = a;
}

int main(int argc, char **argv)
{
    struct sockaddr_un engine = {.sun_family = AF_UNIX};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    if (argc != 3 || strlen(argv[2]) >= sizeof(engine.sun_path)) {
        return 2;
    }
    memcpy(engine.sun_path, argv[2], strlen(argv[2]) + 1);
    address.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(listener, 1024) != 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0) {
        perror("floor");
        return 1;
    }
    for (;;) {
        struct epoll_event events[256];
        int n = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < n; i++) {
            struct end *e = events[i].data.ptr;
            if (e == NULL) {
                pair_open(epoll, listener, &engine);
                continue;
            }
            end_copy(e);
            if (!e->dead && (events[i].events & EPOLLOUT) != 0) {
                end_copy(e->peer);
            }
        }
        bury();
    }
}
