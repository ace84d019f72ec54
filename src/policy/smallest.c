/* Option by option: is it needed, and is it as needed already? */
#include "policy/smallest.h"

#include "policy/dialect.h"
#include "policy/values.h"

/* A leaf can stand below another one, and that below a section. */
#define DEPTHS 3

/* Whether the option is on if nothing is said of it. */
static bool is_on_anyway(const uint8_t *state, option_id option)
{
    for (option_id i = option_parent(option); i != OPTION_NONE; i = option_parent(i)) {
        if (state[i] != OPTION_UNSET) {
            return state[i] == OPTION_ON;
        }
    }
    return option_parent(option) == OPTION_NONE && dialect_default(DIALECT_MJMCCANS, option);
}

/* Whether the operations of a leaf are wanted: all of them, or one. */
static bool is_needed(option_id leaf, const struct operation_set *wanted, enum smallest_reach reach)
{
    bool all = true;
    bool any = false;

    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (option_leaf((enum operation_id)i) == leaf) {
            bool is = operation_set_has(wanted, (enum operation_id)i);
            all = all && is;
            any = any || is;
        }
    }
    return any && (all || reach == SMALLEST_COVERING);
}

static unsigned depth_of(option_id option)
{
    unsigned depth = 0;

    for (option_id p = option_parent(option); p != OPTION_NONE; p = option_parent(p)) {
        depth++;
    }
    return depth;
}

void smallest_options(const struct operation_set *wanted, enum smallest_reach reach, uint8_t *state)
{
    memset(state, OPTION_UNSET, OPTION_COUNT);
    for (unsigned depth = 0; depth < DEPTHS; depth++) {
        for (size_t i = 0; i < OPERATION_COUNT; i++) {
            option_id leaf = option_leaf((enum operation_id)i);
            bool on = is_needed(leaf, wanted, reach);
            if (depth_of(leaf) == depth && on != is_on_anyway(state, leaf)) {
                state[leaf] = on ? OPTION_ON : OPTION_OFF;
            }
        }
    }
}
