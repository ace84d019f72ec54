/* The label by which a container says which operations its processes may ask for. It grants nothing
 * by itself: it narrows a policy, which stays the ceiling. */
#ifndef POLICY_LABEL_H
#define POLICY_LABEL_H

#include "policy/policy.h"

/* The label's key. */
#define LABEL_ALLOW "dockgate.allow"

enum label_wrong {
    LABEL_FINE,
    LABEL_EMPTY,   /* it names nothing, or has a comma too many */
    LABEL_LONG,    /* more than LIMIT_ALLOW_LABEL bytes */
    LABEL_MANY,    /* more than LIMIT_ALLOW_NAMES names */
    LABEL_UNKNOWN, /* a name is neither an option nor an operationId */
    LABEL_NOTHING, /* an option that grants nothing by itself */
};

struct label {
    struct operation_set granted; /* nothing where it is wrong */
    enum label_wrong wrong;
    struct slice name;    /* the name that is wrong, in the text that was read */
    struct slice nearest; /* what it may have been meant to be; static, empty: nothing is near */
};

/* Reads a label's text: names of options (sections, leaves) or operationIds, as `allow` in a file
 * takes them, with a comma between two and nothing else. No paths, patterns or vetoes. Any bytes;
 * `*l` is filled in any case and borrows the text. False: it is wrong, and grants nothing. */
bool label_read(struct slice text, struct label *l);

/* Whether the label grants it; without a label (NULL) nothing is narrowed. */
static inline bool label_grants(const struct label *l, enum operation_id op)
{
    return l == NULL || operation_set_has(&l->granted, op);
}

/* Denies what the policy allows and the label doesn't grant. */
void label_narrow(const struct label *l, struct verdict *v);

/* Appends what is wrong with it: `names "CONTAINRES", which is no option or operationId; the
 * nearest is CONTAINERS`. One printable line of at most LABEL_WRONG_MAX bytes. */
#define LABEL_WRONG_MAX 512
void label_put_wrong(const struct label *l, struct buf *out);

/* Appends a sentence: what would have to stand in the label for the operation to be granted, or
 * what is wrong with it. */
void label_put_remedy(const struct label *l, enum operation_id op, struct buf *out);

#endif
