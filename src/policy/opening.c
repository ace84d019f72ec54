/* Reads that a section opens although they give something away; the same in each dialect of
 * options. */
#include "policy/opening.h"

bool opening_is(enum operation_id op, option_id by)
{
    return operation_get(op)->gives != OPERATION_GIVES_NOTHING && option_is_section(by);
}

void opening_warn(enum operation_id op, option_id by, bool warned[OPTION_COUNT],
                  struct policy_notes *notes)
{
    static const struct slice gives[] = {
        [OPERATION_GIVES_NOTHING] = SLICE_INIT(""),
#define GIVES(id, text) [OPERATION_GIVES_##id] = SLICE_INIT(text)
        GIVES(FILES, ", which gives away the files of containers; close it with "),
        GIVES(IMAGE, ", which gives away whole images; close it with "),
        GIVES(SECRET, ", which gives away keys, tokens or configuration data; close it with "),
#undef GIVES
    };
    const struct operation *o = operation_get(op);
    option_id leaf = option_leaf(op);
    if (warned[leaf]) {
        return;
    }
    warned[leaf] = true;
    struct slice parts[] = {
        SLICE(""), option_name(by), SLICE("=1 also opens "), o->method,   SLICE(" "),
        o->path,   gives[o->gives], option_name(leaf),       SLICE("=0"),
    };
    policy_note_add(notes, NOTE_WARNING, parts, sizeof(parts) / sizeof(parts[0]));
}
