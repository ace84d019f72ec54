/* Options of log drivers. Between requests*.c only. */
#ifndef INSPECT_REQUESTS_LOG_H
#define INSPECT_REQUESTS_LOG_H

#include "inspect/requests_walk.h"

/* Whether an option by this name may be given: one that says how lines are kept or what they say,
 * or one of a driver that the policy allows ("syslog-address" where syslog is). Others say where
 * they go: Podman's `path`, any file of the host, needs a `*` that stands alone. Refuses where it
 * may not. */
bool requests_log_option(struct requests_walk *w, struct slice name);

#endif
