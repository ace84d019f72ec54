/* Policy: what a client may do, compiled to one bit an operation, and the verdict on a request. */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "api/match.h"
#include "http/target.h"
#include "policy/option.h"

/* Compiled once, then read only; shared by all workers. */
struct policy {
    struct operation_set allowed;
    option_id decided_by[OPERATION_COUNT]; /* the option that grants it, or that would (OPTION_NONE:
                                              none) */
    bool descriptive_errors;
};

enum verdict_kind {
    VERDICT_ALLOW,
    VERDICT_DENY,
    VERDICT_REJECT,     /* malformed */
    VERDICT_WOULD_DENY, /* denied by the policy, but let through since it is only observed */
};
#define VERDICT_KINDS (VERDICT_WOULD_DENY + 1)

/* Whether the engine gets to see the request. */
static inline bool verdict_passes(enum verdict_kind kind)
{
    return kind == VERDICT_ALLOW || kind == VERDICT_WOULD_DENY;
}

/* The policy's answer for one request. */
struct verdict {
    enum verdict_kind kind;
    enum http_refusal refusal; /* for VERDICT_REJECT */
    option_id option;          /* that decided, or that would allow it; OPTION_NONE: none */
    struct api_match match;
    struct http_target target;
};

/* Decides a request by method and raw target. `storage`: at least target.len bytes, which the
 * verdict's slices may look into. */
struct verdict policy_decide(const struct policy *p, struct slice method, struct slice target,
                             char *storage);

/* The same verdict where the policy is only observed: a denied operation becomes
 * VERDICT_WOULD_DENY. What is malformed or no operation stays refused: nobody can say what an
 * engine makes of it. */
void verdict_observe(struct verdict *v);

#endif
