/* The mjmccans dialect: options of docker-socket-proxy by Matthew McCannell, with its defaults.
 * Where the original did not do what its names say, the names win; docs/options.md lists that. */
#include "policy/mjmccans.h"

#include <assert.h>

/* The option that decides on `option`: the nearest one that is set, going up. OPTION_NONE: nobody
 * set any. */
static option_id find_set(const struct option_values *values, option_id option)
{
    while (option < OPTION_COUNT && values->state[option] == OPTION_UNSET) {
        option = option_parent(option);
    }
    return option;
}

static option_id find_root(option_id option)
{
    while (option_parent(option) != OPTION_NONE) {
        option = option_parent(option);
    }
    return option;
}

static bool is_section(option_id option)
{
    static const bool sections[OPTION_COUNT] = {
#define OPTION_SECTION(name, sentence) [OPTION_##name] = true,
#include "policy/sections.def"
#undef OPTION_SECTION
    };
    return option < OPTION_COUNT && sections[option];
}

/* Decides one operation and names the option for it: the one that was set; else the widest one that
 * would allow it, which is the name that mjmccans printed. */
static bool decide(const struct option_values *values, enum operation_id op, option_id *by)
{
    option_id leaf = option_leaf(op);
    option_id set = find_set(values, leaf);
    if (set == OPTION_NONE) {
        *by = find_root(leaf);
        return option_get(*by)->on;
    }
    *by = set;
    if (values->state[set] == OPTION_OFF) {
        return false;
    }
    bool closed =
        values->strict && is_section(set) && operation_get(op)->gives != OPERATION_GIVES_NOTHING;
    if (closed) {
        *by = leaf;
    }
    return !closed;
}

static void warn(struct policy_notes *notes, enum operation_id op, option_id by)
{
    static const struct {
        const char *at;
        size_t len;
    } gives[] = {
        [OPERATION_GIVES_NOTHING] = {"", 0},
#define GIVES(id, text) [OPERATION_GIVES_##id] = {text, sizeof(text) - 1}
        GIVES(FILES, ", which gives away the files of containers; close it with "),
        GIVES(IMAGE, ", which gives away whole images; close it with "),
        GIVES(SECRET, ", which gives away keys, tokens or configuration data; close it with "),
#undef GIVES
    };
    const struct operation *o = operation_get(op);
    struct slice parts[] = {
        SLICE(""),
        option_name(by),
        SLICE("=1 also opens "),
        o->method,
        SLICE(" "),
        o->path,
        slice_of(gives[o->gives].at, gives[o->gives].len),
        option_name(option_leaf(op)),
        SLICE("=0"),
    };
    policy_note_add(notes, NOTE_WARNING, parts, sizeof(parts) / sizeof(parts[0]));
}

void mjmccans_compile(const struct option_values *values, struct policy *p,
                      struct policy_notes *notes)
{
    bool warned[OPTION_COUNT] = {false};
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        option_id leaf = option_leaf(op);
        option_id by = OPTION_NONE;
        bool allowed = decide(values, op, &by);
        p->decided_by[op] = by;
        if (!allowed) {
            continue;
        }
        operation_set_add(&p->allowed, op);
        if (operation_get(op)->gives != OPERATION_GIVES_NOTHING && is_section(by) &&
            !warned[leaf]) {
            warned[leaf] = true;
            warn(notes, op, by);
        }
    }
    uint8_t descriptive = values->state[OPTION_DESCRIPTIVE_ERRORS];
    p->descriptive_errors = descriptive == OPTION_UNSET ? option_get(OPTION_DESCRIPTIVE_ERRORS)->on
                                                        : descriptive == OPTION_ON;
}
