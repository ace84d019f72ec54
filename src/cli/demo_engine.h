/* The sample engine of `dockgate demo`: a process of its own that serves a small part of the Engine
 * API on a unix socket in a private folder. */
#ifndef CLI_DEMO_ENGINE_H
#define CLI_DEMO_ENGINE_H

#include "base/diag.h"

#include <sys/types.h>

/* A running sample engine. Caller's storage. */
struct demo_engine {
    int lifeline;     /* while it is open the engine lives */
    char socket[100]; /* path of its socket, terminated */
};

/* Makes the folder and the socket and forks the engine; to be called before there are threads.
 * Where we are root, `group` may enter the folder and connect as well, so that a gate that gives
 * root up still reaches the engine. False and `d` on error. */
bool demo_engine_start(struct demo_engine *e, gid_t group, struct diag *d);

/* Tells the engine to end, and waits until it has removed its folder. Uses nothing but shutdown,
 * read and close, which the sandbox of the gate allows. If this is never called (the gate was
 * killed), the engine ends all the same. */
void demo_engine_stop(struct demo_engine *e);

#endif
