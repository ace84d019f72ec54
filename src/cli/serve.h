/* Running the gate, for the commands that do: serve and demo. */
#ifndef CLI_SERVE_H
#define CLI_SERVE_H

#include "cli/load.h"
#include "gate/gate.h"

/* What runs beside the gate, for learn. */
struct serve_beside {
    const char *says; /* instead of the options that are on */
    bool writes_file; /* one that is open already, in place */
    void *argument;

    /* Called before the list of system calls closes: threads are made here. */
    bool (*start)(void *argument, struct gate *g, struct diag *d);

    /* Called once the gate has ended, before it is freed; only if `start` was true. */
    void (*stop)(void *argument);
};

/* Exit status of a gate that its watchdog ended; not 0, so that whoever starts it does so again. */
#define SERVE_STATUS_WATCHDOG 10

/* Performs the start ceremony with what was loaded, runs the gate until a signal ends it, cleans
 * up. Says on standard error what it does and what is wrong. Returns the exit status: 0 ended in
 * order, 2 could not start, SERVE_STATUS_WATCHDOG. To be called once, before there are threads.
 * `beside` may be NULL. */
int serve_run(const struct cli_load *load, const struct serve_beside *beside);

#endif
