/* Workers: accepting, the turns of the loop, timers, and the end. */
#include "gate/worker.h"

#include "sys/clock.h"
#include "sys/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/un.h>
#include <unistd.h>

#define CONTAINER_OF(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* Connections accepted in one go before others get their turn. */
#define ACCEPT_BATCH 64

/* Refused connections that may linger at once, beyond the limit, so that their 503 can be read. */
#define REFUSED_MAX 64

static const uint64_t LINGER_US = 2000000;
static const uint64_t DIAL_US = 5000;
static const uint64_t POOL_US = 60000000;
static const uint64_t ACCEPT_US = 100000;

static void accept_resume(struct worker *w);

/* Who is at the other end, for counting and for the log. */
static void peer_of(int fd, const struct sockaddr_storage *from, struct peer_key *key,
                    uint32_t *port)
{
    *key = (struct peer_key){.kind = 1};
    *port = 0;
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)from;
        key->kind = 4;
        memcpy(key->bytes, &in->sin_addr, sizeof(in->sin_addr));
        *port = ntohs(in->sin_port);
    } else if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)from;
        *port = ntohs(in6->sin6_port);
        if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
            key->kind = 4;
            memcpy(key->bytes, &in6->sin6_addr.s6_addr[12], 4);
        } else {
            key->kind = 6;
            memcpy(key->bytes, &in6->sin6_addr, sizeof(in6->sin6_addr));
        }
    } else {
        struct ucred who = {0};
        socklen_t len = sizeof(who);
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0) {
            memcpy(key->bytes, &who.uid, sizeof(who.uid));
            *port = (uint32_t)who.pid;
        }
    }
}

/* A dead peer of a silent stream is found out by probes, as Go's own servers do. */
static void keep_alive(int fd)
{
    static const struct {
        int level;
        int name;
        int value;
    } rows[] = {
        {SOL_SOCKET, SO_KEEPALIVE, 1},    {IPPROTO_TCP, TCP_KEEPIDLE, 60},
        {IPPROTO_TCP, TCP_KEEPINTVL, 15}, {IPPROTO_TCP, TCP_KEEPCNT, 9},
        {IPPROTO_TCP, TCP_NODELAY, 1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        /* Without one of them the connection works as well, only later or slower. */
        (void)setsockopt(fd, rows[i].level, rows[i].name, &rows[i].value, sizeof(rows[i].value));
    }
}

static void accept_pause(struct worker *w)
{
    if (w->accept_paused) {
        return;
    }
    w->accept_paused = true;
    for (size_t i = 0; i < w->config->nlisteners; i++) {
        if (w->listeners[i].watched) {
            (void)loop_remove(&w->loop, w->config->listeners[i].fd); /* it is registered */
            w->listeners[i].watched = false;
        }
    }
    timer_start(&w->accept_timers, &w->accept_timer, w->now_us);
}

/* Whether who connects is one of those who may. Everybody may know the local users by the rights of
 * the socket file. */
static bool may_connect(struct worker *w, const struct sockaddr_storage *from,
                        const struct peer_key *peer)
{
    const struct net_networks *may = w->config->allow_from;
    if (may == NULL || from->ss_family == AF_UNIX || net_networks_have(may, from)) {
        return true;
    }
    if (!atomic_exchange(&w->shared->foreign_said, true)) {
        char host[INET6_ADDRSTRLEN] = "";
        (void)inet_ntop(peer->kind == 4 ? AF_INET : AF_INET6, peer->bytes, host, sizeof(host));
        sys_log("%s may not connect (DOCKGATE_ALLOW_FROM); others like it are not named", host);
    }
    counter_add(&w->counters, COUNTER_REFUSED, 1);
    return false;
}

/* Accepts one; false when there is none, or when none can be had for now. */
static bool accept_one(struct worker *w, struct worker_listener *l)
{
    if (w->nrefused >= REFUSED_MAX && peers_full(&w->shared->peers)) {
        accept_pause(w);
        return false;
    }
    struct sockaddr_storage from = {0};
    socklen_t len = sizeof(from);
    int fd = accept4(w->config->listeners[l->index].fd, (struct sockaddr *)&from, &len,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            accept_pause(w);
        }
        return errno == ECONNABORTED || errno == EINTR || errno == EPROTO;
    }
    struct peer_key peer;
    uint32_t port;
    peer_of(fd, &from, &peer, &port);
    if (!may_connect(w, &from, &peer)) {
        (void)close(fd); /* without a word: it has no business here */
        return true;
    }
    if (peer.kind != 1) {
        keep_alive(fd);
    }
    bool entered = peers_enter(&w->shared->peers, &peer);
    if (!entered && w->nrefused >= REFUSED_MAX) {
        counter_add(&w->counters, COUNTER_REFUSED, 1);
        (void)close(fd); /* the 503 of those before must do */
        return true;
    }
    session_open(w, fd, l->index, &peer, port, !entered);
    return true;
}

