/* JSON documents as trees, read strictly: what is accepted here has one reading only, and it is the
 * engine's (Go's encoding/json) as well. Pure but for memory. */
#ifndef INSPECT_JSON_TREE_H
#define INSPECT_JSON_TREE_H

#include "base/slice.h"

enum json_kind {
    JSON_KIND_NULL,
    JSON_KIND_BOOL,
    JSON_KIND_INTEGER, /* written as one, and fits an int64_t */
    JSON_KIND_REAL,    /* any other number */
    JSON_KIND_TEXT,
    JSON_KIND_LIST,
    JSON_KIND_OBJECT,
};

/* A value of a document; opaque, owned by the document. */
struct json_tree;

/* Reads a whole document, which must be an object. NULL where it is refused or memory is short;
 * `*why` then says why (static text). Refused are, beside what is no JSON (RFC 8259): a name that
 * occurs twice in an object, bytes that are no UTF-8, half surrogate pairs, NUL in names, integers
 * out of an int64's range, numbers of more than 64 bytes, "-0", a BOM, anything but white space
 * behind the document, and more than LIMIT_JSON_DEPTH levels or LIMIT_JSON_VALUES values. The tree
 * borrows `text`, which has to stay as long as it. Freed by json_tree_free. */
struct json_tree *json_tree_read(struct slice text, const char **why);
void json_tree_free(struct json_tree *root);

/* The kind of a value; NULL is JSON_KIND_NULL. */
enum json_kind json_tree_kind(const struct json_tree *v);

/* A value's contents; the caller has looked at its kind. Text is borrowed, decoded, any bytes of
 * valid UTF-8, NUL among them. */
bool json_tree_truth(const struct json_tree *v);
int64_t json_tree_integer(const struct json_tree *v);
struct slice json_tree_text(const struct json_tree *v);

/* A number times 10^`places` (at most 9), where that is a whole one from 0 to `max` (at most
 * 10^18); exact. False for others, and for what is no number. */
bool json_tree_scaled(const struct json_tree *v, unsigned places, uint64_t max, uint64_t *scaled);

/* A list's elements, an object's members, in the order of the text; 0 for others. NULL beyond the
 * end. A member has a name: borrowed, decoded, without NUL. */
size_t json_tree_count(const struct json_tree *v);
const struct json_tree *json_tree_at(const struct json_tree *v, size_t i);
struct slice json_tree_name(const struct json_tree *member);

/* An object's member of that very name; NULL: there is none, or `v` is no object. */
const struct json_tree *json_tree_member(const struct json_tree *v, struct slice name);

/* A value's text, empty where it is none. */
struct slice json_tree_text_of(const struct json_tree *v);

#endif
