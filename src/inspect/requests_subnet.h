/* Subnets of networks that may be made, as texts: "10.0.0.0/8", "fd00::/8". Between requests*.c
 * only. */
#ifndef INSPECT_REQUESTS_SUBNET_H
#define INSPECT_REQUESTS_SUBNET_H

#include "inspect/requests_walk.h"

struct requests_subnet {
    bool v6;
    unsigned char at[16]; /* an IPv4 address has the first four */
    unsigned bits;
};

/* Reads an address with the length of its prefix. False where not every reader takes it for the
 * same one: leading zeros, an IPv4 address within an IPv6 one, zones. Bits behind the prefix may be
 * set. */
bool requests_subnet_read(struct slice text, struct requests_subnet *subnet);

/* Whether `inner` is `outer` or a part of it. */
bool requests_subnet_has(const struct requests_subnet *outer, const struct requests_subnet *inner);

/* A network's subnet: a part of one that the policy allows, or of the engine's choice. */
bool requests_subnet(struct requests_walk *w, struct requests_value *v);

#endif