static void listener_ready(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    struct worker_listener *l = (struct worker_listener *)watch;
    for (int i = 0; i < ACCEPT_BATCH && l->watched; i++) {
        if (!accept_one(l->worker, l)) {
            return;
        }
    }
}

/* Listeners are level-triggered, so that what one batch leaves is seen in the next turn. */
static bool listeners_watch(struct worker *w)
{
    for (size_t i = 0; i < w->config->nlisteners; i++) {
        struct worker_listener *l = &w->listeners[i];
        l->watch.ready = listener_ready;
        l->worker = w;
        l->index = (uint16_t)i;
        l->watched =
            loop_add(&w->loop, w->config->listeners[i].fd, EPOLLIN | EPOLLEXCLUSIVE, &l->watch);
        if (!l->watched) {
            return false;
        }
    }
    return true;
}

static void accept_resume(struct worker *w)
{
    if (!w->accept_paused || w->draining) {
        return;
    }
    w->accept_paused = false;
    timer_stop(&w->accept_timer);
    if (!listeners_watch(w)) {
        accept_pause(w);
    }
}

void worker_place_free(struct worker *w)
{
    accept_resume(w);
}

static void accept_expired(struct timer *t)
{
    accept_resume(CONTAINER_OF(t, struct worker, accept_timer));
}

static void head_expired(struct timer *t)
{
    struct session *s = CONTAINER_OF(t, struct session, timer);
    session_head_late(s);
    session_run(s);
}

static void idle_expired(struct timer *t)
{
    struct session *s = CONTAINER_OF(t, struct session, timer);
    if (s->client_out.len > 0) {
        timer_start(&s->worker->idle_timers, t,
                    s->worker->now_us); /* its reader is slow, not idle */
        return;
    }
    session_close(s, false);
}

static void linger_expired(struct timer *t)
{
    session_close(CONTAINER_OF(t, struct session, timer), false);
}

static void engine_expired(struct timer *t)
{
    struct session *s = CONTAINER_OF(t, struct session, timer);
    session_fail(s, 504, SLICE("504 Gateway Timeout: the engine did not answer in time."));
    if (!s->closed) {
        session_run(s);
    }
}

static void dial_expired(struct timer *t)
{
    struct session *s = CONTAINER_OF(t, struct session, timer);
    session_dial(s);
    if (!s->closed) {
        session_run(s);
    }
}

static void pool_expired(struct timer *t)
{
    engine_close(CONTAINER_OF(t, struct engine, timer));
}

static void wake_ready(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    struct worker *w = CONTAINER_OF(watch, struct worker, wake_watch);
    uint64_t count;
    if (read(w->wake, &count, sizeof(count)) < 0) {
        return; /* nothing was sent after all */
    }
}

void worker_queue(struct worker *w, struct session *s)
{
    if (s->queued) {
        return;
    }
    s->queued = true;
    s->queued_next = NULL;
    if (w->queued_last != NULL) {
        w->queued_last->queued_next = s;
    } else {
        w->queued = s;
    }
    w->queued_last = s;
}

static void run_queued(struct worker *w)
{
    struct session *s = w->queued;
    w->queued = NULL;
    w->queued_last = NULL;
    while (s != NULL) {
        struct session *next = s->queued_next;
        s->queued = false;
        if (!s->closed) {
            session_run(s);
        }
        s = next;
    }
}

static void bury(struct worker *w)
{
    struct session *kept = NULL;
    while (w->dead_sessions != NULL) {
        struct session *s = w->dead_sessions;
        w->dead_sessions = s->next;
        if (s->queued) {
            s->next = kept; /* run_queued will still look at it */
            kept = s;
        } else {
            free(s);
        }
    }
    w->dead_sessions = kept;
    while (w->dead_engines != NULL) {
        struct engine *e = w->dead_engines;
        w->dead_engines = e->next;
        free(e);
    }
}

/* The loop's timers with what they do; the times that depend on the configuration are set in
 * worker_init. */
static void run_timers(struct worker *w)
{
    struct timer_queue *queues[] = {&w->head_timers,   &w->idle_timers, &w->engine_timers,
                                    &w->linger_timers, &w->dial_timers, &w->pool_timers,
                                    &w->accept_timers};
    for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++) {
        timer_queue_run(queues[i], w->now_us);
    }
}

