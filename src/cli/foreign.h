/* What other proxies' users bring along besides rules and options: their flags, and their settings
 * as ours. */
#ifndef CLI_FOREIGN_H
#define CLI_FOREIGN_H

#include "base/diag.h"

enum foreign_kind {
    FOREIGN_SWITCH,
    FOREIGN_VALUE,
    FOREIGN_LIST,
};

struct foreign_flag {
    struct slice flag;
    struct slice variable;
    enum foreign_kind kind;
    struct slice separator; /* LIST: stands before the number of a further one's variable */
};

/* So many rows has foreign.def; foreign.c checks it. */
#define FOREIGN_ROWS 35

/* A row; static. */
const struct foreign_flag *foreign_get(size_t i);

/* The row of that flag, without its dashes, exactly; FOREIGN_ROWS where there is none. */
size_t foreign_find(struct slice flag);

struct variables;

/* Where the variables show the dialect of a proxy with settings of its own (wollomatic,
 * cetusguard), adds ours for its: DOCKGATE_LISTEN for SP_LISTENIP and so on. Ours win where both
 * are set, but for DOCKGATE_LISTEN, which the image sets. Reads the files that the variables name
 * as rules. False, with the variable's name in `d`, on a value that can't be read and on a setting
 * that can't be had here. */
bool foreign_apply(struct variables *v, struct diag *d);

#endif
