/* Look-ups of the engine's name, by a thread: whoever dials finds an answer that is fresh enough,
 * or wants one and comes back. The workers' loops wait for no name server. */
#include "gate/engine_name.h"

#include "net/inquiry.h"
#include "net/stream.h"
#include "sys/clock.h"
#include "sys/log.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

/* How often the kernel asks again for a connection: gives up after 3 seconds instead of two
 * minutes, since another address may be better. */
#define AGAIN 1

struct engine_name {
    const struct net_address *engine;
    struct resolver *names; /* NULL: no thread, the answer stays */
    struct inquiry inquiry; /* woken when somebody wants an answer, or it is over */
    pthread_t thread;
    atomic_bool ending;   /* the latter */
    pthread_mutex_t lock; /* over the next two */
    bool wanted;
    struct way_answer answer;
    const char *said; /* what was last said to be wrong; the thread's */
};

/* The look-up has ended. */
static void take_found(struct engine_name *n)
{
    struct way_answer *a = &n->answer;

    a->error = resolver_name_at(n->names, 0).error;
    if (a->error == NULL) {
        way_answer_set(a, resolver_found(n->names), net_address_port(n->engine));
        a->error = a->n == 0 ? "it has no address" : NULL;
    } else {
        a->n = 0;
    }
    a->number++;
    a->begun_us = n->inquiry.complete_us;
    a->fresh_until_us = a->error == NULL ? n->inquiry.fresh_until_us : 0;
}

/* Says when it has no address, and when it has one again; not what it is each time. */
static void say(struct engine_name *n, const char *error)
{
    if (error != NULL && error != n->said) {
        sys_log("engine %s: %s; requests are answered with 502 until it has an address",
                n->engine->text, error);
    } else if (error == NULL && n->said != NULL) {
        sys_log("engine %s: has an address again", n->engine->text);
    }
    n->said = error;
}

static void *name_thread(void *argument)
{
    struct engine_name *n = argument;

    while (!atomic_load(&n->ending)) {
        (void)pthread_mutex_lock(&n->lock); /* a plain mutex of ours: can't fail */
        uint64_t now_us = sys_clock_us();
        bool ended = inquiry_ended(&n->inquiry, now_us);

        if (ended) {
            take_found(n);
        }
        if (n->wanted && inquiry_begin(&n->inquiry, now_us)) {
            n->wanted = false;
        }
        bool wanted = n->wanted;
        const char *error = n->answer.error;
        (void)pthread_mutex_unlock(&n->lock);
        if (ended) {
            say(n, error);
        }
        inquiry_wait(&n->inquiry, wanted, now_us);
    }
    return NULL;
}

/* The next address, copied: the answer may change. */
static enum way_next next(struct engine_name *n, struct way *way, uint64_t now_us,
                          struct net_address *to)
{
    const struct net_address *at = NULL;
    bool wake = false;

    (void)pthread_mutex_lock(&n->lock); /* as above */
    enum way_next next = way_next(way, &n->answer, now_us, &at);
    if (next == WAY_GO) {
        *to = *at;
    }
    if (next == WAY_WAIT && !n->wanted) {
        n->wanted = true;
        wake = true;
    }
    (void)pthread_mutex_unlock(&n->lock);
    if (wake) {
        inquiry_wake(&n->inquiry);
    }
    return next;
}

/* Not the address's fault: the next one would fail as well. */
static bool is_ours(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS ||
           error == EAGAIN;
}

int engine_name_dial(struct engine_name *n, struct way *way, uint64_t now_us, bool *connecting)
{
    struct net_address to;
    enum way_next what;

    while ((what = next(n, way, now_us, &to)) == WAY_GO) {
        int again = AGAIN;
        int fd = stream_dial(&to, connecting);

        if (fd >= 0) {
            /* It would wait for longer, that is all. */
            (void)setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &again, sizeof(again));
            return fd;
        }
        if (is_ours(errno)) {
            return -1;
        }
        way->failed = errno;
    }
    errno = what == WAY_WAIT ? EINPROGRESS : way->no_answer != NULL ? EHOSTUNREACH : way->failed;
    return -1;
}

void engine_name_reached(struct engine_name *n, struct way *way)
{
    (void)pthread_mutex_lock(&n->lock); /* as above */
    way_reached(way, &n->answer);
    (void)pthread_mutex_unlock(&n->lock);
}

static bool start(struct engine_name *n, struct diag *d)
{
    if (!inquiry_init(&n->inquiry, n->names, d)) {
        return false;
    }
    n->wanted = true;
    int error = pthread_create(&n->thread, NULL, name_thread, n);
    if (error != 0) {
        inquiry_fini(&n->inquiry);
        return diag_set(d, "the engine's name can't be looked up: %s", strerrordesc_np(error));
    }
    return true;
}

struct engine_name *engine_name_new(const struct net_address *engine,
                                    const struct net_networks *fixed, struct resolver *names,
                                    struct diag *d)
{
    struct engine_name *n = calloc(1, sizeof(*n));

    if (n == NULL || pthread_mutex_init(&n->lock, NULL) != 0) {
        (void)diag_set(d, "no memory for the engine's name");
        free(n);
        return NULL;
    }
    n->engine = engine;
    n->names = names;
    if (names == NULL) {
        way_answer_set(&n->answer, fixed, net_address_port(engine));
        n->answer.number = 1;
        n->answer.begun_us = UINT64_MAX;
    } else if (!start(n, d)) {
        (void)pthread_mutex_destroy(&n->lock);
        free(n);
        return NULL;
    }
    return n;
}

void engine_name_free(struct engine_name *n)
{
    if (n == NULL) {
        return;
    }
    if (n->names != NULL) {
        atomic_store(&n->ending, true);
        inquiry_wake(&n->inquiry);
        (void)pthread_join(n->thread, NULL);
        inquiry_fini(&n->inquiry);
    }
    (void)pthread_mutex_destroy(&n->lock);
    free(n);
}
