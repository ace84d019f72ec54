/* Labels of containers that name operations: read once for each container, asked once a request. */
#include "policy/label.h"

#include "base/limits.h"
#include "policy/named.h"
#include "policy/nearest.h"

static const struct slice DECIDER = SLICE_INIT(LABEL_ALLOW);

static bool wrong(struct label *l, enum label_wrong wrong, struct slice name)
{
    *l = (struct label){.wrong = wrong, .name = name};
    if (wrong == LABEL_UNKNOWN) {
        l->nearest = named_nearest(name);
    }
    return false;
}

bool label_read(struct slice text, struct label *l)
{
    struct slice name;

    *l = (struct label){.wrong = LABEL_FINE};
    if (text.len > LIMIT_ALLOW_LABEL) {
        return wrong(l, LABEL_LONG, SLICE(""));
    }
    for (size_t n = 0, at = 0; at <= text.len; n++, at += name.len + 1) {
        struct operation_set set = {{0}};
        option_id option;

        name = slice_sub(text, at, text.len);
        name = slice_sub(name, 0, slice_find(name, ','));
        if (name.len == 0) {
            return wrong(l, LABEL_EMPTY, name);
        }
        if (n == LIMIT_ALLOW_NAMES) {
            return wrong(l, LABEL_MANY, name);
        }
        if (!named_operations(name, &option, &set)) {
            return wrong(l, LABEL_UNKNOWN, name);
        }
        if (operation_set_is_empty(&set)) {
            return wrong(l, LABEL_NOTHING, name);
        }
        for (size_t i = 0; i < OPERATION_SET_WORDS; i++) {
            l->granted.word[i] |= set.word[i];
        }
    }
    return true;
}

void label_narrow(const struct label *l, struct verdict *v)
{
    if (!verdict_may_pass(v->kind) || label_grants(l, v->match.operation)) {
        return;
    }
    v->kind = VERDICT_DENY;
    v->option = option_leaf(v->match.operation);
    v->rule = DECIDER;
    v->by_label = true;
}

/* Longer ones can't be names. */
static void put_name(struct slice name, struct buf *out)
{
    (void)buf_put(out, SLICE("names \""));
    (void)buf_put_escaped(out, slice_sub(name, 0, NEAREST_NAME_MAX));
    (void)buf_put(out, name.len > NEAREST_NAME_MAX ? SLICE("...\"") : SLICE("\""));
}

void label_put_wrong(const struct label *l, struct buf *out)
{
    switch (l->wrong) {
    case LABEL_FINE:
        break;
    case LABEL_EMPTY:
        (void)buf_put(out, SLICE("has a place for a name where there is none"));
        break;
    case LABEL_LONG:
        (void)buf_putf(out, "has more than %u bytes", LIMIT_ALLOW_LABEL);
        break;
    case LABEL_MANY:
        (void)buf_putf(out, "names more than %u options", LIMIT_ALLOW_NAMES);
        break;
    case LABEL_UNKNOWN:
        put_name(l->name, out);
        (void)buf_put(out, SLICE(", which is no option or operationId"));
        if (l->nearest.len > 0) {
            (void)buf_put(out, SLICE("; the nearest is "));
            (void)buf_put(out, l->nearest);
        }
        break;
    case LABEL_NOTHING:
        put_name(l->name, out);
        (void)buf_put(out, SLICE(", which grants nothing by itself"));
        break;
    }
}

void label_put_remedy(const struct label *l, enum operation_id op, struct buf *out)
{
    if (l->wrong == LABEL_FINE) {
        (void)buf_put(out, SLICE("To enable this function add "));
        (void)buf_put(out, option_name(option_leaf(op)));
        (void)buf_put(out, SLICE(" to the label " LABEL_ALLOW " of the client's container."));
        return;
    }
    (void)buf_put(out, SLICE("The label " LABEL_ALLOW " of the client's container "));
    label_put_wrong(l, out);
    (void)buf_put(out, SLICE(", so it grants nothing."));
}
