/* A list of terminated texts on the heap, in the form of an environment: "NAME=VALUE", NULL at the
 * end. */
#ifndef CLI_TEXTLIST_H
#define CLI_TEXTLIST_H

#include "base/slice.h"

/* More variables or words than that are no configuration. */
#define TEXT_LIST_MAX 1000

/* `{0}` is an empty list without its NULL. */
struct text_list {
    char **at;
    size_t n;
};

/* Adds a copy. False where there is no room. */
bool text_list_add(struct text_list *list, struct slice text);

/* Adds NAME=VALUE in place of the variable of that name, if there is one. */
bool text_list_set(struct text_list *list, struct slice name, struct slice value);

/* The value of a variable; `at` is NULL where the list has none. Borrowed from the list. */
struct slice text_list_get(const struct text_list *list, struct slice name);

void text_list_free(struct text_list *list);

#endif
