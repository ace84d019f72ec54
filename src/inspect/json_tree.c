/* JSON documents: a look at the bytes for what jansson does not bound, then jansson's own reading.
 */
#include "inspect/json_tree.h"

#include "base/limits.h"

#include <jansson.h>

/* What the look at the bytes keeps. */
struct scan {
    struct slice text;
    size_t at;
    size_t depth;
    size_t values;
};

/* Skips a string; `at` stands behind its first quote. */
static void scan_string(struct scan *s)
{
    while (s->at < s->text.len && s->text.at[s->at] != '"') {
        s->at += s->text.at[s->at] == '\\' ? 2 : 1;
    }
    s->at++;
}

/* jansson's tree takes a hundred times the memory of "[[],[],…", and it reads -0 as 0, which Go
 * takes for an unsigned field while it refuses -0. Returns what is wrong, or NULL. */
static const char *scan_bytes(struct slice text)
{
    struct scan s = {.text = text, .values = 1};

    while (s.at < text.len) {
        char c = text.at[s.at++];
        if (c == '"') {
            scan_string(&s);
        } else if (c == '{' || c == '[') {
            s.depth++;
            s.values++;
        } else if (c == '}' || c == ']') {
            s.depth -= s.depth > 0 ? 1 : 0;
        } else if (c == ',') {
            s.values++;
        } else if (c == '-' && s.at < text.len && text.at[s.at] == '0') {
            return "it has a number that begins with -0";
        }
        if (s.depth > LIMIT_JSON_DEPTH) {
            return "it is nested too deeply";
        }
        if (s.values > LIMIT_JSON_VALUES) {
            return "it has too many values";
        }
    }
    return NULL;
}

static const char *error_text(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_out_of_memory:
        return "the gate is out of memory";
    case json_error_premature_end_of_input:
        return "it ends too early";
    case json_error_end_of_input_expected:
        return "something follows the document";
    case json_error_invalid_utf8:
        return "it has bytes that are no UTF-8";
    case json_error_duplicate_key:
        return "it has a name twice in one object";
    case json_error_numeric_overflow:
        return "it has a number that is too large";
    case json_error_null_byte_in_key:
    case json_error_null_character:
        return "it has a name with NUL";
    case json_error_unknown:
    case json_error_stack_overflow:
    case json_error_cannot_open_file:
    case json_error_invalid_argument:
    case json_error_invalid_syntax:
    case json_error_invalid_format:
    case json_error_wrong_type:
    case json_error_null_value:
    case json_error_item_not_found:
    case json_error_index_out_of_range:
        break;
    }
    return "it is no valid JSON";
}

static const json_t *node(const struct json_tree *v)
{
    return (const json_t *)(const void *)v;
}

struct json_tree *json_tree_read(struct slice text, const char **why)
{
    json_error_t error;

    *why = text.len == 0 ? "it is empty" : scan_bytes(text);
    if (*why != NULL) {
        return NULL;
    }
    json_t *root = json_loadb(text.at, text.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (root == NULL) {
        *why = error_text(&error);
        return NULL;
    }
    if (!json_is_object(root)) {
        json_decref(root);
        *why = "it is no object";
        return NULL;
    }
    return (struct json_tree *)(void *)root;
}

void json_tree_free(struct json_tree *root)
{
    json_decref((json_t *)(void *)root);
}

enum json_kind json_tree_kind(const struct json_tree *v)
{
    if (v == NULL) {
        return JSON_KIND_NULL;
    }
    switch (json_typeof(node(v))) {
    case JSON_OBJECT:
        return JSON_KIND_OBJECT;
    case JSON_ARRAY:
        return JSON_KIND_LIST;
    case JSON_STRING:
        return JSON_KIND_TEXT;
    case JSON_INTEGER:
        return JSON_KIND_INTEGER;
    case JSON_REAL:
        return JSON_KIND_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return JSON_KIND_BOOL;
    case JSON_NULL:
        break;
    }
    return JSON_KIND_NULL;
}

bool json_tree_truth(const struct json_tree *v)
{
    return json_is_true(node(v));
}

int64_t json_tree_integer(const struct json_tree *v)
{
    return json_integer_value(node(v));
}

double json_tree_real(const struct json_tree *v)
{
    return json_number_value(node(v));
}

struct slice json_tree_text(const struct json_tree *v)
{
    return slice_of(json_string_value(node(v)), json_string_length(node(v)));
}

size_t json_tree_count(const struct json_tree *v)
{
    return json_array_size(node(v));
}

const struct json_tree *json_tree_at(const struct json_tree *v, size_t i)
{
    return (const struct json_tree *)(const void *)json_array_get(node(v), i);
}

bool json_tree_next(const struct json_tree *v, void **at, struct slice *name,
                    const struct json_tree **value)
{
    /* jansson's iterators only read, but want a tree that may be changed. */
    json_t *object = (json_t *)(uintptr_t)(const void *)v;

    *at = *at == NULL ? json_object_iter(object) : json_object_iter_next(object, *at);
    if (*at == NULL) {
        return false;
    }
    *name = slice_of(json_object_iter_key(*at), json_object_iter_key_len(*at));
    *value = (const struct json_tree *)(const void *)json_object_iter_value(*at);
    return true;
}

void json_tree_seed(uint32_t seed)
{
    json_object_seed(seed == 0 ? 1 : seed); /* 0 asks the library to find one */
}

void json_tree_allocate_with(void *(*allocate)(size_t), void (*release)(void *))
{
    json_set_alloc_funcs(allocate, release);
}
