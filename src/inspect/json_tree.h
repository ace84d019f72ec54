/* JSON documents as trees, read strictly: what is accepted here has one reading only, and it is the
 * engine's (Go's encoding/json) as well. Pure but for memory. */
#ifndef INSPECT_JSON_TREE_H
#define INSPECT_JSON_TREE_H

#include "base/slice.h"

enum json_kind {
    JSON_KIND_NULL,
    JSON_KIND_BOOL,
    JSON_KIND_INTEGER, /* fits an int64_t */
    JSON_KIND_REAL,
    JSON_KIND_TEXT,
    JSON_KIND_LIST,
    JSON_KIND_OBJECT,
};

/* A value of a document; opaque, owned by the document. */
struct json_tree;

/* Reads a whole document, which must be an object. NULL where it is refused or memory is short;
 * `*why` then says why (static text). Refused are, beside what is no JSON (RFC 8259): a name that
 * occurs twice in an object, bytes that are no UTF-8, half surrogate pairs, NUL in names, numbers
 * out of an int64's or a double's range, "-0", a BOM, anything but white space behind the document,
 * and more than LIMIT_JSON_DEPTH levels or LIMIT_JSON_VALUES values. Freed by json_tree_free. */
struct json_tree *json_tree_read(struct slice text, const char **why);
void json_tree_free(struct json_tree *root);

/* The kind of a value; NULL is JSON_KIND_NULL. */
enum json_kind json_tree_kind(const struct json_tree *v);

/* A value's contents; the caller has looked at its kind. Text is borrowed, decoded, any bytes of
 * valid UTF-8, NUL among them. */
bool json_tree_truth(const struct json_tree *v);
int64_t json_tree_integer(const struct json_tree *v);
double json_tree_real(const struct json_tree *v);
struct slice json_tree_text(const struct json_tree *v);

/* A list's elements; NULL beyond its end. */
size_t json_tree_count(const struct json_tree *v);
const struct json_tree *json_tree_at(const struct json_tree *v, size_t i);

/* The members of an object (none where `v` is none) in the order of the text: begins with `*at`
 * NULL, false at the end. */
bool json_tree_next(const struct json_tree *v, void **at, struct slice *name,
                    const struct json_tree **value);

/* Where names are scattered in memory; called once at the start with random bits, before any
 * document is read. Without it the library would open a file for them. */
void json_tree_seed(uint32_t seed);

/* Whence memory comes; for tests. Called before any document is read. */
void json_tree_allocate_with(void *(*allocate)(size_t), void (*release)(void *));

#endif
