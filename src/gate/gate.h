/* The gate: accepts clients, decides each request, relays what is allowed. */
#ifndef GATE_GATE_H
#define GATE_GATE_H

#include "gate/access_log.h"
#include "gate/counters.h"
#include "gate/snapshot.h"
#include "gate/way.h"
#include "net/listener.h"
#include "net/resolver.h"

/* Everything that the running gate needs; borrowed for as long as gate_run runs. */
struct gate_config {
    struct net_address engine;
    const struct net_networks
        *engine_fixed;             /* where its host is that has a name, by the system's */
    struct resolver *engine_names; /* file; or who knows: NULL unless it is looked up */
    struct net_listener *listeners;
    size_t nlisteners;
    struct gate_snapshot *policies; /* those of the start; the gate counts itself in and out */
    struct access_log *log;

    const struct net_networks *allow_from; /* who may connect over TCP; NULL: everybody */
    struct resolver *names;                /* and the hosts of these names; NULL: none */
    unsigned workers;                      /* threads, each with an event loop of its own */
    unsigned max_connections;              /* client connections, of all workers together */
    unsigned max_address; /* of which one address (one user on unix sockets) may hold */
    uint32_t head_ms;     /* a request head must be complete within (10,000) */
    uint32_t idle_ms;     /* an idle kept-alive connection is closed after (120,000) */
    uint32_t engine_ms;   /* a plain read's answer must begin within (600,000); 0: never given up */
    uint32_t grace_ms;    /* from SIGTERM until open exchanges are cut (10,000) */
    const char
        *permission_remedy; /* what mends a permission error on the engine's socket, or NULL */

    /* Called on the first worker's thread for SIGHUP, and where `changes` (a descriptor of inotify,
     * -1: none) reports anything; NULL: SIGHUP is not the gate's. */
    void (*reload)(void *argument, bool changed);
    void *reload_argument;
    int changes;
};

/* A running gate; opaque. */
struct gate;

/* Makes loops, buffers and threads (these wait until gate_run). Everything that needs a right which
 * the sandbox takes away happens here. NULL and `d` on error. */
struct gate *gate_new(const struct gate_config *config, struct diag *d);

/* Runs until SIGTERM or SIGINT ends it in order (a second one at once). Blocks these signals and
 * reads them itself. Called after the sandbox is closed. */
void gate_run(struct gate *g);

/* Begins the end as a signal does: a first time in order, a second time at once. Any thread may. */
void gate_stop(struct gate *g);

/* From now on requests are decided by `policies`, whose use it takes over; those under way, and
 * streams, keep what they were decided by. Any thread may, while gate_run runs. */
void gate_replace(struct gate *g, struct gate_snapshot *policies);

/* Begins a connection to the engine as engine_name_dial does, by whatever the engine is known. Any
 * thread may, from gate_new to gate_free. */
int gate_dial(const struct gate *g, struct way *way, bool *connecting);

/* The counts of all workers together. Any thread may, from gate_new to gate_free. */
void gate_count(const struct gate *g, struct counters_sum *sum);

void gate_free(struct gate *g);

#endif
