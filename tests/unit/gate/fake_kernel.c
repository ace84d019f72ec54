/* The scripted kernel: peers are scripts, the gate's system calls end here. Each wait moves every
 * peer by one piece; where nothing moves any more, time passes. */
#include "fake_kernel.h"

#include "net/loop.h"

#include "gate/door.h"
#include "gate/engine_name.h"
#include "sys/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

/* More waits than any row needs by far: the gate turns in circles. */
#define TURNS_MAX 60000

#define FD_EPOLL 1001
#define FD_EVENT 1002
#define FD_FIRST 1010
#define FD_MAX   (FD_FIRST + 2048) /* never given twice, so that a stale one is noticed */

struct peer {
    const struct step *script;
    size_t step;
    size_t sent; /* of the present step */
    size_t total_sent;
    size_t waited;  /* what of `got` has been waited for */
    uint64_t since; /* of a pause; 0: not begun */
    int fd;         /* the gate's end; 0: none */
    char in[GOT_MAX];
    size_t nin; /* waits to be read by the gate */
    size_t room;
    bool starved; /* the gate wants to know of room */
    bool refused; /* bytes of the gate's last write, which it tries again as soon as there is */
    bool ended;
    bool closed;
    bool reset;
    bool reset_told;
    bool full;
    bool gate_ended;
    bool linger_reset;
    bool edge;
    bool pending; /* a connection under way */
    int outcome;
    void *watch;
};

struct kernel_peer kernel_peers[PEERS_MAX];
unsigned kernel_turns;
unsigned kernel_calls;
unsigned kernel_allocs;
long kernel_live;
bool kernel_spun;
bool kernel_open;
uint64_t kernel_now_us;

static const struct kernel_plan *plan;
static struct peer peers[PEERS_MAX];
static int
    fd_peer[FD_MAX]; /* by descriptor: the peer's number + 1, or -1 for a socket not connected */
static int fd_next;
static unsigned ndials;
static unsigned nengines;
static unsigned naccepted;
static void *listener_watch;
static bool listener_watched;
static bool was_quiet;
static bool early; /* the events of a turn are being told, nobody's comes behind them */
static bool running;
static int nopen;

uint64_t sys_clock_us(void)
{
    return kernel_now_us;
}

uint64_t sys_clock_unix_us(void)
{
    return kernel_now_us;
}

void kernel_start(const struct kernel_plan *p)
{
    plan = p;
    memset(peers, 0, sizeof(peers));
    memset(kernel_peers, 0, sizeof(kernel_peers));
    memset(fd_peer, 0, sizeof(fd_peer));
    fd_next = FD_FIRST;
    ndials = nengines = naccepted = 0;
    listener_watched = was_quiet = early = kernel_spun = kernel_open = false;
    kernel_turns = kernel_calls = kernel_allocs = 0;
    kernel_live = 0;
    kernel_now_us = 5000000000;
    nopen = 0;
    running = true;
    for (int i = 0; i < CLIENTS_MAX; i++) {
        peers[i].script = p->client[i];
    }
    for (int i = 0; i < ENGINES_MAX; i++) {
        peers[CLIENTS_MAX + i].script = p->engine[i];
    }
    for (int i = 0; i < PEERS_MAX; i++) {
        peers[i].room = p->piece[i];
    }
}

void kernel_stop(void)
{
    kernel_open = nopen != 0;
    running = false;
}

static struct peer *peer_of_fd(int fd)
{
    return fd >= FD_FIRST && fd < fd_next && fd_peer[fd] > 0 ? &peers[fd_peer[fd] - 1] : NULL;
}

static int fd_new(int owner)
{
    if (fd_next >= FD_MAX) {
        errno = EMFILE;
        return -1;
    }
    nopen++;
    fd_peer[fd_next] = owner;
    return fd_next++;
}

/* ---- the peers ---- */

static void peer_break(struct peer *p, enum play how)
{
    p->ended = true;
    p->closed |= how != PLAY_END;
    p->reset |= how == PLAY_RESET;
    p->edge = true;
}

