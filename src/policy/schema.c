/* The reader of schema tables: one function a kind. */
#include "policy/schema.h"

#include "policy/nearest.h"

/* What messages are made of: the place, and what there is to say. */
#define PARTS_MAX 16

/* Numbers in a file fit 32 bits, without the highest, which some of them keep for "none". */
#define NUMBER_MAX (UINT32_MAX - 1)
#define MODE_MAX   0777

void schema_note(const struct schema_file *file, enum note_kind kind, const struct tree_node *where,
                 const struct slice *parts, size_t n)
{
    char text[32];
    struct buf place;
    struct slice all[PARTS_MAX] = {SLICE(""), file->name};

    buf_init(&place, text, sizeof(text));
    if (where != NULL) {
        (void)buf_putf(&place, ":%u:%u", where->line, where->column);
    }
    all[2] = buf_slice(&place);
    all[3] = SLICE("");
    all[4] = SLICE(": ");
    all[5] = SLICE("");
    n = n < PARTS_MAX - 6 ? n : PARTS_MAX - 6;
    for (size_t i = 0; i < n; i++) {
        all[6 + i] = parts[i];
    }
    policy_note_add(file->notes, kind, all, 6 + n);
}

static bool wrong(const struct schema_file *file, const struct tree_node *where, struct slice what,
                  struct slice value, struct slice expected)
{
    struct slice parts[] = {what, value, expected};

    schema_note(file, NOTE_ERROR, where, parts, 3);
    return false;
}

static bool expects(const struct schema_file *file, const struct tree_node *where,
                    const struct schema_field *f, const char *form)
{
    struct slice parts[] = {f->key, SLICE(""), SLICE(": expected is "), SLICE(""),
                            slice_from_text(form)};

    schema_note(file, NOTE_ERROR, where, parts, 5);
    return false;
}

static bool is_word(struct slice text, struct slice words)
{
    struct slice word;

    while (slice_next(&words, '|', &word)) {
        if (slice_equal(word, text)) {
            return true;
        }
    }
    return false;
}

static bool is_value(const struct schema_field *f, struct slice text)
{
    uint64_t number;

    switch (f->kind) {
    case SCHEMA_WORD:
        return is_word(text, slice_from_text(f->accepts));
    case SCHEMA_SWITCH:
        return is_word(text, SLICE("true|false"));
    case SCHEMA_NUMBER:
        return slice_to_u64(text, 10, NUMBER_MAX, &number);
    case SCHEMA_MODE:
        return slice_to_u64(text, 8, MODE_MAX, &number);
    case SCHEMA_TEXT:
    case SCHEMA_TEXTS:
    case SCHEMA_MAP:
    case SCHEMA_PAIRS:
    case SCHEMA_LIST:
    case SCHEMA_NAMED:
        break;
    }
    return true;
}

static bool read_text(const struct schema_field *f, const struct tree_node *node,
                      const struct schema_file *file, const struct tree_node **out)
{
    bool empty = node->text.len == 0 && f->kind != SCHEMA_PAIRS;
    if (node->kind != TREE_TEXT || tree_is_null(node) || empty) {
        return expects(file, node, f, f->accepts);
    }
    if (slice_find(node->text, '\0') != node->text.len) {
        return wrong(file, node, f->key, SLICE(""), SLICE(": the value holds a zero byte"));
    }
    if (!is_value(f, node->text)) {
        struct slice parts[] = {f->key,
                                SLICE(""),
                                SLICE(": \""),
                                node->text,
                                SLICE("\"; expected is "),
                                SLICE(""),
                                slice_from_text(f->accepts)};
        schema_note(file, NOTE_ERROR, node, parts, 7);
        return false;
    }
    *out = node;
    return true;
}

static bool read_texts(const struct schema_field *f, const struct tree_node *node, struct arena *a,
                       const struct schema_file *file, struct schema_texts *out)
{
    size_t n = node->kind == TREE_LIST ? node->n : 1;
    bool ok = true;

    out->at = arena_take(a, (n + 1) * sizeof(struct tree_node *));
    if (out->at == NULL) {
        return wrong(file, node, SLICE("no memory"), SLICE(""), SLICE(""));
    }
    for (size_t i = 0; i < n; i++) {
        const struct tree_node *item = node->kind == TREE_LIST ? node->child[i] : node;
        if (read_text(f, item, file, &out->at[out->n])) {
            out->n++;
        } else {
            ok = false;
        }
    }
    return ok;
}

static size_t count_pairs(const struct tree_node *node)
{
    size_t n = 0;

    for (size_t i = 1; i < node->n; i += 2) {
        n += node->child[i]->n / 2;
    }
    return n;
}

static bool read_inner(const struct schema_field *f, const struct tree_node *outer,
                       const struct tree_node *map, struct arena *a, const struct schema_file *file,
                       struct schema_many *out)
{
    bool ok = true;

    if (map->kind != TREE_MAP) {
        return expects(file, map, f, f->accepts);
    }
    for (size_t i = 0; i + 1 < map->n; i += 2) {
        struct schema_pair *pair = (struct schema_pair *)out->at + out->n++;
        *pair = (struct schema_pair){.outer = outer, .inner = map->child[i]};
        ok = read_texts(f, map->child[i + 1], a, file, &pair->texts) && ok;
    }
    return ok;
}

