/* DOCKGATE_OWN and DOCKGATE_OWN_SHARED, or `own` and `shared` of a policy: clients that have their
 * own; and those that reach what a view shows them. */
#ifndef CLI_OWN_H
#define CLI_OWN_H

#include "cli/settings.h"
#include "inspect/owned.h"
#include "inspect/requests_policy.h"

/* Who says what may be reached, and what it is made of; must stay where it is. The texts are
 * borrowed. */
struct cli_own {
    const struct owned_policy *own; /* NULL: everything */
    struct owned_policy policy;
    struct operation_set asked; /* operations that are narrowed by asking the engine */
    struct slice shared[ANSWERS_LIST_MAX];
    size_t nshared;
};

/* Adds globs of what is shared. False and `d`: too many, or an empty one. */
bool cli_own_share(struct cli_own *o, struct slice glob, struct diag *d);

/* Makes the owner of that name, after what is shared. It goes with a policy of requests, which it
 * is put into, and with nothing that is only observed. False and `d` where that is not so. */
bool cli_own_make(struct cli_own *o, struct slice name, struct requests_policy *requests,
                  bool observe, struct diag *d);

/* The same by a view that shows some things only, made of these settings, whose `asked` it has to
 * borrow; the policy of requests may be NULL. */
bool cli_own_see(struct cli_own *o, const struct answers_policy *view,
                 const struct answers_settings *settings, struct requests_policy *requests,
                 struct diag *d);

/* By the settings; zeroes `o` first. */
bool cli_own_from_settings(const struct settings *s, struct requests_policy *requests,
                           struct cli_own *o, struct diag *d);

#endif
