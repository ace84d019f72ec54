/* The watcher of `dockgate learn`: a thread beside the gate that adds up what was used, shows it,
 * keeps the state, and ends the gate when its time is over. */
#ifndef CLI_LEARN_WATCH_H
#define CLI_LEARN_WATCH_H

#include "gate/gate.h"
#include "policy/learn.h"
#include "sys/slots.h"

#include <pthread.h>

struct learn_watch {
    /* Set by the caller. */
    struct sys_slots state; /* where the state is kept; fd -1: nowhere */
    uint64_t generation;    /* of the text that was read */
    unsigned slot;          /* where the next text goes */
    uint64_t for_ms;        /* ends after; 0: never */
    uint64_t idle_ms;   /* ends when nothing was asked for so long, once something was; 0: never */
    struct learn learn; /* what is known so far; grows */
    bool failed;        /* the state could not be written at last */

    /* The watcher's own. */
    struct gate *gate;
    struct counters_sum before;
    uint64_t start_us;
    uint64_t spent_before_ms; /* by earlier runs, as the two below */
    uint64_t unknown_before;
    uint64_t malformed_before;
    uint64_t last_us; /* when the last request came; 0: none yet */
    uint64_t saved_us;
    bool changed; /* what is known is more than what is kept */
    bool urgent;  /* an operation was used for the first time */
    bool complained;
    bool ending; /* the gate was told to end */
    bool table;  /* standard error is a terminal */
    unsigned rows;
    unsigned columns;
    unsigned drawn;    /* lines of the table that stand there */
    uint64_t drawn_us; /* since when */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop; /* guarded by `lock` */
};

/* Start and stop as serve_beside has them; `argument` is a struct learn_watch. */
bool learn_watch_start(void *argument, struct gate *g, struct diag *d);
void learn_watch_stop(void *argument);

#endif
