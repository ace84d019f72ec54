/* Entries of `allow` that grant a set of operations, and nothing else. */
#include "policy/grants.h"

static bool is_below(option_id option, option_id above)
{
    while (option != OPTION_NONE && option != above) {
        option = option_parent(option);
    }
    return option == above;
}

/* All that the option grants as an entry, and all that the operationId does. */
static struct operation_set of_option(option_id option)
{
    struct operation_set set = {{0}};

    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (is_below(option_leaf((enum operation_id)i), option)) {
            operation_set_add(&set, (enum operation_id)i);
        }
    }
    return set;
}

static struct operation_set of_id(struct slice id)
{
    struct operation_set set = {{0}};

    for (size_t i = 0; i < OPERATION_COUNT && !slice_equal(id, SLICE("-")); i++) {
        if (slice_equal(operation_get((enum operation_id)i)->operation_id, id)) {
            operation_set_add(&set, (enum operation_id)i);
        }
    }
    return set;
}

/* Whether there is anything in `set`, and all of it is wanted. */
static bool fits(const struct operation_set *set, const struct operation_set *wanted)
{
    bool any = false;

    for (size_t i = 0; i < OPERATION_SET_WORDS; i++) {
        any = any || set->word[i] != 0;
        if ((set->word[i] & ~wanted->word[i]) != 0) {
            return false;
        }
    }
    return any;
}

size_t grants_entries(const struct operation_set *wanted, struct slice *entries,
                      struct operation_set *said)
{
    size_t n = 0;

    *said = (struct operation_set){{0}};
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        struct slice entry = option_name(option_leaf(op));
        if (!operation_set_has(wanted, op) || operation_set_has(said, op)) {
            continue;
        }
        struct operation_set set = of_option(option_leaf(op));
        if (!fits(&set, wanted)) {
            entry = operation_get(op)->operation_id;
            set = of_id(entry);
        }
        if (fits(&set, wanted)) {
            entries[n++] = entry;
            for (size_t k = 0; k < OPERATION_SET_WORDS; k++) {
                said->word[k] |= set.word[k];
            }
        }
    }
    return n;
}
