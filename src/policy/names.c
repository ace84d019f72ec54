/* Rules on names: the set of operations is asked first, so that others pay nothing. */
#include "policy/names.h"

#include "policy/glob.h"

/* As many labels are told. */
#define SHOWN 4

static bool fits(const struct name_rule *rule, const struct api_match *m)
{
    for (size_t i = 0; i < 2; i++) {
        if (rule->glob[i].at != NULL && !glob_match(rule->glob[i], m->names[i])) {
            return false;
        }
    }
    return true;
}

const struct name_rule *name_rules_find(const struct name_rules *rules, const struct api_match *m)
{
    const struct name_rule *labelled = NULL;

    if (!operation_set_has(&rules->some, m->operation)) {
        return NULL;
    }
    for (size_t i = 0; i < rules->n; i++) {
        const struct name_rule *rule = &rules->at[i];
        if (rule->operation != m->operation) {
            continue;
        }
        if (rule->label.len > 0) {
            labelled = labelled == NULL ? rule : labelled;
        } else if (fits(rule, m)) {
            return rule;
        }
    }
    return labelled;
}

void name_rule_put_labels(const struct name_rule *rule, struct buf *out)
{
    for (size_t n = 0; rule != NULL && n <= SHOWN; n++, rule = rule->next) {
        (void)(buf_put(out, n == 0 ? SLICE("") : SLICE(" or ")) &&
               buf_put(out, n < SHOWN ? SLICE("label ") : SLICE("others")) &&
               buf_put(out, n < SHOWN ? rule->label : SLICE("")));
    }
}
