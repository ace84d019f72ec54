/* Ownership: filters of queries, read and written anew with the policy's label, and with ids in the
 * place of names. */
#include "inspect/json_tree.h"
#include "inspect/owned.h"
#include "inspect/owned_text.h"

#include <stdlib.h>

/* Values in a list of one filter: nobody sends more than a handful. */
#define CONDITIONS_MAX 256

/* Filters that name things. */
static const struct {
    enum operation_id op;
    enum owned_kind kind;
    struct slice filter;
} NAMED[] = {
    {OPERATION_CONTAINER_LIST, OWNED_CONTAINER, SLICE_INIT("before")},
    {OPERATION_CONTAINER_LIST, OWNED_CONTAINER, SLICE_INIT("since")},
    {OPERATION_CONTAINER_PS, OWNED_CONTAINER, SLICE_INIT("before")},
    {OPERATION_CONTAINER_PS, OWNED_CONTAINER, SLICE_INIT("since")},
    {OPERATION_IMAGE_LIST, OWNED_IMAGE, SLICE_INIT("before")},
    {OPERATION_IMAGE_LIST, OWNED_IMAGE, SLICE_INIT("since")},
    {OPERATION_TASK_LIST, OWNED_SERVICE, SLICE_INIT("service")},
    {OPERATION_TASK_LIST, OWNED_NODE, SLICE_INIT("node")},
};

bool owned_filters_name(enum operation_id op)
{
    bool named = false;

    for (size_t i = 0; i < sizeof(NAMED) / sizeof(NAMED[0]); i++) {
        named = named || NAMED[i].op == op;
    }
    return named;
}

/* What the values of a filter are names of. */
static enum owned_kind kind_named(enum operation_id op, struct slice filter)
{
    for (size_t i = 0; i < sizeof(NAMED) / sizeof(NAMED[0]); i++) {
        if (NAMED[i].op == op && slice_equal(NAMED[i].filter, filter)) {
            return NAMED[i].kind;
        }
    }
    return OWNED_NONE;
}

static void put_comma(struct buf *out, size_t *n)
{
    (void)((*n)++ == 0 || buf_put(out, SLICE("%2C")));
}

/* A text as JSON, encoded for a query. False: it is too long. */
static bool put_text(struct buf *out, struct slice text)
{
    char room[2048];
    struct buf json;

    buf_init(&json, room, sizeof(room));
    (void)(buf_put_byte(&json, '"') && buf_put_json(&json, text) && buf_put_byte(&json, '"'));
    owned_text_encode(out, buf_slice(&json));
    return !json.full;
}

/* One value of a filter. */
static bool put_condition(struct buf *out, struct slice text, size_t *n)
{
    put_comma(out, n);
    bool ok = put_text(out, text);
    return buf_put(out, SLICE("%3Atrue")) && ok;
}

/* Whether a list has the text before its place `end`. */
static bool is_before(const struct json_tree *list, size_t end, struct slice text)
{
    for (size_t i = 0; i < end; i++) {
        if (slice_equal(json_tree_text_of(json_tree_at(list, i)), text)) {
            return true;
        }
    }
    return false;
}

/* What is written for a value that names a thing. False: there are more than can be asked about. */
static bool refer(struct owned_names *names, enum owned_kind kind, struct slice *text)
{
    struct owned_ref *ref = owned_names_add(names, kind, OWNED_USE, *text);

    if (ref == NULL) {
        return false;
    }
    ref->by_id = true;
    *text = owned_ref_text(names, ref);
    return true;
}

/* The values of one filter, a list of texts or an object of them, as the inside of an object; each
 * once, and `has` not again; all of them names of such things. */
static bool put_conditions(struct buf *out, const struct json_tree *v, const struct slice *has,
                           struct owned_names *names, enum owned_kind named, size_t *n)
{
    enum json_kind kind = json_tree_kind(v);
    /* Of an object's members the engine takes the name, whatever is said of it. */
    enum json_kind wanted = kind == JSON_KIND_LIST ? JSON_KIND_TEXT : JSON_KIND_BOOL;
    bool ok = kind == JSON_KIND_LIST || kind == JSON_KIND_OBJECT || kind == JSON_KIND_NULL;

