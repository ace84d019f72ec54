/* A thread that holds connections until it is known whose they are. Names can't be looked up once
 * and for all: a container that is made anew has another address. Nobody is sent away by what was
 * found before he came, and nobody is let in by what is older than the name server allows. */
#include "gate/door.h"

#include "gate/worker.h"
#include "sys/clock.h"
#include "sys/log.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MS_US UINT64_C(1000)

struct waiting {
    struct arrival arrival;
    uint64_t since_us;
};

struct door {
    struct gate_shared *shared;
    struct resolver *names;
    pthread_t thread;
    int wake;           /* eventfd: somebody came, or it is over */
    atomic_bool ending; /* the latter */
    atomic_uint_fast64_t refused;
    pthread_mutex_t lock; /* over the next two */
    size_t n;
    struct waiting waiting[LIMIT_NAME_WAITING];
    /* The thread's own. */
    bool asking;          /* a look-up is under way, or has ended just now */
    uint64_t begun_us;    /* when it began, or the last one */
    uint64_t complete_us; /* when the last one that has ended had begun; 0: none has */
    uint64_t fresh_until_us;
    const char *said[LIMIT_NAMES]; /* what was last said to be wrong with each name */
};

enum answer { WAIT, COME_IN, GO_AWAY };

/* What is known of who came then. */
static enum answer answer_to(const struct door *d, const struct waiting *w, uint64_t now_us)
{
    const struct peer_key *peer = &w->arrival.who.peer;
    bool asked_since = d->complete_us >= w->since_us;

    if (asked_since || now_us < d->fresh_until_us) {
        const struct net_networks *found = resolver_found(d->names);
        for (size_t i = 0; i < found->n; i++) {
            if (net_network_has(&found->at[i], peer->bytes, peer->kind == PEER_IPV4)) {
                return COME_IN;
            }
        }
    }
    return asked_since || now_us - w->since_us >= LIMIT_NAME_WAIT_MS * MS_US ? GO_AWAY : WAIT;
}

static void send_away(struct door *d, const struct arrival *a)
{
    atomic_fetch_add_explicit(&d->refused, 1, memory_order_relaxed);
    worker_say_refused(d->shared, &a->who.peer);
    peers_leave(&d->shared->peers, &a->who.peer);
    (void)close(a->fd); /* without a word: it has no business here */
}

/* Answers whom it can; true where somebody waits for a look-up. */
static bool answer_all(struct door *d, uint64_t now_us)
{
    size_t kept = 0;

    (void)pthread_mutex_lock(&d->lock); /* a plain mutex of ours: can't fail */
    for (size_t i = 0; i < d->n; i++) {
        struct waiting w = d->waiting[i];
        enum answer answer = answer_to(d, &w, now_us);

        if (answer == GO_AWAY) {
            send_away(d, &w.arrival);
        } else if (answer == WAIT || !worker_pass(d->shared, UINT_MAX, &w.arrival)) {
            d->waiting[kept++] = w; /* a worker that takes no more will soon */
        }
    }
    d->n = kept;
    (void)pthread_mutex_unlock(&d->lock);
    return kept > 0;
}

/* Says of each name when it has no address, and when it has one again; not what it is each time. */
static void say_names(struct door *d)
{
    for (size_t i = 0; i < resolver_count(d->names); i++) {
        struct resolver_name name = resolver_name_at(d->names, i);

        if (name.error != NULL && name.error != d->said[i]) {
            sys_log("host %s: %s; it may not connect (DOCKGATE_ALLOW_FROM)", name.name, name.error);
        } else if (name.error == NULL && d->said[i] != NULL) {
            sys_log("host %s: has an address again", name.name);
        }
        d->said[i] = name.error;
    }
}

/* The look-up has ended. */
static void take_found(struct door *d, uint64_t now_us)
{
    d->asking = false;
    d->complete_us = d->begun_us;
    d->fresh_until_us = now_us + resolver_ttl_s(d->names) * 1000 * MS_US;
    say_names(d);
}

