/* From variables to a policy: reads options, reports what is wrong with them, compiles the dialect.
 */
#ifndef POLICY_COMPILE_H
#define POLICY_COMPILE_H

#include "policy/notes.h"
#include "policy/policy.h"

/* One variable of the environment, or a flag under the name of its variable; borrowed. */
struct policy_variable {
    struct slice name;
    struct slice value;
};

/* The names of the gate's own settings (DOCKGATE_LISTEN, SOCKET_PATH …), which are no options.
 * DOCKGATE_DIALECT, DOCKGATE_STRICT and DOCKGATE_UNKNOWN are known without being in it. */
struct policy_known {
    const struct slice *names;
    size_t n;
};

/* Compiles the variables to `*p` in the dialect that DOCKGATE_DIALECT names, else the one that they
 * show (dialect_detect); later variables win over earlier ones of the same name. Unrelated
 * variables are ignored. Everything there is to say stands in `*notes` afterwards (initialised
 * here). False where one of it is an error: the policy then allows nothing. Pure: nothing is
 * borrowed beyond the call. */
bool policy_compile(const struct policy_variable *variables, size_t n,
                    const struct policy_known *known, struct policy *p, struct policy_notes *notes);

#endif
