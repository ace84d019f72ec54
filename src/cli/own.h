/* DOCKGATE_OWN and DOCKGATE_OWN_SHARED, or `own` and `shared` of a policy: clients that have their
 * own.
 */
#ifndef CLI_OWN_H
#define CLI_OWN_H

#include "cli/settings.h"
#include "inspect/owned.h"
#include "inspect/requests_policy.h"

/* An owner, and what it is made of; must stay where it is. The texts are borrowed. */
struct cli_own {
    const struct owned_policy *own; /* NULL: nobody has anything of its own */
    struct owned_policy policy;
    struct operation_set asked; /* operations that ownership narrows */
    struct slice shared[ANSWERS_LIST_MAX];
    size_t nshared;
};

/* Adds globs of what is shared. False and `d`: too many, or an empty one. */
bool cli_own_share(struct cli_own *o, struct slice glob, struct diag *d);

/* Makes the owner of that name, after what is shared. It goes with a policy of requests, which it
 * is put into, and with nothing that is only observed. False and `d` where that is not so. */
bool cli_own_make(struct cli_own *o, struct slice name, struct requests_policy *requests,
                  bool observe, struct diag *d);

/* By the settings; zeroes `o` first. */
bool cli_own_from_settings(const struct settings *s, struct requests_policy *requests,
                           struct cli_own *o, struct diag *d);

#endif
