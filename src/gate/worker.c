/* Workers: accepting, the turns of the loop, timers, and the end. */
#include "gate/worker.h"

#include "gate/lookup.h"
#include "sys/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define CONTAINER_OF(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

static const uint64_t LINGER_US = 2000000;
static const uint64_t DIAL_US = 5000;
static const uint64_t POOL_US = 60000000;
static const uint64_t ACCEPT_US = 100000;

/* How long the two clocks are taken to go alike: somebody may set the one on the wall. */
static const uint64_t WALL_US = 100000;

static void accept_expired(struct timer *t)
{
    worker_accept_resume(CONTAINER_OF(t, struct worker, accept_timer));
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

/* Takes what other workers have accepted for this one. */
static void take_arrivals(struct worker *w, bool close)
{
    struct arrival arrivals[HANDOFF_MAX];
    unsigned n = handoff_take(&w->handoff, arrivals, close);
    atomic_fetch_sub_explicit(&w->nsessions, n, memory_order_relaxed); /* counted on the way */
    for (unsigned i = 0; i < n; i++) {
        session_open(w, &arrivals[i], false);
    }
}

static void wake_ready(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    struct worker *w = CONTAINER_OF(watch, struct worker, wake_watch);
    uint64_t count;
    if (read(w->wake, &count, sizeof(count)) < 0) {
        return; /* nothing was sent after all */
    }
    take_arrivals(w, false);
}

void worker_wake(const struct worker *w)
{
    uint64_t one = 1;
    ssize_t n = write(w->wake, &one, sizeof(one));
    (void)n; /* fails only when it is being woken already */
}

uint64_t worker_unix_ms(struct worker *w, uint64_t at_us)
{
    if (w->wall_us == 0 || at_us - w->wall_at_us >= WALL_US) {
        w->wall_us = sys_clock_unix_us();
        w->wall_at_us = sys_clock_us();
    }
    return (w->wall_us - w->wall_at_us + at_us) / 1000; /* it may be from before */
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
    lookup_bury(w);
}

/* The loop's timers with what they do; the times that depend on the configuration are set in
 * worker_init. */
static void run_timers(struct worker *w)
{
    struct timer_queue *queues[] = {&w->head_timers,   &w->idle_timers,   &w->engine_timers,
                                    &w->linger_timers, &w->dial_timers,   &w->pool_timers,
                                    &w->accept_timers, &w->lookup_timers, &w->lookup_dial_timers};
    for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++) {
        timer_queue_run(queues[i], w->now_us);
    }
}

static int next_wait_ms(const struct worker *w)
{
    if (w->queued != NULL || w->nlookups_due > 0) {
        return 0;
    }
    const struct timer_queue *queues[] = {
        &w->head_timers,   &w->idle_timers,   &w->engine_timers,
        &w->linger_timers, &w->dial_timers,   &w->pool_timers,
        &w->accept_timers, &w->lookup_timers, &w->lookup_dial_timers};
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
    worker_accept_pause(w);
    timer_stop(&w->accept_timer);
    take_arrivals(w, true);
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
        run_queued(w); /* before anything may end a session: it has something to write */
        worker_take_policies(w);
        callers_check(w);
        lookup_run_due(w);
        run_timers(w);
    }
}

/* Whether a reload has taken its policy from what runs, or what a label grants of it. */
static bool is_outdated(struct session *s)
{
    const struct gate_policy *was = s->exchange->policy;
    struct clients_found now = callers_policy(s);
    const struct gate_policy *is = now.policy;
    bool granted = is->observe || label_grants(now.label, s->exchange->verdict.match.operation);

    return (was->reopen || is->reopen) &&
           !(granted && slice_equal(was->name, is->name) && slice_equal(was->text, is->text));
}

/* Ends what has no end by itself; its client sees that it was cut, and asks again. */
static void end_outdated(struct worker *w)
{
    for (struct session *s = w->sessions, *next; s != NULL; s = next) {
        next = s->next;
        bool runs =
            s->exchange != NULL && !s->exchange->answered &&
            (s->exchange->kind == OPERATION_STREAM || s->exchange->kind == OPERATION_UPGRADE);
        if (runs && is_outdated(s)) {
            session_close(s, false);
        }
    }
}

