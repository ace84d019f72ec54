/* Operations that are granted for some names only: what a bit for each operation can't say. */
#ifndef POLICY_NAMES_H
#define POLICY_NAMES_H

#include "api/match.h"

/* One operation with a pattern (policy/glob) for each name in its path; `at` NULL: any name. */
struct name_rule {
    enum operation_id operation;
    struct slice glob[2];
    struct slice text; /* as it was written, for people */
};

/* In the order in which they were written; the first that matches grants. Borrowed by the policy.
 */
struct name_rules {
    const struct name_rule *at;
    size_t n;
    struct operation_set some; /* the operations that there are rules for */
};

/* The rule that grants what was matched; NULL: none. Names are those of the decoded path. */
const struct name_rule *name_rules_find(const struct name_rules *rules, const struct api_match *m);

#endif