static int next_wait_ms(const struct worker *w)
{
    if (w->queued != NULL) {
        return 0;
    }
    const struct timer_queue *queues[] = {&w->head_timers,   &w->idle_timers, &w->engine_timers,
                                          &w->linger_timers, &w->dial_timers, &w->pool_timers,
                                          &w->accept_timers};
    /* Without sessions there is nothing to cut: the other workers wake this one. */
    uint64_t due = w->draining && w->sessions != NULL ? w->drain_until_us : UINT64_MAX;
    for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++) {
        uint64_t other = timer_queue_due(queues[i]);
        due = other < due ? other : due;
    }
    if (due == UINT64_MAX) {
        return -1;
    }
    if (due <= w->now_us) {
        return 0;
    }
    uint64_t ms = (due - w->now_us + 999) / 1000;
    return ms > 60000 ? 60000 : (int)ms;
}

/* Stop accepting; who waits for a request goes now, who has one under way may finish it. */
static void drain(struct worker *w)
{
    w->draining = true;
    w->drain_until_us = w->now_us + (uint64_t)w->config->grace_ms * 1000;
    accept_pause(w);
    timer_stop(&w->accept_timer);
    while (w->pool != NULL) {
        engine_close(w->pool);
    }
    for (struct session *s = w->sessions, *next; s != NULL; s = next) {
        next = s->next;
        if (s->up == UP_IDLE && s->down == DOWN_NONE) {
            session_linger(s);
            session_run(s);
        }
    }
}

static void close_all(struct worker *w)
{
    while (w->sessions != NULL) {
        session_close(w->sessions, false);
    }
}

/* The first worker reads the signals: while others still have work it stays, so that a second
 * signal is seen. */
static bool waits_for_others(const struct worker *w)
{
    return w->reads_signals && atomic_load(&w->shared->running) > 1;
}

void worker_run(struct worker *w)
{
    for (;;) {
        unsigned stopping = atomic_load_explicit(&w->shared->stopping, memory_order_relaxed);
        if (stopping > 0 && !w->draining) {
            drain(w);
        }
        if (stopping > 1 || (w->draining && w->now_us >= w->drain_until_us)) {
            close_all(w);
        }
        bury(w);
        if (w->draining && w->sessions == NULL && !waits_for_others(w)) {
            return;
        }
        loop_turn(&w->loop, next_wait_ms(w), &w->now_us);
        run_queued(w);
        run_timers(w);
    }
}

bool worker_init(struct worker *w, struct gate_shared *shared, struct diag *d)
{
    const struct gate_config *c = shared->config;
    *w = (struct worker){.shared = shared, .config = c, .wake = -1, .loop = {-1}};
    w->now_us = sys_clock_us();
    timer_queue_init(&w->head_timers, (uint64_t)c->head_ms * 1000, head_expired);
    timer_queue_init(&w->idle_timers, (uint64_t)c->idle_ms * 1000, idle_expired);
    timer_queue_init(&w->engine_timers, (uint64_t)c->engine_ms * 1000, engine_expired);
    timer_queue_init(&w->linger_timers, LINGER_US, linger_expired);
    timer_queue_init(&w->dial_timers, DIAL_US, dial_expired);
    timer_queue_init(&w->pool_timers, POOL_US, pool_expired);
    timer_queue_init(&w->accept_timers, ACCEPT_US, accept_expired);
    w->in = malloc(LIMIT_READ);
    w->out = malloc(WORKER_OUT);
    w->room.path = malloc(LIMIT_TARGET);
    w->room.patterns = pattern_room_new();
    w->listeners = calloc(c->nlisteners, sizeof(*w->listeners));
    if (w->in == NULL || w->out == NULL || w->room.path == NULL || w->room.patterns == NULL ||
        w->listeners == NULL) {
        return diag_set(d, "no memory for a worker's buffers");
    }
    if (!loop_init(&w->loop, d)) {
        return false;
    }
    w->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    w->wake_watch.ready = wake_ready;
    if (w->wake < 0 || !loop_add(&w->loop, w->wake, EPOLLIN, &w->wake_watch)) {
        return diag_set(d, "eventfd: %s", strerrordesc_np(errno));
    }
    if (!listeners_watch(w)) {
        return diag_set(d, "a listener can't be watched: %s", strerrordesc_np(errno));
    }
    return true;
}

void worker_fini(struct worker *w)
{
    close_all(w);
    while (w->pool != NULL) {
        engine_close(w->pool);
    }
    run_queued(w); /* all are closed: this only takes them out of the queue */
    bury(w);
    loop_fini(&w->loop);
    if (w->wake >= 0) {
        (void)close(w->wake); /* nothing to be done about an error */
    }
    free(w->in);
    free(w->out);
    free(w->room.path);
    pattern_room_free(w->room.patterns);
    free(w->listeners);
}
