/* A document that was read: texts, lists and maps, each with its place in the file. */
#ifndef BASE_TREE_H
#define BASE_TREE_H

#include "base/slice.h"

enum tree_kind {
    TREE_TEXT,
    TREE_LIST,
    TREE_MAP,
};

/* Lives as long as the document that it is of. */
struct tree_node {
    enum tree_kind kind;
    bool plain;    /* a text without quotes, which may stand for nothing or for a number */
    uint32_t line; /* both count from 1 */
    uint32_t column;
    struct slice text;
    struct tree_node **child; /* a list's items; a map's keys and values by turns */
    size_t n;                 /* how many of these pointers there are */
};

/* Nothing, as YAML writes it: empty, ~ or null, without quotes. */
static inline bool tree_is_null(const struct tree_node *node)
{
    return node->kind == TREE_TEXT && node->plain &&
           (node->text.len == 0 || slice_equal(node->text, SLICE("~")) ||
            slice_equal_nocase(node->text, SLICE("null")));
}

#endif
