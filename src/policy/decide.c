/* The verdict on one request: read the target, find the operation, test its bit.
 * Everything that could be worked out beforehand stands in the policy already. */
#include "policy/policy.h"

struct verdict policy_decide(const struct policy *p, struct slice method, struct slice target,
                             char *storage)
{
    struct verdict v = {
        .kind = VERDICT_REJECT, .option = OPTION_NONE, .match = {.operation = OPERATION_NONE}};
    v.refusal = http_target_read(target, storage, &v.target);
    if (v.refusal != HTTP_REFUSAL_NONE) {
        return v;
    }
    v.kind = VERDICT_DENY;
    if (api_match(method, v.target.path, &v.match)) {
        v.option = p->decided_by[v.match.operation];
        v.kind = operation_set_has(&p->allowed, v.match.operation) ? VERDICT_ALLOW : VERDICT_DENY;
    }
    return v;
}

void verdict_observe(struct verdict *v)
{
    if (v->kind == VERDICT_DENY && v->match.operation < OPERATION_COUNT) {
        v->kind = VERDICT_WOULD_DENY;
    }
}
