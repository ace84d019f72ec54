/* Which option would change a verdict: found out by trying each of them. */
#ifndef CLI_ADVICE_H
#define CLI_ADVICE_H

#include "cli/load.h"

/* More is no advice. */
#define ADVICE_MAX 4

struct advice {
    option_id option;
    bool names_dialect; /* DOCKGATE_DIALECT has to be said as well: with this option the variables
                           would be taken for another dialect's */
    size_t opens;       /* operations that are allowed with it and were not before, the asked one
                           among them */
};

/* The options each of which, set to 1 on top of these variables, allows the operation in the same
 * dialect as now: the ones
 * that open least first, ADVICE_MAX at most. Returns how many. */
size_t advice_find(char *const *variables, const struct policy *now, enum operation_id op,
                   struct advice advice[ADVICE_MAX]);

/* How many operations would be denied if the option were off, in the same dialect. */
size_t advice_opened_by(char *const *variables, const struct policy *now, option_id option);

#endif
