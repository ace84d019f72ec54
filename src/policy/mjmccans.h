/* The mjmccans dialect: what its options mean here. */
#ifndef POLICY_MJMCCANS_H
#define POLICY_MJMCCANS_H

#include "policy/dialect.h"

/* Decides each operation. The option nearest to it that somebody set decides: its leaf, else what
 * grants the leaf as well. A warning for each read that gives away files, images or secrets because
 * a section is on. */
void mjmccans_compile(const struct dialect_input *in, struct policy *p, struct policy_notes *notes);

/* "CONTAINERS_LOGS, CONTAINERS": the leaf and what is above it. */
void mjmccans_granted_by(enum dialect_id dialect, enum operation_id op, struct buf *out);

#endif