void worker_take_policies(struct worker *w)
{
    unsigned generation = atomic_load_explicit(&w->shared->generation, memory_order_relaxed);
    if (w->policies != NULL && generation == w->generation) {
        return;
    }
    (void)pthread_mutex_lock(&w->shared->policies_lock); /* a plain mutex of ours: can't fail */
    struct snapshot_hold *taken = snapshot_hold_new(w->shared->policies);
    if (taken != NULL) { /* else the next turn tries again */
        gate_snapshot_get(taken->snapshot);
        w->generation = atomic_load_explicit(&w->shared->generation, memory_order_relaxed);
    }
    (void)pthread_mutex_unlock(&w->shared->policies_lock);
    if (taken != NULL) {
        bool first = w->policies == NULL;
        snapshot_hold_put(w->policies);
        w->policies = taken;
        if (!first) {
            end_outdated(w);
        }
    }
}

bool worker_init(struct worker *w, struct gate_shared *shared, struct diag *d)
{
    const struct gate_config *c = shared->config;
    *w = (struct worker){.shared = shared, .config = c, .wake = -1, .loop = {.epoll = -1}};
    w->now_us = sys_clock_us();
    timer_queue_init(&w->head_timers, (uint64_t)c->head_ms * 1000, head_expired);
    timer_queue_init(&w->idle_timers, (uint64_t)c->idle_ms * 1000, idle_expired);
    timer_queue_init(&w->engine_timers, (uint64_t)c->engine_ms * 1000, engine_expired);
    timer_queue_init(&w->linger_timers, LINGER_US, linger_expired);
    timer_queue_init(&w->dial_timers, DIAL_US, dial_expired);
    timer_queue_init(&w->pool_timers, POOL_US, pool_expired);
    timer_queue_init(&w->accept_timers, ACCEPT_US, accept_expired);
    timer_queue_init(&w->lookup_timers, (uint64_t)LIMIT_LOOKUP_MS * 1000, lookup_expired);
    timer_queue_init(&w->lookup_dial_timers, DIAL_US, lookup_redial);
    /* One block, large enough to have pages of its own: what is never used is never there. */
    w->scratch = malloc(LIMIT_TARGET + WORKER_OUT + LIMIT_READ);
    w->room.patterns = pattern_room_new();
    worker_take_policies(w);
    w->listeners = calloc(c->nlisteners, sizeof(*w->listeners));
    if (w->scratch == NULL || w->room.patterns == NULL || w->listeners == NULL ||
        w->policies == NULL || !handoff_init(&w->handoff)) {
        return diag_set(d, "no memory for a worker's buffers");
    }
    w->room.path = w->scratch;
    w->out = w->scratch + LIMIT_TARGET;
    w->in = w->out + WORKER_OUT;
    if (!loop_init(&w->loop, d)) {
        return false;
    }
    w->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    w->wake_watch.ready = wake_ready;
    if (w->wake < 0 || !loop_add(&w->loop, w->wake, EPOLLIN, &w->wake_watch)) {
        return diag_set(d, "eventfd: %s", strerrordesc_np(errno));
    }
    if (!worker_listeners_watch(w)) {
        return diag_set(d, "a listener can't be watched: %s", strerrordesc_np(errno));
    }
    return true;
}

void worker_fini(struct worker *w)
{
    take_arrivals(w, true);
    close_all(w);
    callers_fini(w);
    while (w->lookups != NULL) {
        lookup_cancel(w->lookups);
    }
    while (w->pool != NULL) {
        engine_close(w->pool);
    }
    run_queued(w); /* all are closed: this only takes them out of the queue */
    bury(w);
    loop_fini(&w->loop);
    if (w->wake >= 0) {
        (void)close(w->wake); /* nothing to be done about an error */
    }
    handoff_fini(&w->handoff);
    exchanges_fini(&w->exchanges);
    free(w->scratch);
    pattern_room_free(w->room.patterns);
    snapshot_hold_put(w->policies);
    free(w->listeners);
}