/* Whether the peer is to be broken off before it does anything else. */
static bool peer_cut(struct peer *p)
{
    const struct cut *c = &plan->cut;
    if (c->peer != (int)(p - peers) || p->ended) {
        return false;
    }
    size_t done = c->received ? kernel_peers[c->peer].ngot : p->total_sent;
    if (done < c->after) {
        return false;
    }
    peer_break(p, c->how);
    p->script = NULL;
    return true;
}

static bool peer_waits(struct peer *p, const struct step *s)
{
    struct kernel_peer *k = &kernel_peers[p - peers];
    char *found = memmem(k->got + p->waited, k->ngot - p->waited, s->text, s->len);
    if (found == NULL) {
        return true;
    }
    p->waited = (size_t)(found - k->got) + s->len;
    return false;
}

static bool peer_send(struct peer *p, const struct step *s)
{
    size_t piece = plan->piece[p - peers];
    const struct cut *c = &plan->cut;
    if (p->nin > 0) {
        return false; /* the piece before has not been read */
    }
    size_t n = s->len - p->sent < piece ? s->len - p->sent : piece;
    if (c->peer == (int)(p - peers) && !c->received && c->after - p->total_sent < n) {
        n = c->after - p->total_sent;
    }
    memcpy(p->in, s->text + p->sent, n);
    p->nin = n;
    p->sent += n;
    p->total_sent += n;
    p->edge = true;
    if (p->sent == s->len) {
        p->sent = 0;
        p->step++;
    }
    return true;
}

/* Moves a peer by one step or piece; false where it stands still. */
static bool peer_move(struct peer *p)
{
    if (p->fd == 0 || p->pending) {
        return false;
    }
    if (peer_cut(p)) {
        return true;
    }
    if (p->script == NULL || p->closed) {
        return false;
    }
    const struct step *s = &p->script[p->step];
    switch (s->play) {
    case PLAY_STOP:
        return false;
    case PLAY_SEND:
        return peer_send(p, s);
    case PLAY_WAIT:
        if (peer_waits(p, s)) {
            return false;
        }
        break;
    case PLAY_WAIT_END:
        if (!p->gate_ended) {
            return false;
        }
        break;
    case PLAY_PAUSE:
        if (p->since == 0) {
            p->since = kernel_now_us;
        }
        if (kernel_now_us < p->since + s->len * 1000) {
            return false;
        }
        p->since = 0;
        break;
    case PLAY_END:
    case PLAY_CLOSE:
    case PLAY_RESET:
        peer_break(p, s->play);
        break;
    case PLAY_TERM:
        plan->term();
        break;
    case PLAY_FULL:
        p->full = true;
        p->room = 0;
        break;
    case PLAY_TAKE:
        p->full = false;
        break;
    }
    p->step++;
    return true;
}

/* Whether the end of a peer is what it does next. */
static bool peer_ends(const struct peer *p)
{
    const struct cut *c = &plan->cut;
    if (c->peer == (int)(p - peers) && !c->received && p->total_sent >= c->after) {
        return true;
    }
    enum play next = p->script == NULL ? PLAY_STOP : p->script[p->step].play;
    return p->sent == 0 && (next == PLAY_END || next == PLAY_CLOSE || next == PLAY_RESET);
}

static void peer_refill(struct peer *p)
{
    if (p->fd == 0 || p->full) {
        return;
    }
    p->room = plan->piece[p - peers];
    if (p->starved) {
        p->starved = false;
        p->edge = true;
    }
    if (p->pending) {
        p->pending = false;
        p->edge = true;
    }
}

static uint32_t peer_events(const struct peer *p)
{
    uint32_t events = 0;
    if (p->pending) {
        return 0;
    }
    events |= p->nin > 0 || p->ended ? EPOLLIN : 0;
    events |= p->room > 0 ? EPOLLOUT : 0;
    events |= p->ended ? EPOLLRDHUP : 0;
    events |= p->closed || (p->ended && p->gate_ended) || p->outcome != 0 ? EPOLLHUP | EPOLLOUT : 0;
    events |= p->reset || p->outcome != 0 ? EPOLLERR : 0;
    return events;
}

