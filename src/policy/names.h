/* Operations that are granted for some things only, by the names that are said or by the labels
 * that the things bear: what a bit for each operation can't say. */
#ifndef POLICY_NAMES_H
#define POLICY_NAMES_H

#include "api/match.h"
#include "base/arena.h"
#include "base/buf.h"

/* One operation with a pattern (policy/glob) for each name in its path; `at` NULL: any name. */
struct name_rule {
    enum operation_id operation;
    struct slice glob[2];
    struct slice
        label; /* "KEY=VALUE", or "KEY" with any value: for what bears it; empty: no matter */
    const struct name_rule *next; /* the next that has a label for the same operation; NULL: none */
    struct slice text;            /* as it was written, for people */
};

/* By what rules are found; opaque. */
struct name_index;

/* In the order in which they were written; the first that matches grants. Borrowed by the policy.
 */
struct name_rules {
    const struct name_rule *at;
    size_t n;
    struct operation_set some;      /* the operations that there are rules for */
    const struct name_index *index; /* by name_rules_seal */
};

/* Makes a list ready for name_rules_find; it must not change any more. What that takes is of the
 * arena. False without memory. */
bool name_rules_seal(struct name_rules *rules, struct arena *a);

/* The rule that grants what was matched; NULL: none. As fast with thousands of rules as with one,
 * but for those that begin and end with a star or `?`, which are tried in turn. Names are those of
 * the decoded path. One with a label is found where no other grants it: that one, or the first in
 * its chain of which what is named bears the label, is the rule. */
const struct name_rule *name_rules_find(const struct name_rules *rules, const struct api_match *m);

/* Appends the labels of a chain: "label app=shop or label tier". The first few of them. */
void name_rule_put_labels(const struct name_rule *rule, struct buf *out);

#endif
