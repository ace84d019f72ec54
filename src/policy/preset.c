/* The table of presets, which the build makes out of the files in presets/, and its look-ups. */
#include "policy/preset.h"

#include <assert.h>

#include "policy/nearest.h"
#include "policy/preset_table.h"

#define NPRESETS (sizeof(presets) / sizeof(presets[0]))

size_t preset_count(void)
{
    return NPRESETS;
}

const struct preset *preset_get(size_t at)
{
    assert(at < NPRESETS);
    return &presets[at];
}

const struct preset *preset_find(struct slice name)
{
    for (size_t i = 0; name.len != 0 && i < NPRESETS; i++) {
        if (slice_equal(name, presets[i].name) || slice_equal(name, presets[i].alias)) {
            return &presets[i];
        }
    }
    return NULL;
}

struct slice preset_nearest(struct slice name)
{
    struct slice best = {NULL, 0};
    size_t distance = NEAREST_FAR;
    for (size_t i = 0; i < NPRESETS; i++) {
        nearest_try(name, presets[i].name, &best, &distance);
        nearest_try(name, presets[i].alias, &best, &distance);
    }
    return best;
}

static bool grants(const struct preset *p, enum operation_id op)
{
    for (size_t i = 0; i < p->noperations; i++) {
        if (p->operations[i] == op) {
            return true;
        }
    }
    return false;
}

struct operation_set preset_operations(const struct preset *p)
{
    struct operation_set set = {{0}};
    for (size_t i = 0; i < p->noperations; i++) {
        operation_set_add(&set, (enum operation_id)p->operations[i]);
    }
    return set;
}

static bool is_separator(char c)
{
    return c == ',' || c == ' ';
}

/* Takes the next name off the front of `*rest`; empty where there is none left. */
static struct slice take_name(struct slice *rest)
{
    size_t start = 0;
    while (start < rest->len && is_separator(rest->at[start])) {
        start++;
    }
    size_t end = start;
    while (end < rest->len && !is_separator(rest->at[end])) {
        end++;
    }
    struct slice name = slice_sub(*rest, start, end - start);
    *rest = slice_sub(*rest, end, rest->len);
    return name;
}

static bool has(const struct preset_list *list, const struct preset *p)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->at[i] == p) {
            return true;
        }
    }
    return false;
}

enum preset_list_result preset_list_read(struct slice text, struct preset_list *list,
                                         struct slice *wrong)
{
    *list = (struct preset_list){.n = 0};
    *wrong = (struct slice){NULL, 0};
    for (struct slice name = take_name(&text); name.len != 0; name = take_name(&text)) {
        const struct preset *p = preset_find(name);
        if (p == NULL || list->n == PRESET_LIST_MAX) {
            *wrong = name;
            return p == NULL ? PRESET_LIST_UNKNOWN : PRESET_LIST_LONG;
        }
        if (!has(list, p)) {
            list->at[list->n] = p;
            list->n++;
        }
    }
    return list->n == 0 ? PRESET_LIST_EMPTY : PRESET_LIST_OK;
}

bool preset_list_has_word(struct slice text, struct slice word)
{
    for (struct slice name = take_name(&text); name.len != 0; name = take_name(&text)) {
        if (slice_equal(name, word)) {
            return true;
        }
    }
    return false;
}

struct operation_set preset_list_operations(const struct preset_list *list)
{
    struct operation_set all = {{0}};
    for (size_t i = 0; i < list->n; i++) {
        struct operation_set one = preset_operations(list->at[i]);
        for (size_t k = 0; k < OPERATION_SET_WORDS; k++) {
            all.word[k] |= one.word[k];
        }
    }
    return all;
}

const struct preset *preset_list_grants(const struct preset_list *list, enum operation_id op)
{
    for (size_t i = 0; i < list->n; i++) {
        if (grants(list->at[i], op)) {
            return list->at[i];
        }
    }
    return NULL;
}
