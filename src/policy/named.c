/* Names of operations, by the two tables that have them. */
#include "policy/named.h"

#include "policy/nearest.h"

static bool is_below(option_id option, option_id above)
{
    while (option != OPTION_NONE && option != above) {
        option = option_parent(option);
    }
    return option == above;
}

/* Rows outside the specification have no operationId. */
static bool is_id(struct slice name, enum operation_id op)
{
    return !slice_equal(name, SLICE("-")) && slice_equal(name, operation_get(op)->operation_id);
}

bool named_operations(struct slice name, option_id *option, struct operation_set *set)
{
    bool any = false;

    *option = option_find(name);
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        if (*option != OPTION_NONE ? is_below(option_leaf(op), *option) : is_id(name, op)) {
            operation_set_add(set, op);
            any = true;
        }
    }
    return any || *option != OPTION_NONE;
}

struct slice named_nearest(struct slice name)
{
    struct slice best = {NULL, 0};
    size_t distance = NEAREST_FAR;

    for (size_t i = 0; i < OPTION_COUNT; i++) {
        nearest_try(name, option_name((option_id)i), &best, &distance);
    }
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        nearest_try(name, operation_get((enum operation_id)i)->operation_id, &best, &distance);
    }
    return best;
}
