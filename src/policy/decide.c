/* The verdict on one request: read the target, find the operation, test its bit.
 * Everything that could be worked out beforehand stands in the policy already. */
#include "policy/policy.h"

/* Without room for a match nothing is allowed. */
static void decide_by_rules(const struct rule_list *rules, struct slice method,
                            struct policy_room *room, struct verdict *v)
{
    enum pattern_answer answer =
        room->patterns == NULL
            ? PATTERN_LIMIT
            : rule_list_match(rules, method, v->target.path, room->patterns, &v->rule);
    v->kind = answer == PATTERN_YES ? VERDICT_ALLOW : VERDICT_DENY;
    v->rule_limit = answer == PATTERN_LIMIT;
}

static void decide_by_names(const struct policy *p, struct verdict *v)
{
    const struct name_rule *rule = p->names == NULL ? NULL : name_rules_find(p->names, &v->match);
    if (rule != NULL) {
        bool asks = rule->label.len > 0;
        v->kind = asks ? VERDICT_ASK : VERDICT_ALLOW;
        v->label = asks ? rule : NULL;
        v->rule = rule->text;
    }
}

/* What is granted may still be asked for in words that aren't. */
static void decide_by_query(const struct query_limits *limits, struct verdict *v)
{
    v->query_wrong = query_check(limits, v->match.operation, v->target.query, &v->query);
    if (v->query_wrong == QUERY_FINE) {
        v->query = NULL;
        return;
    }
    v->kind = VERDICT_DENY;
    v->rule = v->query->decider;
}

struct verdict policy_decide(const struct policy *p, struct slice method, struct slice target,
                             struct policy_room *room)
{
    struct verdict v = {
        .kind = VERDICT_REJECT, .option = OPTION_NONE, .match = {.operation = OPERATION_NONE}};
    v.refusal = http_target_read(target, room->path, &v.target);
    if (v.refusal != HTTP_REFUSAL_NONE) {
        return v;
    }
    v.kind = VERDICT_DENY;
    if (!api_match(method, v.target.path, &v.match)) {
        return v;
    }
    enum operation_id op = v.match.operation;
    if (p->rules != NULL) {
        decide_by_rules(p->rules, method, room, &v);
    } else if (operation_set_has(&p->allowed, op)) {
        v.kind = VERDICT_ALLOW;
        v.option = p->decided_by[op];
        v.rule = p->preset_of[op] != NULL ? p->preset_of[op]->source_name : SLICE("");
    } else {
        v.option = p->decided_by[op];
        decide_by_names(p, &v);
    }
    if (p->query != NULL && verdict_may_pass(v.kind)) {
        decide_by_query(p->query, &v);
    }
    return v;
}

struct slice verdict_decided_by(const struct verdict *v)
{
    return v->rule.len > 0 ? v->rule : option_name(v->option);
}

size_t policy_missing(const struct policy *p, enum operation_id op,
                      option_id missing[POLICY_MISSING_MAX])
{
    const struct policy_also *also = &p->also[op];
    size_t n = 0;
    if (p->decided_by[op] == OPTION_NONE) {
        return 0;
    }
    missing[n++] = p->decided_by[op];
    for (size_t i = 0; i < also->n; i++) {
        missing[n++] = also->at[i];
    }
    return n;
}

size_t policy_put_missing(const struct policy *p, enum operation_id op, struct buf *out)
{
    option_id missing[POLICY_MISSING_MAX];
    size_t n = policy_missing(p, op, missing);
    for (size_t i = 0; i < n; i++) {
        (void)buf_put(out, i == 0 ? SLICE("") : i + 1 == n ? SLICE(" and ") : SLICE(", "));
        (void)buf_put(out, option_name(missing[i]));
    }
    return n;
}

struct slice policy_decided_by(const struct policy *p, enum operation_id op)
{
    const struct preset *preset = p->preset_of[op];
    return preset != NULL ? preset->source_name : option_name(p->decided_by[op]);
}

void policy_fini(struct policy *p)
{
    rule_list_free(p->rules);
    p->rules = NULL;
}

void verdict_observe(struct verdict *v)
{
    if (v->kind == VERDICT_DENY && v->match.operation < OPERATION_COUNT) {
        v->kind = VERDICT_WOULD_DENY;
    }
}
