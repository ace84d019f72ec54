/* The gate: its workers' threads, its signals, its end. */
#include "gate/gate.h"

#include "gate/worker.h"
#include "net/stream.h"
#include "sys/clock.h"
#include "sys/log.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct gate {
    struct gate_shared shared;
    struct worker *workers; /* the first runs on the caller's thread */
    pthread_t *threads;
    unsigned nworkers;
    unsigned nthreads; /* started */
    pthread_mutex_t start_lock;
    pthread_cond_t start;
    unsigned started; /* 1: run, 2: go home */
    struct loop_watch signal_watch;
    struct loop_watch changes_watch;
    int signals; /* signalfd */
};

static void listeners_refuse(const struct gate_config *config)
{
    for (size_t i = 0; i < config->nlisteners; i++) {
        net_listener_refuse(&config->listeners[i]);
    }
}

void gate_stop(struct gate *g)
{
    unsigned before = atomic_load(&g->shared.stopping);
    while (before < 2 && !atomic_compare_exchange_weak(&g->shared.stopping, &before, before + 1)) {
    }
    if (before == 0) {
        listeners_refuse(g->shared.config);
    }
    if (before < 2) {
        sys_log(before == 0 ? "stopping: running requests may finish, a second signal ends at once"
                            : "stopping at once");
    }
    for (unsigned i = 0; i < g->nworkers; i++) {
        worker_wake(&g->workers[i]);
    }
}

static void signal_ready(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    struct gate *g = (struct gate *)(void *)((char *)watch - offsetof(struct gate, signal_watch));
    struct signalfd_siginfo info;
    const struct gate_config *config = g->shared.config;
    while (read(g->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGHUP) {
            config->reload(config->reload_argument, false);
        } else {
            gate_stop(g);
        }
    }
}

static void changes_ready(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    struct gate *g = (struct gate *)(void *)((char *)watch - offsetof(struct gate, changes_watch));
    g->shared.config->reload(g->shared.config->reload_argument, true);
}

void gate_replace(struct gate *g, struct gate_snapshot *policies)
{
    (void)pthread_mutex_lock(&g->shared.policies_lock); /* a plain mutex of ours: can't fail */
    struct gate_snapshot *old = g->shared.policies;
    g->shared.policies = policies;
    atomic_fetch_add_explicit(&g->shared.generation, 1, memory_order_relaxed);
    (void)pthread_mutex_unlock(&g->shared.policies_lock);
    gate_snapshot_put(old);
    for (unsigned i = 0; i < g->nworkers; i++) {
        worker_wake(&g->workers[i]);
    }
}

static void *worker_thread(void *argument)
{
    struct worker *w = argument;
    struct gate *g = (struct gate *)(void *)((char *)w->shared - offsetof(struct gate, shared));
    (void)pthread_mutex_lock(&g->start_lock);
    while (g->started == 0) {
        (void)pthread_cond_wait(&g->start, &g->start_lock);
    }
    bool run = g->started == 1;
    (void)pthread_mutex_unlock(&g->start_lock);
    if (run) {
        worker_run(w);
        atomic_fetch_sub(&g->shared.running, 1);
        worker_wake(&g->workers[0]);
    }
    return NULL;
}

/* SIGTERM and SIGINT are read from a descriptor; threads started from here on inherit that they are
 * blocked. */
static bool signals_open(struct gate *g, struct diag *d)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    if (g->shared.config->reload != NULL) {
        (void)sigaddset(&set, SIGHUP);
    }
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0) {
        return diag_set(d, "signals can't be blocked");
    }
    (void)signal(SIGPIPE, SIG_IGN);
    g->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    g->signal_watch.ready = signal_ready;
    if (g->signals < 0 || !loop_add(&g->workers[0].loop, g->signals, EPOLLIN, &g->signal_watch)) {
        return diag_set(d, "signalfd: %s", strerrordesc_np(errno));
    }
    int changes = g->shared.config->changes;
    g->changes_watch.ready = changes_ready;
    if (changes >= 0 && !loop_add(&g->workers[0].loop, changes, EPOLLIN, &g->changes_watch)) {
        return diag_set(d, "inotify: %s", strerrordesc_np(errno));
    }
    return true;
}

static bool threads_start(struct gate *g, struct diag *d)
{
    for (unsigned i = 1; i < g->nworkers; i++) {
        int error = pthread_create(&g->threads[i], NULL, worker_thread, &g->workers[i]);
        if (error != 0) {
            return diag_set(d, "a worker's thread can't be started: %s", strerrordesc_np(error));
        }
        g->nthreads++;
    }
    return true;
}