    ok = ok && json_tree_count(v) <= CONDITIONS_MAX;
    for (size_t i = 0; ok && i < json_tree_count(v); i++) {
        const struct json_tree *one = json_tree_at(v, i);
        struct slice text = kind == JSON_KIND_LIST ? json_tree_text_of(one) : json_tree_name(one);
        bool again = (has != NULL && slice_equal(text, *has)) ||
                     (kind == JSON_KIND_LIST && is_before(v, i, text));
        ok = json_tree_kind(one) == wanted && (named == OWNED_NONE || refer(names, named, &text)) &&
             (again || put_condition(out, text, n));
    }
    return ok;
}

/* The filter by labels, the policy's before those that were given. */
static bool put_label(const struct owned_policy *p, const struct json_tree *root, struct buf *out)
{
    size_t conditions = 0;

    (void)(put_text(out, SLICE("label")) && buf_put(out, SLICE("%3A%7B")));
    (void)put_condition(out, p->label, &conditions);
    return put_conditions(out, json_tree_member(root, SLICE("label")), &p->label, NULL, OWNED_NONE,
                          &conditions) &&
           buf_put(out, SLICE("%7D"));
}

/* `root`: the filters that were given; NULL: none. */
static bool put_filter_list(const struct owned_policy *p, enum operation_id op, bool labelled,
                            const struct json_tree *root, struct owned_names *names,
                            struct buf *out)
{
    size_t n = labelled ? 1 : 0;

    (void)buf_put(out, SLICE("filters=%7B"));
    bool ok = !labelled || put_label(p, root, out);
    for (size_t i = 0; ok && i < json_tree_count(root); i++) {
        const struct json_tree *value = json_tree_at(root, i);
        struct slice name = json_tree_name(value);
        size_t conditions = 0;
        if (labelled && slice_equal(name, SLICE("label"))) {
            continue;
        }
        put_comma(out, &n);
        ok = put_text(out, name) && buf_put(out, SLICE("%3A%7B")) &&
             put_conditions(out, value, NULL, names, kind_named(op, name), &conditions) &&
             buf_put(out, SLICE("%7D"));
    }
    return buf_put(out, SLICE("%7D")) && ok;
}

bool owned_text_decode(struct slice raw, struct buf *out)
{
    for (size_t i = 0; i < raw.len; i++) {
        uint64_t byte = (unsigned char)raw.at[i];

        if (byte == '+') {
            byte = ' ';
        } else if (byte == '%') {
            if (!slice_to_u64(slice_sub(raw, i + 1, 2), 16, UINT8_MAX, &byte) || i + 2 >= raw.len) {
                return false;
            }
            i += 2;
        }
        (void)buf_put_byte(out, (char)byte);
    }
    return !out->full;
}

/* The filters of a query, and the text that they borrow. */
struct filters {
    char *text; /* owned */
    struct json_tree *root;
    bool seen;
};

static bool read_filters(struct slice raw, struct filters *f)
{
    struct buf text;
    const char *why;

    if (f->seen) {
        return false;
    }
    f->seen = true;
    f->text = malloc(raw.len + 1);
    buf_init(&text, f->text, raw.len);
    if (f->text == NULL || !owned_text_decode(raw, &text)) {
        return false;
    }
    f->root = text.len == 0 ? NULL : json_tree_read(buf_slice(&text), &why);
    return text.len == 0 || f->root != NULL;
}

static bool read_query(struct slice query, struct filters *f, struct buf *out)
{
    struct slice part;
    bool ok = slice_find(query, ';') == query.len;

    while (ok && query.len > 0 && slice_next(&query, '&', &part)) {
        char room[64];
        struct buf name;
        size_t equals = slice_find(part, '=');

        buf_init(&name, room, sizeof(room));
        ok = owned_text_decode(slice_sub(part, 0, equals), &name);
        if (ok && slice_equal(buf_slice(&name), SLICE("filters"))) {
            ok = read_filters(slice_sub(part, equals + 1, part.len), f);
        } else if (ok && part.len > 0) {
            (void)(buf_put(out, part) && buf_put_byte(out, '&'));
        }
    }
    return ok;
}

bool owned_put_filters(const struct owned_policy *p, enum operation_id op, bool labelled,
                       struct slice query, struct owned_names *names, struct buf *out)
{
    struct filters f = {.text = NULL};
    bool ok = read_query(query, &f, out);

    if (ok && (labelled || f.root != NULL)) {
        ok = put_filter_list(p, op, labelled, f.root, names, out);
    } else if (out->len > 0) {
        out->len--; /* nothing follows the last "&" */
    }

    json_tree_free(f.root);
    free(f.text);
    return ok && !out->full;
}
