/* Networks by name: of containers, services and builds. Between requests*.c only. */
#ifndef INSPECT_REQUESTS_NETWORK_H
#define INSPECT_REQUESTS_NETWORK_H

#include "inspect/requests_walk.h"

/* Whether the policy allows a network; "default" and none are the engine's bridge. "host", other
 * containers' networks and names that only Podman reads ("ns:PATH", "slirp4netns:…") only where
 * they are named themselves, by no pattern. */
bool requests_network_allowed(const struct requests_policy *p, struct slice name);

/* The same for what stands where the walk is; refuses where it does not. */
bool requests_network(struct requests_walk *w, struct slice name);

#endif
