/* The option table: sections and switches by hand, a leaf for each operation out of
 * api/operations.def. Names, parents and meanings; what they decide, and which are on by default,
 * stands in the dialects. */
#include "policy/option.h"

#include <assert.h>

#define TEXT(literal)                                                                              \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

static const struct option options[OPTION_COUNT] = {
/* clang-format off */
#define OPTION_SECTION(name, sentence) {TEXT(#name), TEXT(sentence), OPTION_NONE},
#include "policy/sections.def"
#undef OPTION_SECTION
#define OPERATION_TWIN(...)
#define OPERATION(id, method, head, name, tail, names, operation_id, leaf, parent, kind, gives, since, sentence) \
    {TEXT(#leaf), TEXT(sentence), OPTION_##parent},
#include "api/operations.def"
#undef OPERATION
    {TEXT("DESCRIPTIVE_ERRORS"),
     TEXT("Texts of refusals name the option that would allow the call; never changes a verdict."), OPTION_NONE},
#define OPTION_WORD(name, sentence) {TEXT(#name), TEXT(sentence), OPTION_NONE},
#include "policy/words.def"
#undef OPTION_WORD
    /* clang-format on */
};

static const option_id leaves[OPERATION_COUNT] = {
#define OPERATION(id, method, head, name, tail, names, operation_id, leaf, ...) OPTION_##leaf,
#include "api/operations.def"
#undef OPERATION
};

const struct option *option_get(option_id option)
{
    assert(option < OPTION_COUNT);
    return &options[option];
}

struct slice option_name(option_id option)
{
    return option < OPTION_COUNT ? options[option].name : SLICE("-");
}

option_id option_find(struct slice name)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (slice_equal(name, options[i].name)) {
            return (option_id)i;
        }
    }
    return OPTION_NONE;
}

static bool flag_equal(struct slice flag, struct slice name)
{
    if (flag.len != name.len) {
        return false;
    }
    for (size_t i = 0; i < flag.len; i++) {
        char c = flag.at[i];
        if (c >= 'a' && c <= 'z') {
            c = (char)(c - 'a' + 'A');
        } else if (c == '-') {
            c = '_';
        }
        if (c != name.at[i]) {
            return false;
        }
    }
    return true;
}

option_id option_find_flag(struct slice flag)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (flag_equal(flag, options[i].name)) {
            return (option_id)i;
        }
    }
    return OPTION_NONE;
}

bool option_is_section(option_id option)
{
    static const bool sections[OPTION_COUNT] = {
#define OPTION_SECTION(name, sentence) [OPTION_##name] = true,
#include "policy/sections.def"
#undef OPTION_SECTION
    };
    return option < OPTION_COUNT && sections[option];
}

option_id option_leaf(enum operation_id op)
{
    assert(op < OPERATION_COUNT);
    return leaves[op];
}

option_id option_parent(option_id option)
{
    return option < OPTION_COUNT ? options[option].parent : OPTION_NONE;
}

bool option_read_switch(struct slice value, bool *on)
{
    static const struct {
        struct slice text;
        bool on;
    } words[] = {
        {TEXT("1"), true},   {TEXT("0"), false},  {TEXT("true"), true}, {TEXT("false"), false},
        {TEXT("yes"), true}, {TEXT("no"), false}, {TEXT("on"), true},   {TEXT("off"), false},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (slice_equal_nocase(value, words[i].text)) {
            *on = words[i].on;
            return true;
        }
    }
    return false;
}
