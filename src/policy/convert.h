/* Policies said again in other words: a set of operations as options of a dialect. */
#ifndef POLICY_CONVERT_H
#define POLICY_CONVERT_H

#include "policy/dialect.h"
#include "policy/policy.h"
#include "policy/values.h"

/* What came out. */
struct conversion {
    enum dialect_id dialect;      /* whose words these are */
    uint8_t state[OPTION_COUNT];  /* enum option_state: what has to be set */
    struct operation_set allowed; /* what that grants by compiling it: `wanted`, or less */
};

/* Says `wanted` as options of single operations, in dockgate's own words (mjmccans). It is exact
 * but for operations that share their option with one that is not wanted. */
void convert_to_leaves(const struct operation_set *wanted, struct conversion *c);

/* Says `wanted` in the words that the original proxy of a dialect of options knows. Where they
 * can't say it, the result grants less, never more; the search does not promise the most that is
 * possible. */
void convert_to_words(enum dialect_id dialect, const struct operation_set *wanted,
                      struct conversion *c);

/* Whether the options mean that only under DOCKGATE_DIALECT: by themselves they would be taken for
 * another dialect's. */
bool convert_needs_dialect(const struct conversion *c);

#endif
