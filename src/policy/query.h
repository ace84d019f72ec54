/* Limits on queries: of which values a parameter of an operation may be. */
#ifndef POLICY_QUERY_H
#define POLICY_QUERY_H

#include "api/operation.h"
#include "base/buf.h"

/* One parameter of some operations. An engine reads a parameter that is missing as an empty text;
 * so an empty pattern stands for that, too. */
struct query_limit {
    struct operation_set operations;
    struct slice name;
    struct slice decider;        /* "query.NAME", for people */
    const struct slice *pattern; /* policy/glob; the value must match one of these */
    size_t n;
};

/* Borrowed by the policy. */
struct query_limits {
    const struct query_limit *at;
    size_t n;
    struct operation_set some; /* the operations that there are limits for */
};

enum query_wrong {
    QUERY_FINE,
    QUERY_VALUE,      /* no pattern matches */
    QUERY_MISSING,    /* the same, and it is not there at all */
    QUERY_TWICE,      /* readers differ in which one counts */
    QUERY_SPELLING,   /* a name that some engines take for that of the limit */
    QUERY_UNREADABLE, /* ';' or a bad escape: engines skip it or refuse it */
};

/* Looks at a raw query, without its "?". Where something is wrong `*limit` is whose it is. No
 * allocation. */
enum query_wrong query_check(const struct query_limits *limits, enum operation_id op,
                             struct slice query, const struct query_limit **limit);

/* Appends what is wrong: "the query's ps_args must be one of: aux, -ef". */
void query_put_wrong(enum query_wrong wrong, const struct query_limit *limit, struct buf *out);

/* Whether two names may be one to an engine: Podman's reader folds them, as Go does. */
bool query_names_fold(struct slice name, struct slice other);

#endif
