/* Accepted connections on their way to another worker. Whichever worker the kernel wakes takes a
 * connection off the listener; it belongs to the worker that has fewest. */
#ifndef GATE_HANDOFF_H
#define GATE_HANDOFF_H

#include "gate/peers.h"

/* An accepted connection with what was found out about it. Owns `fd`. */
struct arrival {
    int fd;
    struct caller who; /* counted in already */
};

/* More than a worker gets between two turns of its loop; beyond it whoever accepts keeps them. */
#define HANDOFF_MAX 64

/* A worker's inbox. Touched only when a connection changes hands. */
struct handoff {
    pthread_mutex_t lock;
    bool closed;
    unsigned n;
    struct arrival arrivals[HANDOFF_MAX];
};

bool handoff_init(struct handoff *h);
void handoff_fini(struct handoff *h);

/* Puts an arrival in. False where it is full or closed: the arrival stays the caller's. Any thread
 * may. */
bool handoff_put(struct handoff *h, const struct arrival *a);

/* Takes all that is there into `out`, which holds HANDOFF_MAX, in order; how many. With `close`
 * nothing gets in any more. */
unsigned handoff_take(struct handoff *h, struct arrival *out, bool close);

#endif