static bool read_pairs(const struct schema_field *f, const struct tree_node *node, struct arena *a,
                       const struct schema_file *file, struct schema_many *out)
{
    bool ok = true;

    if (node->kind != TREE_MAP) {
        return expects(file, node, f, f->accepts);
    }
    out->at = arena_take(a, (count_pairs(node) + 1) * sizeof(struct schema_pair));
    if (out->at == NULL) {
        return wrong(file, node, SLICE("no memory"), SLICE(""), SLICE(""));
    }
    for (size_t i = 0; i + 1 < node->n; i += 2) {
        ok = read_inner(f, node->child[i], node->child[i + 1], a, file, out) && ok;
    }
    return ok;
}

/* A struct within a struct is read by the same functions; as deep as the tables are, which is
 * three. NOLINTBEGIN(misc-no-recursion) */
static bool read_list(const struct schema_field *f, const struct tree_node *node, struct arena *a,
                      const struct schema_file *file, struct schema_many *out)
{
    bool ok = true;

    if (node->kind != TREE_LIST) {
        return expects(file, node, f, "a list (- key: value)");
    }
    out->at = arena_take(a, (node->n + 1) * f->table->size);
    if (out->at == NULL) {
        return wrong(file, node, SLICE("no memory"), SLICE(""), SLICE(""));
    }
    for (size_t i = 0; i < node->n; i++) {
        char *item = (char *)out->at + out->n++ * f->table->size;
        ok = schema_read(f->table, node->child[i], a, file, item) && ok;
    }
    return ok;
}

/* Each struct's node is its key: the first member, whatever the table. */
static bool read_named(const struct schema_field *f, const struct tree_node *node, struct arena *a,
                       const struct schema_file *file, struct schema_many *out)
{
    bool ok = true;

    if (node->kind != TREE_MAP) {
        return expects(file, node, f, "a mapping (NAME: …)");
    }
    out->at = arena_take(a, (node->n / 2 + 1) * f->table->size);
    if (out->at == NULL) {
        return wrong(file, node, SLICE("no memory"), SLICE(""), SLICE(""));
    }
    for (size_t i = 0; i + 1 < node->n; i += 2) {
        void *item = (char *)out->at + out->n++ * f->table->size;
        const struct tree_node **key = item;
        ok = schema_read(f->table, node->child[i + 1], a, file, item) && ok;
        *key = node->child[i];
    }
    return ok;
}

static bool read_field(const struct schema_field *f, const struct tree_node *node, struct arena *a,
                       const struct schema_file *file, char *out)
{
    void *at = out + f->offset;

    switch (f->kind) {
    case SCHEMA_TEXT:
    case SCHEMA_WORD:
    case SCHEMA_NUMBER:
    case SCHEMA_MODE:
    case SCHEMA_SWITCH:
        return read_text(f, node, file, at);
    case SCHEMA_TEXTS:
        return read_texts(f, node, a, file, at);
    case SCHEMA_MAP:
        return schema_read(f->table, node, a, file, at);
    case SCHEMA_LIST:
        return read_list(f, node, a, file, at);
    case SCHEMA_PAIRS:
        return read_pairs(f, node, a, file, at);
    case SCHEMA_NAMED:
        return read_named(f, node, a, file, at);
    }
    return false;
}

static bool unknown_key(const struct schema_table *table, const struct tree_node *key,
                        const struct schema_file *file)
{
    struct slice best = {NULL, 0};
    size_t distance = NEAREST_FAR;

    for (size_t i = 0; i < table->n; i++) {
        nearest_try(key->text, table->field[i].key, &best, &distance);
    }
    bool close = nearest_is_close(key->text, distance);
    struct slice parts[] = {SLICE("\""),
                            key->text,
                            SLICE("\" is no key of "),
                            table->name,
                            close ? SLICE("; the nearest is ")
                                  : SLICE("; `dockgate man 5 | man -l -` lists them"),
                            close ? best : SLICE("")};
    schema_note(file, NOTE_ERROR, key, parts, 6);
    return false;
}

static const struct schema_field *find(const struct schema_table *table, struct slice key)
{
    for (size_t i = 0; i < table->n; i++) {
        if (slice_equal(table->field[i].key, key)) {
            return &table->field[i];
        }
    }
    return NULL;
}

bool schema_read(const struct schema_table *table, const struct tree_node *node, struct arena *a,
                 const struct schema_file *file, void *out)
{
    const struct tree_node **first = out; /* whatever the table */
    bool ok = true;

    memset(out, 0, table->size);
    *first = node;
    if (node->kind != TREE_MAP) {
        return tree_is_null(node) ||
               wrong(file, node, SLICE("expected is "), table->name, SLICE(": a mapping of keys"));
    }
    for (size_t i = 0; i + 1 < node->n; i += 2) {
        const struct schema_field *f = find(table, node->child[i]->text);
        ok = (f == NULL ? unknown_key(table, node->child[i], file)
                        : read_field(f, node->child[i + 1], a, file, out)) &&
             ok;
    }
    return ok;
}
/* NOLINTEND(misc-no-recursion) */

uint64_t schema_number(const struct tree_node *node, unsigned radix, uint64_t fallback)
{
    uint64_t number = fallback;

    if (node != NULL) {
        (void)slice_to_u64(node->text, radix, UINT32_MAX, &number); /* schema_read has looked */
    }
    return number;
}

bool schema_is_true(const struct tree_node *node, bool fallback)
{
    return node == NULL ? fallback : slice_equal(node->text, SLICE("true"));
}
