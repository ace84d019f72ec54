/* The policies of a configuration file for a running gate: made at the start, and again when
 * somebody asks or the file changes. */
#ifndef CLI_RELOAD_H
#define CLI_RELOAD_H

#include "cli/load.h"
#include "gate/gate.h"

#include <limits.h>

/* Zeroed but for the first three; borrowed by the running gate. */
struct reload {
    const struct cli_load *load; /* of the start, whose configuration is not NULL */
    const struct net_listener *listeners;
    size_t nlisteners;
    struct gate *gate;     /* set once there is one */
    char folder[PATH_MAX]; /* in which the file is */
    int changes;           /* inotify on it, or -1 */
};

/* Finds the folder and, with `watch: true`, begins to watch it. False and `d` on error. */
bool reload_open(struct reload *r, struct diag *d);

/* Reads and compiles the file for the gate's listeners; NULL, with everything said on standard
 * error, where it is wrong. The use of the snapshot is the caller's. */
struct gate_snapshot *reload_read(const struct reload *r);

/* For gate_config: reads the file again; `changed`: if it is what changed. What is wrong is said
 * and changes nothing; so is what a reload can't change. `argument` is the struct reload. */
void reload_again(void *argument, bool changed);

void reload_close(struct reload *r);

#endif
