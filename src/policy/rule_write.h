/* Operations said as rules, in the words of the dialects that have these. */
#ifndef POLICY_RULE_WRITE_H
#define POLICY_RULE_WRITE_H

#include "base/buf.h"
#include "policy/dialect.h"

/* Appends one rule of a dialect of rules that allows `method` on an operation, whatever the names,
 * with and without a version: "SP_ALLOW_GET=(/v[0-9.]+)?/containers/[^/]+/json" for wollomatic,
 * "GET %API_PREFIX%/containers/[^/]+/json" for cetusguard. Names of images may have slashes. */
void rule_write(enum dialect_id dialect, struct slice method, enum operation_id op,
                struct buf *out);

/* Appends rules that allow the operations of a set and no others: for wollomatic a variable a
 * method, each on a line; for cetusguard a file of rules. */
void rule_write_all(enum dialect_id dialect, const struct operation_set *wanted, struct buf *out);

#endif
