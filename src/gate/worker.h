/* Workers: a thread with an event loop, its sessions and its pool of engine connections. Workers
 * share the listeners, the counts of peers and nothing else; a connection may be accepted by one
 * and served by another. */
#ifndef GATE_WORKER_H
#define GATE_WORKER_H

#include "gate/callers.h"
#include "gate/counters.h"
#include "gate/door.h"
#include "gate/engine_name.h"
#include "gate/gate.h"
#include "gate/handoff.h"
#include "gate/session.h"

#include <stdatomic.h>

/* What the workers share. */
struct gate_shared {
    const struct gate_config *config;
    struct peers peers;
    atomic_bool remedy_said;         /* the permission remedy is logged once */
    atomic_bool limit_said;          /* a match that was given up is logged once */
    atomic_bool foreign_said;        /* and so is who may not connect */
    struct door *door;               /* where the owners of names wait; NULL: there are none */
    struct engine_name *engine_name; /* where the engine is; NULL: its address says so */
    atomic_bool unknown_said;        /* and so is who can't be found out */
    atomic_bool label_said;          /* and so is a container's label that can't be read */
    atomic_uint stopping;            /* 0 running, 1 in order, 2 at once */
    pthread_mutex_t policies_lock;
    struct gate_snapshot *policies; /* the present ones, under the lock */
    atomic_uint generation;         /* of them; looked at once a turn */
    atomic_uint running;            /* workers that have not ended */
    struct worker *workers;         /* all of them */
    unsigned nworkers;
};

struct worker_listener {
    struct loop_watch watch; /* first */
    struct worker *worker;
    uint16_t index;
    bool watched;
};

struct worker {
    struct loop loop;
    struct gate_shared *shared;
    const struct gate_config *config;
    uint64_t now_us;  /* as of the loop's present turn */
    uint64_t wall_us; /* the wall clock, when the monotonic one was wall_at_us */
    uint64_t wall_at_us;
    struct snapshot_hold *policies; /* that requests are decided by */
    unsigned generation;            /* of them */
    struct session *sessions;
    struct session *queued; /* to be run behind the events of a turn */
    struct session *queued_last;
    struct session *dead_sessions; /* freed at the end of the turn */
    struct engine *dead_engines;
    struct engine *pool; /* kept-alive connections, the last used first */
    unsigned npool;
    struct callers callers;
    struct exchanges exchanges;
    struct lookup *lookups;      /* under way */
    struct lookup *dead_lookups; /* freed at the end of the turn */
    unsigned nlookups;
    unsigned nlookups_due; /* of them, to be run in the next turn */
    unsigned nrefused;     /* sessions that were over a limit and linger */
    bool draining;
    bool reads_signals; /* the first worker */
    uint64_t drain_until_us;
    struct timer_queue head_timers;
    struct timer_queue idle_timers;
    struct timer_queue engine_timers;
    struct timer_queue linger_timers;
    struct timer_queue dial_timers;
    struct timer_queue pool_timers;
    struct timer_queue accept_timers;
    struct timer_queue lookup_timers;
    struct timer_queue lookup_dial_timers;
    struct timer accept_timer; /* accepting is paused while descriptors are short */
    bool accept_paused;
    struct worker_listener *listeners;
    struct loop_watch wake_watch;
    int wake; /* eventfd: look at shared->stopping and the handoff */
    struct handoff handoff;
    atomic_uint nsessions;    /* open, or on their way here; others read it */
    struct http_head request; /* scratch for heads that arrive whole */
    struct http_head answer;
    char *scratch; /* the memory of `in`, `out` and the room's path */
    char *in;      /* LIMIT_READ bytes, shared by all sessions; holds nothing between two steps */
    char *out;     /* WORKER_OUT bytes for heads being written */
    struct policy_room room; /* LIMIT_TARGET bytes for decoded paths, and for matches */
    size_t gathered;         /* bytes of bodies that are being checked, of all sessions */
    struct counters counters;
};

/* A forwarded head: what came, and what the gate adds. */
#define WORKER_OUT (LIMIT_HEAD + 1024)

bool worker_init(struct worker *w, struct gate_shared *shared, struct diag *d);
void worker_fini(struct worker *w);

/* Runs until told to stop and every session has ended or been cut. */
void worker_run(struct worker *w);

/* The wall clock in milliseconds at `at_us` of the monotonic one, now or some time ago. */
uint64_t worker_unix_ms(struct worker *w, uint64_t at_us);

/* Takes over the present policies of the gate, where they are others than this worker has. */
void worker_take_policies(struct worker *w);

/* Whether other events of this turn are still to be told. What is to be written waits for that: the
 * calls then follow each other, and each finds in the processor's nearest cache what the one before
 * it has used. */
static inline bool worker_holds_writes(const struct worker *w)
{
    return w->loop.left > 0;
}

/* Whether a session waits for that. It does nothing meanwhile, as if it were in the call that
 * writes. */
static inline bool session_held(const struct session *s)
{
    return s->queued && worker_holds_writes(s->worker);
}

/* Queues a session to be run again behind the events of this turn, or of the next one. */
void worker_queue(struct worker *w, struct session *s);

/* Wakes a worker that waits in its loop. Any thread may. */
void worker_wake(const struct worker *w);

/* Gives a connection to the worker that has fewest, where that is fewer than `below`; false: none
 * has, or takes it. Any thread may. */
bool worker_pass(const struct gate_shared *shared, unsigned below, const struct arrival *a);

/* Says once who may not connect. Any thread may. */
void worker_say_refused(struct gate_shared *shared, const struct peer_key *peer);

/* Accepting: begins (false: a listener can't be watched), pauses while there is no place or no
 * descriptor, and goes on if it was paused. */
bool worker_listeners_watch(struct worker *w);
void worker_accept_pause(struct worker *w);
void worker_accept_resume(struct worker *w);

/* The pool of kept-alive engine connections. */
struct engine *engine_take(struct worker *w);
void engine_put(struct worker *w, struct engine *e);

/* A new connection for `s` (NULL: for a look-up, which the caller sets); NULL with errno, of which
 * EAGAIN and EINPROGRESS (the engine's name is being looked up) mean that it is to be tried again a
 * little later. `*connecting`: it is under way. `way` is of use where the engine has a name. */
struct engine *engine_dial(struct worker *w, struct session *s, struct way *way, bool *connecting);

/* A connection under way has failed: whether another address may be dialled. */
bool engine_dial_again(const struct worker *w, struct way *way, int error);

/* It is there. */
void engine_reached(struct worker *w, struct way *way);
void engine_close(struct engine *e);

#endif
