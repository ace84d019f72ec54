/* The addresses of hosts by their names: what the system's file of hosts said at the start, then
 * its name servers (resolv.conf as it was at the start). */
#ifndef NET_RESOLVER_H
#define NET_RESOLVER_H

#include "net/network.h"

#include <poll.h>

/* Descriptors that a look-up can wait for. */
#define RESOLVER_DESCRIPTORS 16

/* What is known of one name. */
struct resolver_name {
    const char *name;
    const char *error; /* why it has no address, static text; NULL: it has */
};

/* Names that are looked up together; opaque. One thread at a time may use it. */
struct resolver;

/* Reads the system's files, which the sandbox closes later. A name that the file of hosts has goes
 * to `fixed` with its addresses, as the system itself would have it; the others are to be looked
 * up. `*l` is NULL where there are none of these. False and `d` on error. */
bool resolver_new(const struct net_names *names, struct net_networks *fixed, struct resolver **l,
                  struct diag *d);
void resolver_free(struct resolver *l);

/* Asks for all names; not while it is busy. It may have ended when this returns. */
void resolver_begin(struct resolver *l);
bool resolver_busy(const struct resolver *l);

/* What to wait for: fills `p`, returns how many. `*timeout_ms` becomes smaller where something is
 * to be done earlier. */
nfds_t resolver_watch(struct resolver *l, struct pollfd p[RESOLVER_DESCRIPTORS], int *timeout_ms);

/* Goes on after that wait. */
void resolver_step(struct resolver *l, const struct pollfd *p, nfds_t n);

/* What the last one that ended has found: all addresses, how many seconds they are good for, and
 * each name. */
const struct net_networks *resolver_found(const struct resolver *l);
uint32_t resolver_ttl_s(const struct resolver *l);
size_t resolver_count(const struct resolver *l);
struct resolver_name resolver_name_at(const struct resolver *l, size_t i);

#endif
