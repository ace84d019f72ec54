/* The settings of Tecnativa/docker-socket-proxy and of what was made out of it, as ours. */
#ifndef CLI_FOREIGN_HAPROXY_H
#define CLI_FOREIGN_HAPROXY_H

#include "base/diag.h"
#include "policy/dialect.h"

struct variables;

/* Whether the variables are that family's, or may be. */
bool foreign_haproxy_has(const struct dialect_found *found);

/* DOCKGATE_LISTEN for BIND_CONFIG and DISABLE_IPV6, which win over it, since the image sets it;
 * DOCKGATE_LOG for LOG_LEVEL, unless it is set. SOCKET_PATH is a setting here, too. `maybe`: they
 * need not be that family's; a level that is none is ignored then. False, with the name in `d`, on
 * what can't be read or had. */
bool foreign_haproxy_apply(struct variables *v, bool maybe, struct diag *d);

#endif
