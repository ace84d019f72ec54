/* Advice by trial: the policy is compiled once more for each option, so that it is right in every
 * dialect without knowing any. */
#include "cli/advice.h"

#include <stdio.h>
#include <stdlib.h>

static size_t count_opened(const struct policy *now, const struct policy *then)
{
    size_t n = 0;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        n += operation_set_has(&then->allowed, (enum operation_id)i) &&
                     !operation_set_has(&now->allowed, (enum operation_id)i)
                 ? 1
                 : 0;
    }
    return n;
}

/* Keeps the list sorted by what they open; what does not fit falls off its end. */
static void keep(struct advice *list, size_t *n, struct advice one)
{
    size_t at = *n;
    while (at > 0 && list[at - 1].opens > one.opens) {
        at--;
    }
    if (at == ADVICE_MAX) {
        return;
    }
    size_t last = *n < ADVICE_MAX ? *n : ADVICE_MAX - 1;
    for (size_t i = last; i > at; i--) {
        list[i] = list[i - 1];
    }
    list[at] = one;
    *n = last + 1;
}

/* What the variables would come to. */
struct trial {
    const struct policy *now;
    enum operation_id operation;
    char **list; /* the variables, room for two more, and NULL */
    size_t n;
    char option[VARIABLES_NAME_MAX + sizeof("=1")];
    char dialect[VARIABLES_NAME_MAX + sizeof("DOCKGATE_DIALECT=")];
};

/* False without memory; `t->list` is to be freed. */
static bool begin(struct trial *t, char *const *variables)
{
    struct slice name = dialect_get(t->now->dialect.dialect)->name;
    (void)snprintf(t->dialect, sizeof(t->dialect), "DOCKGATE_DIALECT=%.*s", (int)name.len, name.at);
    while (variables[t->n] != NULL) {
        t->n++;
    }
    t->list = calloc(t->n + 3, sizeof(*t->list));
    if (t->list != NULL) {
        memcpy(t->list, variables, t->n * sizeof(*t->list));
    }
    return t->list != NULL;
}

/* Whether the operation is allowed with that option; `*opens` how many are that were not. */
static bool try_option(struct trial *t, option_id option, bool named, size_t *opens)
{
    static struct policy_notes notes;
    static struct policy then;
    struct slice name = option_name(option);
    (void)snprintf(t->option, sizeof(t->option), "%.*s=1", (int)name.len, name.at);
    t->list[t->n] = t->option;
    t->list[t->n + 1] = named ? t->dialect : NULL;
    bool allows = cli_load_policy(t->list, &then, &notes) &&
                  then.dialect.dialect == t->now->dialect.dialect &&
                  operation_set_has(&then.allowed, t->operation);
    *opens = count_opened(t->now, &then);
    policy_fini(&then);
    return allows;
}

static size_t try_all(struct trial *t, struct advice advice[ADVICE_MAX])
{
    enum dialect_id dialect = t->now->dialect.dialect;
    size_t found = 0;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        struct advice one = {.option = (option_id)i};
        if (!dialect_knows(dialect, one.option)) {
            continue;
        }
        bool plainly = try_option(t, one.option, false, &one.opens);
        one.names_dialect = !plainly;
        if (plainly || try_option(t, one.option, true, &one.opens)) {
            keep(advice, &found, one);
        }
    }
    return found;
}

size_t advice_find(char *const *variables, const struct policy *now, enum operation_id op,
                   struct advice advice[ADVICE_MAX])
{
    struct trial t = {.now = now, .operation = op};
    size_t found = begin(&t, variables) ? try_all(&t, advice) : 0;
    free(t.list);
    return found;
}

size_t advice_opened_by(char *const *variables, const struct policy *now, option_id option)
{
    static struct policy_notes notes;
    static struct policy then;
    struct trial t = {.now = now};
    struct slice name = option_name(option);
    size_t n = 0;
    if (begin(&t, variables)) {
        (void)snprintf(t.option, sizeof(t.option), "%.*s=0", (int)name.len, name.at);
        t.list[t.n] = t.option;
        t.list[t.n + 1] = t.dialect;
        n = cli_load_policy(t.list, &then, &notes) ? count_opened(&then, now) : 0;
        policy_fini(&then);
    }
    free(t.list);
    return n;
}
