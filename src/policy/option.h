/* Options: the switches that grant operations, sections and leaves, in one table. */
#ifndef POLICY_OPTION_H
#define POLICY_OPTION_H

#include "api/operation.h"
#include "base/slice.h"

/* An option's place in the option table. */
typedef uint16_t option_id;
#define OPTION_NONE UINT16_MAX

/* Sections first, then a leaf for each operation (second spellings share theirs), then what grants
 * nothing, then the words that only other families' proxies have. */
enum {
#define OPTION_SECTION(name, sentence) OPTION_##name,
#include "policy/sections.def"
#undef OPTION_SECTION
#define OPERATION_TWIN(...)
#define OPERATION(id, method, head, name, tail, names, operation_id, leaf, ...) OPTION_##leaf,
#include "api/operations.def"
#undef OPERATION
    OPTION_DESCRIPTIVE_ERRORS,
#define OPTION_WORD(name, sentence) OPTION_##name,
#include "policy/words.def"
#undef OPTION_WORD
    OPTION_COUNT,
};

/* One option. An option that is not set is as its parent is; the nearest one that is set decides.
 */
struct option {
    struct slice name;
    struct slice sentence; /* what it means, for people */
    option_id parent;      /* the wider option that grants it as well; OPTION_NONE: none */
};

/* The row of an option; static, `option` must be below OPTION_COUNT. */
const struct option *option_get(option_id option);

/* The name of an option ("CONTAINERS_START"); static. "-" for OPTION_NONE. */
struct slice option_name(option_id option);

/* The option of that name, exactly; OPTION_NONE where there is none. */
option_id option_find(struct slice name);

/* The option that a flag of the command line names: any case, '-' as good as '_'
 * ("containers-start"). */
option_id option_find_flag(struct slice flag);

/* Whether it is a section, which grants all reads of a part of the API. */
bool option_is_section(option_id option);

/* The option of an operation alone, and the wider one that a denied read names (OPTION_NONE: there
 * is none). */
option_id option_leaf(enum operation_id op);
option_id option_parent(option_id option);

/* Reads a switch: 1 0 true false yes no on off, in any case. False where it is none of these. */
bool option_read_switch(struct slice value, bool *on);

#endif
