/* The mjmccans dialect: options of docker-socket-proxy by Matthew McCannell, with its defaults.
 * Where the original did not do what its names say, the names win; README.md lists where. */
#include "policy/mjmccans.h"

#include "policy/opening.h"
#include "policy/policy.h"
#include "policy/values.h"

/* The option that decides on `option`: the nearest one that is set, going up. OPTION_NONE: nobody
 * set any. */
static option_id find_set(const struct option_values *values, option_id option)
{
    while (option < OPTION_COUNT && values->state[option] == OPTION_UNSET) {
        option = option_parent(option);
    }
    return option;
}

static option_id find_root(option_id option)
{
    while (option_parent(option) != OPTION_NONE) {
        option = option_parent(option);
    }
    return option;
}

/* What nobody set: the widest option that would allow it is named, as mjmccans did; beside a
 * preset, which is to grow by no more than needed, the narrowest. */
static bool decide_unset(const struct dialect_input *in, enum operation_id op, option_id *by)
{
    if (in->base != NULL) {
        bool granted = operation_set_has(in->base, op);
        *by = granted ? in->base_option : option_leaf(op);
        return granted;
    }
    *by = find_root(option_leaf(op));
    return dialect_default(in->dialect, *by);
}

/* Decides one operation and names the option for it. */
static bool decide(const struct dialect_input *in, enum operation_id op, option_id *by)
{
    option_id leaf = option_leaf(op);
    option_id set = find_set(in->values, leaf);
    if (set == OPTION_NONE) {
        return decide_unset(in, op, by);
    }
    *by = set;
    if (in->values->state[set] == OPTION_OFF) {
        return false;
    }
    bool closed = in->values->strict && opening_is(op, set);
    if (closed) {
        *by = leaf;
    }
    return !closed;
}

void mjmccans_compile(const struct dialect_input *in, struct policy *p, struct policy_notes *notes)
{
    bool warned[OPTION_COUNT] = {false};
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        bool allowed = decide(in, op, &p->decided_by[op]);
        if (allowed) {
            operation_set_add(&p->allowed, op);
        }
        if (allowed && opening_is(op, p->decided_by[op])) {
            opening_warn(op, p->decided_by[op], warned, notes);
        }
    }
}

void mjmccans_granted_by(enum dialect_id dialect, enum operation_id op, struct buf *out)
{
    (void)dialect;
    option_id leaf = option_leaf(op);
    for (option_id i = leaf; i != OPTION_NONE; i = option_parent(i)) {
        buf_put(out, i == leaf ? SLICE("") : SLICE(", "));
        buf_put(out, option_name(i));
    }
}
