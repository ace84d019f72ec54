/* The operation table as data: what router, policy, relay and docs ask about an operation.
 * All of it comes from operations.def; nothing is computed, nothing is changed at run time. */
#include "api/operation.h"

#include <assert.h>

#define TEXT(literal)                                                                              \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

static const struct operation operations[OPERATION_COUNT] = {
/* clang-format off */
#define OPERATION(id, method, head, name, tail, names, operation_id, leaf, parent, kind, gives, since, sentence) \
    {TEXT(#method), TEXT(head name tail), TEXT(operation_id), TEXT(sentence), TEXT(since), \
     OPERATION_##kind, OPERATION_GIVES_##gives},
#include "api/operations.def"
#undef OPERATION
    /* clang-format on */
};

/* Other tables keep an operation in 16 bits, and its option in as many. */
static_assert(OPERATION_COUNT < UINT16_MAX, "operations are counted in 16 bits");

const struct operation *operation_get(enum operation_id op)
{
    assert(op < OPERATION_COUNT);
    return &operations[op];
}

bool operation_has_image_names(const struct operation *o)
{
    static const struct slice groups[] = {
        SLICE_INIT("/images/"),        SLICE_INIT("/distribution/"),     SLICE_INIT("/plugins/"),
        SLICE_INIT("/libpod/images/"), SLICE_INIT("/libpod/manifests/"),
    };
    bool found = false;

    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]) && !found; i++) {
        found = slice_starts_with(o->path, groups[i]);
    }
    return found;
}
