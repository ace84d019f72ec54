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

/* What rules of all operations together take at most. */
#define CONVERT_RULES_MAX 16384

/* Says `wanted` as rules of a dialect of rules, see rule_write_all, without those operations whose
 * paths a pattern can't tell from others'. `allowed` gets what the rules grant for every name when
 * they are compiled. False where they would grant more, or without memory. `room` as in
 * policy_sample. */
bool convert_to_rules(enum dialect_id dialect, const struct operation_set *wanted,
                      struct policy_room *room, struct buf *text, struct operation_set *allowed);

/* Whether the options mean that only under DOCKGATE_DIALECT: by themselves they would be taken for
 * another dialect's. */
bool convert_needs_dialect(const struct conversion *c);

#endif