/* No names are looked up here. */
bool door_put(struct door *door, const struct arrival *a)
{
    (void)door;
    (void)a;
    return false;
}

int engine_name_dial(struct engine_name *n, struct way *way, uint64_t now_us, bool *connecting)
{
    (void)n;
    (void)way;
    (void)now_us;
    (void)connecting;
    errno = EINVAL;
    return -1;
}

void engine_name_reached(struct engine_name *n, struct way *way)
{
    (void)n;
    (void)way;
}

/* ---- the loop's calls ---- */

int __wrap_epoll_create1(int flags);
int __wrap_epoll_ctl(int epoll, int op, int fd, struct epoll_event *event);
int __wrap_epoll_wait(int epoll, struct epoll_event *events, int max, int timeout);
int __wrap_eventfd(unsigned count, int flags);

int __wrap_epoll_create1(int flags)
{
    (void)flags;
    nopen++;
    return FD_EPOLL;
}

int __wrap_eventfd(unsigned count, int flags)
{
    (void)count;
    (void)flags;
    nopen++;
    return FD_EVENT;
}

int __wrap_epoll_ctl(int epoll, int op, int fd, struct epoll_event *event)
{
    (void)epoll;
    if (fd == KERNEL_LISTENER) {
        listener_watched = op == EPOLL_CTL_ADD;
        listener_watch = event != NULL ? event->data.ptr : NULL;
    }
    struct peer *p = peer_of_fd(fd);
    if (p != NULL) {
        p->watch = event->data.ptr;
        p->edge = true;
    }
    return 0;
}

static bool clients_wait(void)
{
    return naccepted < CLIENTS_MAX && plan->client[naccepted] != NULL;
}

static int collect(struct epoll_event *events)
{
    int n = 0;
    if (listener_watched && clients_wait()) {
        events[n++] = (struct epoll_event){.events = EPOLLIN, .data = {.ptr = listener_watch}};
    }
    for (int i = 0; i < PEERS_MAX; i++) {
        struct peer *p = &peers[i];
        if (p->fd != 0 && p->edge && peer_events(p) != 0) {
            p->edge = false;
            events[n++] = (struct epoll_event){.events = peer_events(p), .data = {.ptr = p->watch}};
        }
    }
    return n;
}

static void nobody_ready(struct loop_watch *watch, uint32_t events)
{
    (void)watch;
    (void)events;
    early = false;
}

/* Somebody else's event behind those of a turn. */
static int crowd(struct epoll_event *events, int n)
{
    static struct loop_watch nobody = {nobody_ready};
    if (n > 0 && plan->crowded) {
        early = true;
        events[n++] = (struct epoll_event){.events = EPOLLIN, .data = {.ptr = &nobody}};
    }
    return n;
}

/* How long until the first pause is over; UINT64_MAX: nobody pauses. */
static uint64_t pause_left_us(void)
{
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < PEERS_MAX; i++) {
        const struct peer *p = &peers[i];
        if (p->fd != 0 && p->since != 0 && p->script != NULL) {
            uint64_t over = p->since + p->script[p->step].len * 1000;
            uint64_t left = over > kernel_now_us ? over - kernel_now_us : 0;
            least = left < least ? left : least;
        }
    }
    return least;
}

int __wrap_epoll_wait(int epoll, struct epoll_event *events, int max, int timeout)
{
    (void)epoll;
    (void)max;
    if (++kernel_turns > TURNS_MAX) {
        kernel_spun = true;
        plan->quiet();
        return 0;
    }
    bool moved = false;
    for (int i = 0; i < PEERS_MAX; i++) {
        peer_refill(&peers[i]);
        bool moves = peer_move(&peers[i]);
        if (moves && plan->crowded && peer_ends(&peers[i])) {
            (void)peer_move(&peers[i]);
        }
        moved |= moves;
    }
    int n = crowd(events, collect(events));
    kernel_now_us += 10;
    if (n > 0 || moved || timeout == 0) {
        return n;
    }
    uint64_t pause = pause_left_us();
    if (pause == UINT64_MAX && !was_quiet) {
        was_quiet = true;
        plan->quiet();
        return 0;
    }
    uint64_t wait = timeout < 0 ? 60000000 : (uint64_t)timeout * 1000;
    kernel_now_us += wait < pause ? wait : pause;
    return 0;
}

