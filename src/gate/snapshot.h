/* All policies of one moment, replaced whole by a reload.
 *
 * A snapshot lives while anything was decided by it. Nothing hot is shared for that: each worker
 * holds the present snapshot once, by a hold of its own; its exchanges count on the hold, which
 * only this worker touches. The count that all workers share moves when a worker changes over to
 * a new snapshot, and when the last exchange of an old one has ended. */
#ifndef GATE_SNAPSHOT_H
#define GATE_SNAPSHOT_H

#include "gate/clients.h"

#include <stdatomic.h>

struct gate_snapshot {
    struct gate_clients clients;
    void (*free)(struct gate_snapshot *s); /* called by the last user, on any thread; may be NULL */
    void *owner;                           /* for `free` */
    atomic_uint users;                     /* begins with 1, which is the maker's */
};

void gate_snapshot_get(struct gate_snapshot *s);
void gate_snapshot_put(struct gate_snapshot *s);

/* A worker's use of a snapshot; heap. */
struct snapshot_hold {
    struct gate_snapshot *snapshot;
    unsigned users; /* the worker itself, and each exchange */
};

/* Takes over one use of the snapshot; NULL without memory: the use stays the caller's. */
struct snapshot_hold *snapshot_hold_new(struct gate_snapshot *s);

/* For an exchange. */
static inline struct snapshot_hold *snapshot_hold_get(struct snapshot_hold *h)
{
    h->users++;
    return h;
}

/* Ends one use; with the last one the snapshot's ends as well. NULL: nothing. */
void snapshot_hold_put(struct snapshot_hold *h);

#endif