/* Begins a look-up where somebody wants one and the last one is not too near; else how long to wait
 * for that moment, or for those who have waited long enough. */
static int begin(struct door *d, bool wanted, uint64_t now_us)
{
    uint64_t since_us = now_us - d->begun_us;
    uint64_t pause_us = LIMIT_NAME_PAUSE_MS * MS_US;

    if (!wanted) {
        return -1;
    }
    if (d->asking || since_us < pause_us) {
        return (int)((since_us < pause_us ? pause_us - since_us : pause_us) / MS_US) + 1;
    }
    d->begun_us = now_us;
    d->asking = true;
    resolver_begin(d->names);
    return resolver_busy(d->names) ? LIMIT_NAME_PAUSE_MS : 0;
}

static void wait_for_more(struct door *d, int timeout_ms)
{
    struct pollfd p[RESOLVER_DESCRIPTORS + 1];
    nfds_t n = resolver_watch(d->names, p, &timeout_ms);

    p[n] = (struct pollfd){.fd = d->wake, .events = POLLIN};
    if (poll(p, n + 1, timeout_ms) < 0) {
        return; /* interrupted: it is done again */
    }
    if (p[n].revents != 0) {
        eventfd_t ignored;
        (void)eventfd_read(d->wake, &ignored); /* whom it announces is seen in the list */
    }
    resolver_step(d->names, p, n);
}

static void *door_thread(void *argument)
{
    struct door *d = argument;
    bool wanted = true; /* the first time without anybody */

    while (!atomic_load(&d->ending)) {
        uint64_t now_us = sys_clock_us();

        if (d->asking && !resolver_busy(d->names)) {
            take_found(d, now_us);
        }
        wanted |= answer_all(d, now_us);
        wait_for_more(d, begin(d, wanted, now_us));
        wanted = false;
    }
    return NULL;
}

bool door_put(struct door *d, const struct arrival *a)
{
    uint64_t now_us = sys_clock_us();

    (void)pthread_mutex_lock(&d->lock); /* a plain mutex of ours: can't fail */
    bool fits = d->n < LIMIT_NAME_WAITING;
    if (fits) {
        d->waiting[d->n++] = (struct waiting){*a, now_us};
    }
    (void)pthread_mutex_unlock(&d->lock);
    if (fits) {
        (void)eventfd_write(d->wake, 1); /* it can't be full: the thread empties it */
    }
    return fits;
}

uint64_t door_refused(const struct door *d)
{
    return atomic_load_explicit(&d->refused, memory_order_relaxed);
}

struct door *door_new(struct gate_shared *shared, struct resolver *names, struct diag *d)
{
    struct door *made = calloc(1, sizeof(*made));

    if (made == NULL || pthread_mutex_init(&made->lock, NULL) != 0) {
        (void)diag_set(d, "no memory for the look-up of names");
        free(made);
        return NULL;
    }
    made->shared = shared;
    made->names = names;
    made->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int error = made->wake < 0 ? errno : pthread_create(&made->thread, NULL, door_thread, made);
    if (error != 0) {
        (void)diag_set(d, "names can't be looked up: %s", strerrordesc_np(error));
        if (made->wake >= 0) {
            (void)close(made->wake); /* unused */
        }
        (void)pthread_mutex_destroy(&made->lock);
        free(made);
        return NULL;
    }
    return made;
}

void door_free(struct door *d)
{
    if (d == NULL) {
        return;
    }
    atomic_store(&d->ending, true);
    (void)eventfd_write(d->wake, 1); /* as above */
    (void)pthread_join(d->thread, NULL);
    for (size_t i = 0; i < d->n; i++) {
        peers_leave(&d->shared->peers, &d->waiting[i].arrival.who.peer);
        (void)close(d->waiting[i].arrival.fd); /* nothing to be done about an error */
    }
    (void)close(d->wake);
    (void)pthread_mutex_destroy(&d->lock);
    free(d);
}
