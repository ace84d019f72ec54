/* Watches the engine's socket: at intervals, and when somebody asks on a port of its own. */
#ifndef ADMIN_WATCH_H
#define ADMIN_WATCH_H

#include "gate/gate.h"

/* Borrowed for as long as the watch is there. */
struct admin_watch_config {
    const struct net_address *engine;
    uint32_t interval_ms; /* between two looks; 0: none */
    bool stop;            /* an engine that is gone ends the gate */
    int listener;         /* where HEAD /health is answered, or -1 */
    struct gate *gate;
};

/* A thread that watches; opaque. */
struct admin_watch;

/* Starts it. NULL and `d` on error. */
struct admin_watch *admin_watch_new(const struct admin_watch_config *config, struct diag *d);

/* Whether it has ended the gate. */
bool admin_watch_stopped(const struct admin_watch *w);

/* Ends the thread and frees. */
void admin_watch_free(struct admin_watch *w);

#endif
