/* Connections to the engine: dialled, kept alive in a pool, taken again. */
#include "gate/lookup.h"
#include "gate/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* More than this many idle connections, of all workers together, are of no use to anybody. */
#define POOL_MAX 512

static void pool_unlink(struct worker *w, struct engine *e)
{
    if (e->prev != NULL) {
        e->prev->next = e->next;
    } else {
        w->pool = e->next;
    }
    if (e->next != NULL) {
        e->next->prev = e->prev;
    }
    e->next = NULL;
    e->prev = NULL;
    w->npool--;
    timer_stop(&e->timer);
}

static void engine_ready(struct loop_watch *watch, uint32_t events)
{
    struct engine *e = (struct engine *)watch;
    if (e->stream.fd < 0) {
        return;
    }
    stream_note(&e->stream, events);
    if (e->session != NULL) {
        session_run(e->session);
    } else if (e->lookup != NULL) {
        lookup_run(e->lookup);
    } else if (e->stream.readable) {
        /* In the pool nothing is expected: the engine has closed it, or speaks out of turn. */
        engine_close(e);
    }
}

static int dial(struct worker *w, struct way *way, bool *connecting)
{
    int fd = w->shared->engine_name == NULL
                 ? stream_dial(&w->config->engine, connecting)
                 : engine_name_dial(w->shared->engine_name, way, w->now_us, connecting);

    if (fd >= 0 || errno != EINPROGRESS) {
        counter_add(&w->counters, COUNTER_DIALLED, 1);
    }
    return fd;
}

bool engine_dial_again(const struct worker *w, struct way *way, int error)
{
    way->failed = error;
    return w->shared->engine_name != NULL;
}

void engine_reached(struct worker *w, struct way *way)
{
    if (w->shared->engine_name != NULL) {
        engine_name_reached(w->shared->engine_name, way);
    }
}

struct engine *engine_dial(struct worker *w, struct session *s, struct way *way, bool *connecting)
{
    struct engine *e = calloc(1, sizeof(*e));
    if (e == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    int fd = dial(w, way, connecting);
    if (fd < 0 || !stream_open(&e->stream, &w->loop, fd, engine_ready)) {
        int error = errno;
        if (fd >= 0) {
            (void)close(fd); /* nothing to be done about an error */
        }
        free(e);
        errno = error;
        return NULL;
    }
    e->worker = w;
    e->session = s;
    e->stream.writable = !*connecting;
    return e;
}

void engine_close(struct engine *e)
{
    struct worker *w = e->worker;
    if (e->stream.fd < 0) {
        return;
    }
    if (e->session == NULL && e->lookup == NULL) {
        pool_unlink(w, e);
    }
    stream_close(&e->stream, false);
    e->session = NULL;
    e->lookup = NULL;
    e->next = w->dead_engines;
    w->dead_engines = e;
}

struct engine *engine_take(struct worker *w)
{
    struct engine *e = w->pool;
    if (e != NULL) {
        pool_unlink(w, e);
        e->reused = true;
        counter_add(&w->counters, COUNTER_REUSED, 1);
    }
    return e;
}

void engine_put(struct worker *w, struct engine *e)
{
    e->session = NULL;
    e->lookup = NULL;
    e->prev = NULL;
    e->next = w->pool;
    if (w->pool != NULL) {
        w->pool->prev = e;
    }
    w->pool = e;
    w->npool++;
    timer_start(&w->pool_timers, &e->timer, w->now_us);
    if (w->npool * w->config->workers > POOL_MAX || e->stream.readable || w->draining) {
        engine_close(e);
    }
}
