/* The two ends of the gate as the settings name them: its listeners and its engine. */
#ifndef CLI_ENDPOINTS_H
#define CLI_ENDPOINTS_H

#include "cli/settings.h"
#include "net/address.h"
#include "net/network.h"

/* More listeners are a mistake. */
#define ENDPOINTS_MAX 32

/* The engine's address, perhaps with a host's name: DOCKGATE_ENGINE, else SOCKET_PATH, else the
 * usual socket. */
bool endpoints_engine(const struct settings *s, struct net_address *engine, struct diag *d);

/* The addresses in DOCKGATE_LISTEN, in order, each once; separated by commas or white space. */
bool endpoints_listen(const struct settings *s, struct net_address listen[ENDPOINTS_MAX], size_t *n,
                      struct diag *d);

/* Whether none of the listeners is the engine: such a gate would ask itself without end. */
bool endpoints_apart(const struct net_address *engine, const struct net_address *listen, size_t n,
                     struct diag *d);

/* Who may connect: DOCKGATE_ALLOW_FROM, addresses and names. Both are empty where it is not set. */
bool endpoints_allow_from(const struct settings *s, struct net_networks *l, struct net_names *names,
                          struct diag *d);

/* DOCKGATE_HEALTH_LISTEN; `*set` tells whether there is one. */
bool endpoints_health(const struct settings *s, struct net_address *listen, bool *set,
                      struct diag *d);

/* The path of a unix address (terminated, inside it), or NULL. */
const char *endpoints_path(const struct net_address *a);

#endif
