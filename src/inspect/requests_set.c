/* What a policy adds to lists and maps. Ceilings, the read-only root and the like fill one field
 * each, and are rules (requests_rules.c). What was added once is not added again. */
#include "inspect/requests_set.h"

static const struct slice no_new_privileges = SLICE_INIT("no-new-privileges");

bool requests_is_no_new_privileges(struct slice text)
{
    struct slice value = slice_sub(text, no_new_privileges.len, text.len);

    return slice_starts_with(text, no_new_privileges) &&
           (value.len == 0 || slice_equal(value, SLICE("=true")) ||
            slice_equal(value, SLICE(":true")));
}

/* Whether the list has it switched on; the engine goes by the last that says something of it. */
static bool has_no_new_privileges(const struct json_tree *list)
{
    for (size_t i = json_tree_count(list); i > 0; i--) {
        struct slice text = json_tree_text(json_tree_at(list, i - 1));

        if (slice_starts_with(text, no_new_privileges)) {
            return requests_is_no_new_privileges(text);
        }
    }
    return false;
}

bool requests_set_keeps(const struct requests_walk *w, struct slice key)
{
    bool labels = w->rule == REQUESTS_RULE_LABELS || w->rule == REQUESTS_RULE_LABEL_NAMES;

    for (size_t i = 0; labels && i < requests_count(w->policy, REQUESTS_SET_LABELS); i++) {
        struct slice label = requests_word(w->policy, REQUESTS_SET_LABELS, i);

        if (slice_equal(slice_sub(label, 0, slice_find(label, '=')), key)) {
            return false;
        }
    }
    return true;
}

static void write_label(struct requests_walk *w, struct slice label)
{
    size_t equals = slice_find(label, '=');

    requests_write_text(w, slice_sub(label, 0, equals));
    (void)buf_put_byte(w->out, ':');
    requests_write_text(w, slice_sub(label, equals + 1, label.len));
}

void requests_set_end(struct requests_walk *w, const struct json_tree *v, size_t n)
{
    if (w->rule == REQUESTS_RULE_SECURITY &&
        requests_on(w->policy, REQUESTS_SET_NO_NEW_PRIVILEGES) && !has_no_new_privileges(v)) {
        (void)(n > 0 && buf_put_byte(w->out, ','));
        requests_write_text(w, SLICE("no-new-privileges=true"));
    }
    for (size_t i = 0;
         w->rule == REQUESTS_RULE_LABELS && i < requests_count(w->policy, REQUESTS_SET_LABELS);
         i++) {
        (void)(n + i > 0 && buf_put_byte(w->out, ','));
        write_label(w, requests_word(w->policy, REQUESTS_SET_LABELS, i));
    }
}
