/* Variables that container platforms set for their neighbours, by the neighbours' names. */
#ifndef POLICY_LINK_H
#define POLICY_LINK_H

#include "base/slice.h"

/* Whether this variable is what Kubernetes (or Docker's links) says of a service:
 * NAME_SERVICE_HOST, NAME_SERVICE_PORT, NAME_PORT=tcp://ADDRESS, NAME_PORT_80_TCP and what follows
 * from these. The name of the service may be an option's or ours: dockgate is a likely one for the
 * service in front of this very gate. Pure, no errors. */
bool link_is(struct slice name, struct slice value);

#endif
