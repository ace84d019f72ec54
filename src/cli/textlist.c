/* Texts on the heap, for what is read from files. Few and small, so a look-up walks the list. */
#include "cli/textlist.h"

#include <stdlib.h>

/* "first" or "first=second", terminated; NULL without memory. */
static char *join(struct slice first, bool equals, struct slice second)
{
    char *text = malloc(first.len + 1 + second.len + 1);
    size_t n = 0;

    if (text == NULL) {
        return NULL;
    }
    if (first.len > 0) {
        memcpy(text, first.at, first.len);
        n = first.len;
    }
    if (equals) {
        text[n++] = '=';
    }
    if (second.len > 0) {
        memcpy(text + n, second.at, second.len);
        n += second.len;
    }
    text[n] = '\0';
    return text;
}

/* Takes the text over; false (and the text freed) where there is no room. */
static bool append(struct text_list *list, char *text)
{
    char **grown = NULL;

    if (text != NULL && list->n < TEXT_LIST_MAX) {
        grown = reallocarray(list->at, list->n + 2, sizeof(*grown));
    }
    if (grown == NULL) {
        free(text);
        return false;
    }
    list->at = grown;
    list->at[list->n++] = text;
    list->at[list->n] = NULL;
    return true;
}

/* The place of a variable, or list->n. */
static size_t find(const struct text_list *list, struct slice name)
{
    size_t i = 0;

    while (i < list->n) {
        struct slice text = slice_from_text(list->at[i]);

        if (text.len > name.len && slice_starts_with(text, name) && text.at[name.len] == '=') {
            break;
        }
        i++;
    }
    return i;
}

bool text_list_add(struct text_list *list, struct slice text)
{
    return append(list, join(text, false, SLICE("")));
}

bool text_list_set(struct text_list *list, struct slice name, struct slice value)
{
    size_t at = find(list, name);
    char *text = join(name, true, value);

    if (at == list->n || text == NULL) {
        return append(list, text);
    }
    free(list->at[at]);
    list->at[at] = text;
    return true;
}

struct slice text_list_get(const struct text_list *list, struct slice name)
{
    size_t at = find(list, name);

    return at == list->n ? (struct slice){NULL, 0}
                         : slice_sub(slice_from_text(list->at[at]), name.len + 1, SIZE_MAX);
}

void text_list_free(struct text_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->at[i]);
    }
    free(list->at);
    *list = (struct text_list){NULL, 0};
}
