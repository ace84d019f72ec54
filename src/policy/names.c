/* Rules on names: the set of operations is asked first, so that others pay nothing. */
#include "policy/names.h"

#include "policy/glob.h"

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
    if (!operation_set_has(&rules->some, m->operation)) {
        return NULL;
    }
    for (size_t i = 0; i < rules->n; i++) {
        if (rules->at[i].operation == m->operation && fits(&rules->at[i], m)) {
            return &rules->at[i];
        }
    }
    return NULL;
}