/* ---- the sockets' calls ---- */

int __wrap_accept4(int fd, struct sockaddr *from, socklen_t *len, int flags);
int __wrap_socket(int domain, int type, int protocol);
int __wrap_connect(int fd, const struct sockaddr *to, socklen_t len);
ssize_t __wrap_recv(int fd, void *at, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *at, size_t len, int flags);
long __wrap_syscall(long number, ...);
ssize_t __wrap_writev(int fd, const struct iovec *parts, int nparts);
int __wrap_shutdown(int fd, int how);
int __wrap_close(int fd);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len);

static void attach(int number, int fd)
{
    peers[number].fd = fd;
    kernel_peers[number].used = true;
    if (peers[number].script != NULL && peers[number].script->play == PLAY_FULL) {
        peers[number].full = true; /* from the first byte on */
        peers[number].room = 0;
    }
    fd_peer[fd] = number + 1;
}

int __wrap_accept4(int fd, struct sockaddr *from, socklen_t *len, int flags)
{
    (void)fd;
    (void)flags;
    if (!clients_wait()) {
        errno = EAGAIN;
        return -1;
    }
    int got = fd_new(-1);
    if (got < 0) {
        return -1;
    }
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(4242)};
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    memcpy(from, &in, sizeof(in));
    *len = sizeof(in);
    attach((int)naccepted++, got);
    return got;
}

int __wrap_socket(int domain, int type, int protocol)
{
    (void)domain;
    (void)type;
    (void)protocol;
    return fd_new(-1);
}

int __wrap_connect(int fd, const struct sockaddr *to, socklen_t len)
{
    (void)to;
    (void)len;
    struct dial d = {0};
    if (ndials < DIALS_TABLE) {
        d = plan->dials[ndials];
    } else if (plan->dials[DIALS_TABLE - 1].now == EAGAIN) {
        d = plan->dials[DIALS_TABLE - 1]; /* for ever */
    }
    ndials++;
    bool there = nengines < ENGINES_MAX && plan->engine[nengines] != NULL;
    if (d.now == 0 && !there) {
        d.now = ECONNREFUSED;
    }
    if (d.now != 0 && d.now != EINPROGRESS) {
        errno = d.now;
        return -1;
    }
    if (nengines >= ENGINES_MAX) {
        errno = ECONNREFUSED;
        return -1;
    }
    int number = CLIENTS_MAX + (int)nengines++;
    attach(number, fd);
    if (d.now == EINPROGRESS) {
        peers[number].pending = true;
        peers[number].outcome = d.later;
        peers[number].room = 0;
        errno = EINPROGRESS;
        return -1;
    }
    return 0;
}

ssize_t __wrap_recv(int fd, void *at, size_t len, int flags)
{
    (void)flags;
    struct peer *p = peer_of_fd(fd);
    kernel_calls++;
    if (p == NULL) {
        errno = EBADF;
        return -1;
    }
    if (p->nin > 0) { /* what came before a reset is read before it */
        size_t n = p->nin < len ? p->nin : len;
        memcpy(at, p->in, n);
        memmove(p->in, p->in + n, p->nin - n);
        p->nin -= n;
        return (ssize_t)n;
    }
    if (p->reset && !p->reset_told) {
        p->reset_told = true;
        errno = ECONNRESET;
        return -1;
    }
    if (p->ended) {
        return 0;
    }
    errno = EAGAIN;
    return -1;
}

