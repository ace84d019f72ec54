/* DOCKGATE_REQUESTS and DOCKGATE_BINDS: what requests may say, by a profile. */
#ifndef CLI_REQUESTS_H
#define CLI_REQUESTS_H

#include "cli/settings.h"
#include "inspect/requests_policy.h"

/* The policy that the settings name; heap, freed by requests_policy_free. `*p` is NULL where they
 * name none. False and `d` where they can't be. */
bool requests_from_settings(const struct settings *s, struct requests_policy **p, struct diag *d);

#endif
