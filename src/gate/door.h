/* The door: who may connect because a name is theirs. Connections from addresses that are in no
 * network wait here, unread, while the names are looked up by a thread of its own, and then go to
 * a worker or away. */
#ifndef GATE_DOOR_H
#define GATE_DOOR_H

#include "gate/handoff.h"
#include "net/resolver.h"

#include <stdatomic.h>

struct gate_shared;

/* Opaque. */
struct door;

/* Starts the thread, which looks the names up for a first time, so that a name that is wrong is
 * said at once. `names` and `shared` are borrowed. NULL and `d` on error. */
struct door *door_new(struct gate_shared *shared, struct resolver *names, struct diag *d);

/* Ends the thread; closes what still waits. */
void door_free(struct door *door);

/* Takes an arrival over that is counted in among the peers. False, and it stays the caller's, where
 * too many wait. Any thread may. */
bool door_put(struct door *door, const struct arrival *a);

/* How many were sent away. Any thread may. */
uint64_t door_refused(const struct door *door);

#endif
