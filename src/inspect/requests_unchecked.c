/* The words of `unchecked` are those of `allow`: operationIds, and options of one operation. */
#include "inspect/requests_unchecked.h"

#include "inspect/requests.h"
#include "policy/nearest.h"
#include "policy/option.h"

#define SHOWN 100

struct operation_set requests_unchecked_all(void)
{
    struct operation_set all = {{0}};

    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (requests_is_unchecked((enum operation_id)i)) {
            operation_set_add(&all, (enum operation_id)i);
        }
    }
    return all;
}

static bool is_named(enum operation_id op, struct slice word)
{
    struct slice id = operation_get(op)->operation_id;

    return (slice_equal(id, word) && !slice_equal(id, SLICE("-"))) ||
           slice_equal(option_name(option_leaf(op)), word);
}

static bool unknown(struct slice word, bool checked, struct diag *d)
{
    struct slice best = {NULL, 0};
    size_t distance = NEAREST_FAR;
    int shown = (int)(word.len < SHOWN ? word.len : SHOWN);

    if (checked) {
        return diag_set(d, "requests.unchecked: %.*s names no operation that can't be checked",
                        shown, word.at);
    }
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (requests_is_unchecked((enum operation_id)i)) {
            nearest_try(word, operation_get((enum operation_id)i)->operation_id, &best, &distance);
            nearest_try(word, option_name(option_leaf((enum operation_id)i)), &best, &distance);
        }
    }
    return diag_set(d, "requests.unchecked: %.*s is no operationId or option of one%s%.*s", shown,
                    word.at, best.at == NULL ? "" : "; the nearest is ", (int)best.len,
                    best.at == NULL ? "" : best.at);
}

bool requests_unchecked_add(struct slice word, struct operation_set *set, struct diag *d)
{
    bool any = false;
    bool known = option_find(word) != OPTION_NONE;

    if (slice_equal(word, SLICE("false"))) {
        return true;
    }
    if (slice_equal(word, SLICE("true")) || slice_equal(word, SLICE("*"))) {
        *set = requests_unchecked_all();
        return true;
    }
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        bool named = is_named(op, word);
        known = known || named;
        if (named && requests_is_unchecked(op)) {
            operation_set_add(set, op);
            any = true;
        }
    }
    return any || unknown(word, known, d);
}
