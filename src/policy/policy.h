/* Policy: what a client may do, compiled to one bit an operation, and the verdict on a request. */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "api/match.h"
#include "http/target.h"
#include "policy/dialect.h"
#include "policy/names.h"
#include "policy/preset.h"
#include "policy/query.h"
#include "policy/rule.h"

/* Options that a denied operation needs besides the one that is named first. */
#define POLICY_ALSO_MAX 2
struct policy_also {
    option_id at[POLICY_ALSO_MAX];
    uint8_t n;
};

/* Compiled once, then read only; shared by all workers. */
struct policy {
    struct slice name; /* in the configuration file; empty: the environment's, which has none */
    struct operation_set allowed;
    option_id decided_by[OPERATION_COUNT]; /* the option that grants it, or that would (OPTION_NONE:
                                              none) */
    struct policy_also also[OPERATION_COUNT];        /* where one alone would not do */
    const struct preset *preset_of[OPERATION_COUNT]; /* the preset that grants it; NULL: the option
                                                        decided */
    bool descriptive_errors;
    struct dialect_found dialect;     /* whose words these are, and why */
    struct rule_list *rules;          /* where there are any, they alone decide; NULL: none */
    const struct name_rules *names;   /* what is allowed for some things only; NULL: nothing */
    const struct query_limits *query; /* what queries may say; NULL: anything */
};

enum verdict_kind {
    VERDICT_ALLOW,
    VERDICT_DENY,
    VERDICT_REJECT,     /* malformed */
    VERDICT_WOULD_DENY, /* denied by the policy, but let through since it is only observed */
    VERDICT_ASK, /* allowed if what is named bears a label, for which the engine has to be asked */
};
/* Those that a request ends with; it never does with VERDICT_ASK. */
#define VERDICT_KINDS (VERDICT_WOULD_DENY + 1)

/* Whether the engine gets to see the request. */
static inline bool verdict_passes(enum verdict_kind kind)
{
    return kind == VERDICT_ALLOW || kind == VERDICT_WOULD_DENY;
}

/* The same while it may still turn out so. */
static inline bool verdict_may_pass(enum verdict_kind kind)
{
    return verdict_passes(kind) || kind == VERDICT_ASK;
}

/* The policy's answer for one request. */
struct verdict {
    enum verdict_kind kind;
    enum http_refusal refusal; /* for VERDICT_REJECT */
    option_id option;          /* that decided, or that would allow it; OPTION_NONE: none */
    struct slice rule; /* name of the rule that decided, in the policy, or "preset:NAME" of the
                          preset that granted it; empty: neither */
    bool rule_limit;   /* its match was given up, which denies */
    enum query_wrong query_wrong;    /* why the query denies; `rule` names the parameter */
    const struct query_limit *query; /* of the policy; NULL: it doesn't */
    const struct name_rule
        *label;    /* for VERDICT_ASK: the chain of rules one of which may grant it */
    bool by_label; /* the policy allows it, its client's label doesn't grant it */
    struct api_match match;
    struct http_target target;
};

/* What deciding one request at a time needs; the caller's, one a thread. */
struct policy_room {
    char *path;                    /* at least target.len bytes */
    struct pattern_room *patterns; /* may be NULL where the policy has no rules */
};

/* Decides a request by method and raw target; the verdict's slices may look into the room. What a
 * rule allows must still be an operation. */
struct verdict policy_decide(const struct policy *p, struct slice method, struct slice target,
                             struct policy_room *room);

/* The name of the rule, the preset or the option that decided, or of the option that would allow
 * it;
 * "-": there is none. */
struct slice verdict_decided_by(const struct verdict *v);

/* The same for an operation under a policy without rules. */
struct slice policy_decided_by(const struct policy *p, enum operation_id op);

/* The options that a denied operation would need, all of them together: how many; 0 where no option
 * would grant it, or where rules decide. */
#define POLICY_MISSING_MAX (1 + POLICY_ALSO_MAX)
size_t policy_missing(const struct policy *p, enum operation_id op,
                      option_id missing[POLICY_MISSING_MAX]);

/* Appends their names, "POST and CONTAINERS"; returns how many. */
size_t policy_put_missing(const struct policy *p, enum operation_id op, struct buf *out);

/* Frees what a compiled policy owns. */
void policy_fini(struct policy *p);

/* The same verdict where the policy is only observed: a denied operation becomes
 * VERDICT_WOULD_DENY. What is malformed or no operation stays refused: nobody can say what an
 * engine makes of it. */
void verdict_observe(struct verdict *v);

#endif
