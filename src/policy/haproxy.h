/* The dialects of Tecnativa/docker-socket-proxy and of what was made out of it: fluencelabs and
 * linuxserver. All of them are configurations of haproxy: sections, switches that open methods, and
 * single operations beside them. */
#ifndef POLICY_HAPROXY_H
#define POLICY_HAPROXY_H

#include "policy/dialect.h"

/* Decides each operation. An option of dockgate's own that is set (CONTAINERS_LOGS) decides alone;
 * else each way there is to the operation is tried: options that must all be on. Warnings as
 * mjmccans_compile. */
void haproxy_compile(const struct dialect_input *in, struct policy *p, struct policy_notes *notes);

/* Whether the dialect's ways, or an own option, grant the operation. */
bool haproxy_allows(enum dialect_id dialect, const struct option_values *values,
                    enum operation_id op);

/* "CONTAINERS_START, ALLOW_START, CONTAINERS with POST": the leaf, and each way. */
void haproxy_granted_by(enum dialect_id dialect, enum operation_id op, struct buf *out);

#endif
