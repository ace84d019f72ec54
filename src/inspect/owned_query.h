/* Queries where clients have their own: what they name, and what is sent in their place. Pure. */
#ifndef INSPECT_OWNED_QUERY_H
#define INSPECT_OWNED_QUERY_H

#include "inspect/requests.h"

/* Whether the target of such an operation is written anew, with this query. */
bool owned_rewrites(const struct owned_policy *p, enum operation_id op, struct slice query);

/* How much room the query that is sent can take. */
size_t owned_query_room(struct slice query);

/* Reads the query of a listed operation and the name in its path (decoded; empty: none), which the
 * query may say more of. What they name is added to `names`, the path's first; what is known there
 * is written as its id. Writes the query that is sent on, without "?": names of images with their
 * tag, the owner's label wherever something is made. While names are not known it can't be sent:
 * ask about them, and call this again with the same names. False: refused, `out` is void. */
bool owned_put_query(const struct owned_policy *p, enum operation_id op, struct slice name,
                     struct slice query, struct owned_names *names, struct buf *out,
                     struct requests_refusal *refusal);

#endif
