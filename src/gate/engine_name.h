/* An engine that is known by its host's name: a thread looks it up, and whoever dials asks here. */
#ifndef GATE_ENGINE_NAME_H
#define GATE_ENGINE_NAME_H

#include "gate/way.h"
#include "net/resolver.h"

/* Opaque. */
struct engine_name;

/* `engine` is borrowed, and so is `names`, which has its host; NULL: the file of hosts had it, with
 * the addresses `fixed`. Starts the thread, which looks the name up for a first time, so that one
 * that is wrong is said at once. NULL and `d` on error. */
struct engine_name *engine_name_new(const struct net_address *engine,
                                    const struct net_networks *fixed, struct resolver *names,
                                    struct diag *d);

/* Ends the thread; nobody may dial any more. */
void engine_name_free(struct engine_name *n);

/* Begins a connection as stream_dial does, to the next of the addresses: a descriptor, or -1 with
 * errno. EINPROGRESS: the name is being looked up, to be called again in some milliseconds. Where
 * it gives up errno is that of the last address, or EHOSTUNREACH and `way->no_answer` says why
 * there is none. Where the connection then fails, `way->failed` takes its errno and it is called
 * again. Any thread may, each with a way of its own. */
int engine_name_dial(struct engine_name *n, struct way *way, uint64_t now_us, bool *connecting);

/* The connection is there. */
void engine_name_reached(struct engine_name *n, struct way *way);

#endif
