/* Accepting: who is at the other end, whether there is a place, and which worker gets it. */
#include "gate/worker.h"
#include "sys/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

/* Connections accepted in one go before others get their turn. */
#define ACCEPT_BATCH 64

/* Refused connections that may linger at once, beyond the limit, so that their 503 can be read. */
#define REFUSED_MAX 64

/* Who is at the other end. */
static void caller_of(int fd, const struct sockaddr_storage *from, struct caller *caller)
{
    struct peer_key *key = &caller->peer;
    key->kind = PEER_UNIX;
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)from;
        key->kind = PEER_IPV4;
        memcpy(key->bytes, &in->sin_addr, sizeof(in->sin_addr));
        caller->port = ntohs(in->sin_port);
    } else if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)from;
        caller->port = ntohs(in6->sin6_port);
        if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
            key->kind = PEER_IPV4;
            memcpy(key->bytes, &in6->sin6_addr.s6_addr[12], 4);
        } else {
            key->kind = PEER_IPV6;
            memcpy(key->bytes, &in6->sin6_addr, sizeof(in6->sin6_addr));
        }
    } else {
        struct ucred who = {0};
        socklen_t len = sizeof(who);
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0) {
            who = (struct ucred){.uid = (uid_t)-1, .gid = (gid_t)-1}; /* nobody has these */
        }
        memcpy(key->bytes, &who.uid, sizeof(who.uid));
        caller->port = (uint32_t)who.pid;
        caller->gid = who.gid;
    }
}

void worker_accept_pause(struct worker *w)
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

void worker_say_refused(struct gate_shared *shared, const struct peer_key *peer)
{
    if (!atomic_exchange(&shared->foreign_said, true)) {
        char host[INET6_ADDRSTRLEN] = "";
        (void)inet_ntop(peer->kind == PEER_IPV4 ? AF_INET : AF_INET6, peer->bytes, host,
                        sizeof(host));
        sys_log("%s may not connect (DOCKGATE_ALLOW_FROM); others like it are not named", host);
    }
}

/* Whether who connects is one of those who may, as far as addresses tell. Everybody may know the
 * local users by the rights of the socket file. */
static bool may_connect(const struct worker *w, const struct sockaddr_storage *from)
{
    const struct net_networks *may = w->config->allow_from;
    return may == NULL || from->ss_family == AF_UNIX || net_networks_have(may, from);
}

/* Where addresses don't tell: a name may. It is counted in for as long as that takes. */
static void ask_names(struct worker *w, const struct arrival *a)
{
    if (w->shared->door == NULL) {
        worker_say_refused(w->shared, &a->who.peer);
    } else if (peers_enter(&w->shared->peers, &a->who.peer)) {
        if (door_put(w->shared->door, a)) {
            return;
        }
        peers_leave(&w->shared->peers, &a->who.peer);
    }
    counter_add(&w->counters, COUNTER_REFUSED, 1);
    (void)close(a->fd); /* without a word: it has no business here */
}

bool worker_pass(const struct gate_shared *shared, unsigned below, const struct arrival *a)
{
    struct worker *least = NULL;
    for (unsigned i = 0; i < shared->nworkers; i++) {
        struct worker *other = &shared->workers[i];
        unsigned n = atomic_load_explicit(&other->nsessions, memory_order_relaxed);
        if (n < below) {
            below = n;
            least = other;
        }
    }
    if (least == NULL) {
        return false;
    }
    /* Counted at once, so that the next one does not go there too before this one is taken. */
    atomic_fetch_add_explicit(&least->nsessions, 1, memory_order_relaxed);
    if (!handoff_put(&least->handoff, a)) {
        atomic_fetch_sub_explicit(&least->nsessions, 1, memory_order_relaxed);
        return false;
    }
    worker_wake(least);
    return true;
}

/* Gives the connection to the worker that has fewest, unless that is this one. The kernel wakes one
 * worker for many connections that come at once; they would all stay with it. */
static bool pass_on(const struct worker *w, const struct arrival *a)
{
    return worker_pass(w->shared, atomic_load_explicit(&w->nsessions, memory_order_relaxed), a);
}

/* Accepts one; false when there is none, or when none can be had for now. */
static bool accept_one(struct worker *w, struct worker_listener *l)
{
    if (w->nrefused >= REFUSED_MAX && peers_full(&w->shared->peers)) {
        worker_accept_pause(w);
        return false;
    }
    struct sockaddr_storage from = {0};
    socklen_t len = sizeof(from);
    int fd = accept4(w->config->listeners[l->index].fd, (struct sockaddr *)&from, &len,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            worker_accept_pause(w);
        }
        return errno == ECONNABORTED || errno == EINTR || errno == EPROTO;
    }
    struct arrival a = {.fd = fd, .who = {.listener = l->index}};
    caller_of(fd, &from, &a.who);
    if (a.who.peer.kind != PEER_UNIX) {
        stream_tune_tcp(fd);
    }
    if (!may_connect(w, &from)) {
        ask_names(w, &a);
        return true;
    }
    bool entered = peers_enter(&w->shared->peers, &a.who.peer);
    /* Of one address alone that has too many. Where all places are taken accepting pauses, but
     * another worker may take the last one in between: then this one is answered all the same. */
    if (!entered && w->nrefused >= REFUSED_MAX && !peers_full(&w->shared->peers)) {
        counter_add(&w->counters, COUNTER_REFUSED, 1);
        (void)close(fd); /* the 503 of those before must do */
        return true;
    }
    if (!entered || !pass_on(w, &a)) {
        session_open(w, &a, !entered);
    }
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
bool worker_listeners_watch(struct worker *w)
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

void worker_accept_resume(struct worker *w)
{
    if (!w->accept_paused || w->draining) {
        return;
    }
    w->accept_paused = false;
    timer_stop(&w->accept_timer);
    if (!worker_listeners_watch(w)) {
        worker_accept_pause(w);
    }
}
