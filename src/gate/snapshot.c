/* Snapshots end with their last user. */
#include "gate/snapshot.h"

#include <stdlib.h>

void gate_snapshot_get(struct gate_snapshot *s)
{
    atomic_fetch_add_explicit(&s->users, 1, memory_order_relaxed);
}

void gate_snapshot_put(struct gate_snapshot *s)
{
    /* What others did with it is done before it is freed. */
    if (atomic_fetch_sub_explicit(&s->users, 1, memory_order_acq_rel) == 1 && s->free != NULL) {
        s->free(s);
    }
}

struct snapshot_hold *snapshot_hold_new(struct gate_snapshot *s)
{
    struct snapshot_hold *h = malloc(sizeof(*h));
    if (h != NULL) {
        *h = (struct snapshot_hold){s, 1};
    }
    return h;
}

void snapshot_hold_put(struct snapshot_hold *h)
{
    if (h == NULL) {
        return;
    }
    h->users--;
    if (h->users == 0) {
        gate_snapshot_put(h->snapshot);
        free(h);
    }
}
