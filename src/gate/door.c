/* A thread that holds connections until it is known whose they are. Names can't be looked up once
 * and for all: a container that is made anew has another address. Nobody is sent away by what was
 * found before he came, and nobody is let in by what is older than the name server allows. */
#include "gate/door.h"

#include "gate/worker.h"
#include "net/inquiry.h"
#include "sys/clock.h"
#include "sys/log.h"

#include <limits.h>
#include <stdlib.h>
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
    struct inquiry inquiry; /* woken when somebody has come, or it is over */
    atomic_bool ending;     /* the latter */
    atomic_uint_fast64_t refused;
    pthread_mutex_t lock; /* over the next two */
    size_t n;
    struct waiting waiting[LIMIT_NAME_WAITING];
    const char *said[LIMIT_NAMES]; /* what was last said to be wrong with each name; the thread's */
};

enum answer { WAIT, COME_IN, GO_AWAY };

/* What is known of who came then. */
static enum answer answer_to(const struct door *d, const struct waiting *w, uint64_t now_us)
{
    const struct peer_key *peer = &w->arrival.who.peer;
    bool asked_since = d->inquiry.complete_us >= w->since_us;

    if (asked_since || now_us < d->inquiry.fresh_until_us) {
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

static void *door_thread(void *argument)
{
    struct door *d = argument;
    bool wanted = true; /* the first time without anybody */

    while (!atomic_load(&d->ending)) {
        uint64_t now_us = sys_clock_us();

        if (inquiry_ended(&d->inquiry, now_us)) {
            say_names(d);
        }
        wanted |= answer_all(d, now_us);
        if (wanted) {
            (void)inquiry_begin(&d->inquiry, now_us); /* or soon */
        }
        inquiry_wait(&d->inquiry, wanted, now_us);
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
        inquiry_wake(&d->inquiry);
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
    bool ok = inquiry_init(&made->inquiry, names, d);
    int error = ok ? pthread_create(&made->thread, NULL, door_thread, made) : 0;
    if (error != 0) {
        ok = diag_set(d, "names can't be looked up: %s", strerrordesc_np(error));
    }
    if (!ok) {
        inquiry_fini(&made->inquiry);
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
    inquiry_wake(&d->inquiry);
    (void)pthread_join(d->thread, NULL);
    for (size_t i = 0; i < d->n; i++) {
        peers_leave(&d->shared->peers, &d->waiting[i].arrival.who.peer);
        (void)close(d->waiting[i].arrival.fd); /* nothing to be done about an error */
    }
    inquiry_fini(&d->inquiry);
    (void)pthread_mutex_destroy(&d->lock);
    free(d);
}