/* The thread that looks names up, where there are any. */
static bool door_start(struct gate *g, struct diag *d)
{
    struct resolver *names = g->shared.config->names;
    g->shared.door = names == NULL ? NULL : door_new(&g->shared, names, d);
    return names == NULL || g->shared.door != NULL;
}

/* The same for the engine's. */
static bool engine_name_start(struct gate *g, struct diag *d)
{
    const struct gate_config *c = g->shared.config;
    if (!c->engine.named) {
        return true;
    }
    g->shared.engine_name = engine_name_new(&c->engine, c->engine_fixed, c->engine_names, d);
    return g->shared.engine_name != NULL;
}

struct gate *gate_new(const struct gate_config *config, struct diag *d)
{
    struct gate *g = calloc(1, sizeof(*g));
    if (g == NULL) {
        diag_set(d, "no memory");
        return NULL;
    }
    g->signals = -1;
    g->shared.config = config;
    unsigned n = config->workers == 0 ? 1 : config->workers;
    g->workers = calloc(n, sizeof(*g->workers));
    g->threads = calloc(n, sizeof(*g->threads));
    if (g->workers == NULL || g->threads == NULL ||
        !peers_init(&g->shared.peers, config->max_connections, config->max_address) ||
        pthread_mutex_init(&g->shared.policies_lock, NULL) != 0 ||
        pthread_mutex_init(&g->start_lock, NULL) != 0 || pthread_cond_init(&g->start, NULL) != 0) {
        diag_set(d, "no memory");
        gate_free(g);
        return NULL;
    }
    g->shared.workers = g->workers;
    gate_snapshot_get(config->policies);
    g->shared.policies = config->policies;
    while (g->nworkers < n) {
        if (!worker_init(&g->workers[g->nworkers++], &g->shared, d)) {
            gate_free(g);
            return NULL;
        }
    }
    g->shared.nworkers = n;
    if (!signals_open(g, d) || !threads_start(g, d) || !door_start(g, d) ||
        !engine_name_start(g, d)) {
        gate_free(g);
        return NULL;
    }
    return g;
}

static void threads_release(struct gate *g, unsigned how)
{
    (void)pthread_mutex_lock(&g->start_lock);
    if (g->started == 0) {
        g->started = how;
        (void)pthread_cond_broadcast(&g->start);
    }
    (void)pthread_mutex_unlock(&g->start_lock);
}

void gate_run(struct gate *g)
{
    atomic_store(&g->shared.running, g->nworkers);
    g->workers[0].reads_signals = true;
    threads_release(g, 1);
    worker_run(&g->workers[0]);
    for (unsigned i = 1; i <= g->nthreads; i++) {
        (void)pthread_join(g->threads[i], NULL);
    }
    g->nthreads = 0;
}

int gate_dial(const struct gate *g, struct way *way, bool *connecting)
{
    return g->shared.engine_name == NULL
               ? stream_dial(&g->shared.config->engine, connecting)
               : engine_name_dial(g->shared.engine_name, way, sys_clock_us(), connecting);
}

void gate_count(const struct gate *g, struct counters_sum *sum)
{
    *sum = (struct counters_sum){.n = {0}};
    for (unsigned i = 0; i < g->nworkers; i++) {
        counters_add_to(&g->workers[i].counters, sum);
    }
    sum->n[COUNTER_REFUSED] += g->shared.door == NULL ? 0 : door_refused(g->shared.door);
}

void gate_free(struct gate *g)
{
    if (g == NULL) {
        return;
    }
    threads_release(g, 2);
    for (unsigned i = 1; i <= g->nthreads; i++) {
        (void)pthread_join(g->threads[i], NULL);
    }
    door_free(g->shared.door); /* before the workers that it passes connections to */
    engine_name_free(g->shared.engine_name);
    for (unsigned i = 0; i < g->nworkers; i++) {
        worker_fini(&g->workers[i]);
    }
    if (g->signals >= 0) {
        (void)close(g->signals); /* nothing to be done about an error */
    }
    if (g->shared.policies != NULL) {
        gate_snapshot_put(g->shared.policies);
    }
    peers_fini(&g->shared.peers);
    (void)pthread_mutex_destroy(&g->shared.policies_lock);
    (void)pthread_cond_destroy(&g->start);
    (void)pthread_mutex_destroy(&g->start_lock);
    free(g->workers);
    free(g->threads);
    free(g);
}