ssize_t __wrap_writev(int fd, const struct iovec *parts, int nparts)
{
    struct peer *p = peer_of_fd(fd);
    kernel_calls++;
    if (p == NULL || p->gate_ended || p->closed || p->outcome != 0) {
        errno = p == NULL ? EBADF : EPIPE;
        return -1;
    }
    struct kernel_peer *k = &kernel_peers[p - peers];
    size_t wanted = 0;
    size_t taken = 0;
    k->early += early && !p->refused;
    for (int i = 0; i < nparts; i++) {
        size_t n = parts[i].iov_len;
        wanted += n;
        n = n < p->room ? n : p->room;
        n = n < GOT_MAX - k->ngot ? n : GOT_MAX - k->ngot;
        if (n > 0) {
            memcpy(k->got + k->ngot, parts[i].iov_base, n);
        }
        k->ngot += n;
        p->room -= n;
        taken += n;
    }
    p->starved |= taken < wanted;
    p->refused = taken < wanted;
    k->nwrites += taken > 0;
    if (taken == 0 && wanted > 0) {
        errno = EAGAIN;
        return -1;
    }
    return (ssize_t)taken;
}

ssize_t __wrap_send(int fd, const void *at, size_t len, int flags)
{
    struct iovec part = {(void *)(uintptr_t)at, len};
    (void)flags;
    return __wrap_writev(fd, &part, 1);
}

/* Reading and writing without the C library's functions; nothing else is called so. */
long __wrap_syscall(long number, ...)
{
    va_list arguments;
    va_start(arguments, number);
    int fd = va_arg(arguments, int);
    void *at = va_arg(arguments, void *);
    size_t len = va_arg(arguments, size_t);
    va_end(arguments);
    if (number == SYS_recvfrom) {
        return __wrap_recv(fd, at, len, 0);
    }
    if (number != SYS_sendto) {
        abort();
    }
    return __wrap_send(fd, at, len, 0);
}

int __wrap_shutdown(int fd, int how)
{
    (void)how;
    struct peer *p = peer_of_fd(fd);
    if (p != NULL) {
        p->gate_ended = true;
        kernel_peers[p - peers].left = LEFT_HALF;
        p->edge |= p->ended; /* both ways: that is EPOLLHUP */
    }
    return 0;
}

int __wrap_close(int fd)
{
    struct peer *p = peer_of_fd(fd);
    nopen--;
    if (p != NULL) {
        kernel_peers[p - peers].left = p->linger_reset ? LEFT_RESET : LEFT_CLOSED;
        p->gate_ended = true;
        p->fd = 0;
        fd_peer[fd] = -1;
    }
    return 0;
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    (void)value;
    (void)len;
    struct peer *p = peer_of_fd(fd);
    if (p != NULL && level == SOL_SOCKET && name == SO_LINGER) {
        p->linger_reset = true;
    }
    return 0;
}

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    (void)level;
    (void)name;
    struct peer *p = peer_of_fd(fd);
    int outcome = p != NULL ? p->outcome : EBADF;
    memcpy(value, &outcome, sizeof(outcome));
    *len = sizeof(outcome);
    return 0;
}

/* ---- memory ---- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *at, size_t size);
void __real_free(void *at);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *at, size_t size);
void __wrap_free(void *at);

static bool alloc_fails(void)
{
    if (!running) {
        return false;
    }
    if (++kernel_allocs == plan->fail_alloc) {
        errno = ENOMEM;
        return true;
    }
    return false;
}

void *__wrap_malloc(size_t size)
{
    void *at = alloc_fails() ? NULL : __real_malloc(size);
    kernel_live += at != NULL;
    return at;
}

void *__wrap_calloc(size_t n, size_t size)
{
    void *at = alloc_fails() ? NULL : __real_calloc(n, size);
    kernel_live += at != NULL;
    return at;
}

void *__wrap_realloc(void *old, size_t size)
{
    void *at = alloc_fails() ? NULL : __real_realloc(old, size);
    kernel_live += at != NULL && old == NULL;
    return at;
}

void __wrap_free(void *at)
{
    kernel_live -= at != NULL;
    __real_free(at);
}
