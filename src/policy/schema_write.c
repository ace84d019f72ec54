/* YAML in its block form; one function a kind, as in the reader. */
#include "policy/schema_write.h"

#include "base/utf8.h"

#define STEP 2

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_plain_byte(char c)
{
    static const char others[] = "_./{}=+*?-: ";

    return is_letter(c) || (c >= '0' && c <= '9') || memchr(others, c, sizeof(others) - 1) != NULL;
}

/* Words that some reader takes for a truth value, a number or nothing. */
static bool is_reserved(struct slice text)
{
    static const struct slice words[] = {
        SLICE_INIT("true"), SLICE_INIT("false"), SLICE_INIT("yes"),
        SLICE_INIT("no"),   SLICE_INIT("on"),    SLICE_INIT("off"),
        SLICE_INIT("y"),    SLICE_INIT("n"),     SLICE_INIT("null"),
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (slice_equal_nocase(text, words[i])) {
            return true;
        }
    }
    return false;
}

/* Begins with a letter or a slash, and no colon can be taken for the end of a key. */
static bool is_plain(struct slice text)
{
    if (text.len == 0 || !(is_letter(text.at[0]) || text.at[0] == '/') || is_reserved(text) ||
        text.at[text.len - 1] == ':' || text.at[text.len - 1] == ' ') {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!is_plain_byte(text.at[i]) ||
            (text.at[i] == ':' && i + 1 < text.len && text.at[i + 1] == ' ')) {
            return false;
        }
    }
    return true;
}

static void put_quoted(struct slice text, struct buf *out)
{
    (void)buf_put_byte(out, '"');
    for (size_t i = 0; i < text.len;) {
        unsigned char c = (unsigned char)text.at[i];
        uint32_t point = c;
        size_t used = c < 0x80 ? 1 : utf8_read(slice_sub(text, i, text.len), &point);
        i += used == 0 ? 1 : used; /* what YAML gave us is well-formed */
        if (c == '"' || c == '\\') {
            (void)(buf_put_byte(out, '\\') && buf_put_byte(out, (char)c));
        } else if (c >= 0x20 && c < 0x7f) {
            (void)buf_put_byte(out, (char)c);
        } else {
            (void)buf_putf(out, "\\U%08x", (unsigned)point);
        }
    }
    (void)buf_put_byte(out, '"');
}

void schema_write_text(struct slice text, struct buf *out)
{
    if (is_plain(text)) {
        (void)buf_put(out, text);
    } else {
        put_quoted(text, out);
    }
}

static void put_indent(size_t indent, struct buf *out)
{
    for (size_t i = 0; i < indent; i++) {
        (void)buf_put_byte(out, ' ');
    }
}

static void put_key(struct slice key, size_t indent, struct buf *out)
{
    put_indent(indent, out);
    schema_write_text(key, out);
    (void)buf_put_byte(out, ':');
}

/* Numbers and switches are these to other readers, too. */
static void write_text(const struct schema_field *f, const struct tree_node *node, struct buf *out)
{
    if (f->kind == SCHEMA_NUMBER || f->kind == SCHEMA_MODE || f->kind == SCHEMA_SWITCH) {
        (void)buf_put(out, node->text);
    } else {
        schema_write_text(node->text, out);
    }
}

static void write_texts(const struct schema_texts *texts, size_t indent, struct buf *out)
{
    (void)buf_put(out, texts->n == 0 ? SLICE(" []\n") : SLICE("\n"));
    for (size_t i = 0; i < texts->n; i++) {
        put_indent(indent, out);
        (void)buf_put(out, SLICE("- "));
        schema_write_text(texts->at[i]->text, out);
        (void)buf_put_byte(out, '\n');
    }
}

static void write_pairs(const struct schema_many *pairs, size_t indent, struct buf *out)
{
    const struct schema_pair *pair = pairs->at;

    for (size_t i = 0; i < pairs->n; i++) {
        if (i == 0 || pair[i].outer != pair[i - 1].outer) {
            put_key(pair[i].outer->text, indent, out);
            (void)buf_put_byte(out, '\n');
        }
        put_key(pair[i].inner->text, indent + STEP, out);
        write_texts(&pair[i].texts, indent + 2 * STEP, out);
    }
}

/* A struct within a struct is written by the same functions; as deep as the tables are.
 * NOLINTBEGIN(misc-no-recursion) */
static void write_inner(const struct schema_table *table, const void *in, size_t indent,
                        struct buf *out)
{
    size_t before = out->len;

    (void)buf_put_byte(out, '\n');
    schema_write(table, in, indent, out);
    if (out->len == before + 1) { /* all of its keys are missing */
        out->len = before;
        (void)buf_put(out, SLICE(" {}\n"));
    }
}

static void write_list(const struct schema_field *f, const struct schema_many *list, size_t indent,
                       struct buf *out)
{
    for (size_t i = 0; i < list->n; i++) {
        const void *item = (const char *)list->at + i * f->table->size;
        size_t before = out->len;
        schema_write(f->table, item, indent + STEP, out);
        if (out->len == before) {
            put_indent(indent, out);
            (void)buf_put(out, SLICE("- {}\n"));
        } else {
            out->at[before + indent] = '-'; /* of the spaces before the first key */
        }
    }
}

static void write_named(const struct schema_field *f, const struct schema_many *named,
                        size_t indent, struct buf *out)
{
    for (size_t i = 0; i < named->n; i++) {
        const void *item = (const char *)named->at + i * f->table->size;
        const struct tree_node *const *name = item;
        put_key((*name)->text, indent, out);
        write_inner(f->table, item, indent + STEP, out);
    }
}

static void write_many(const struct schema_field *f, const struct schema_many *many, size_t indent,
                       struct buf *out)
{
    if (many->at == NULL) {
        return;
    }
    put_key(f->key, indent, out);
    if (many->n == 0) {
        (void)buf_put(out, f->kind == SCHEMA_LIST ? SLICE(" []\n") : SLICE(" {}\n"));
        return;
    }
    (void)buf_put_byte(out, '\n');
    if (f->kind == SCHEMA_LIST) {
        write_list(f, many, indent + STEP, out);
    } else if (f->kind == SCHEMA_NAMED) {
        write_named(f, many, indent + STEP, out);
    } else {
        write_pairs(many, indent + STEP, out);
    }
}

static void write_field(const struct schema_field *f, const char *in, size_t indent,
                        struct buf *out)
{
    const void *at = in + f->offset;
    const struct tree_node *const *node = at; /* of a text, and of a map */
    const struct schema_texts *texts = at;    /* of TEXTS */

    switch (f->kind) {
    case SCHEMA_TEXT:
    case SCHEMA_WORD:
    case SCHEMA_NUMBER:
    case SCHEMA_MODE:
    case SCHEMA_SWITCH:
        if (*node != NULL) {
            put_key(f->key, indent, out);
            (void)buf_put_byte(out, ' ');
            write_text(f, *node, out);
            (void)buf_put_byte(out, '\n');
        }
        break;
    case SCHEMA_TEXTS:
        if (texts->at != NULL) {
            put_key(f->key, indent, out);
            write_texts(texts, indent + STEP, out);
        }
        break;
    case SCHEMA_MAP:
        if (*node != NULL) {
            put_key(f->key, indent, out);
            write_inner(f->table, at, indent + STEP, out);
        }
        break;
    case SCHEMA_PAIRS:
    case SCHEMA_LIST:
    case SCHEMA_NAMED:
        write_many(f, at, indent, out);
        break;
    }
}

void schema_write(const struct schema_table *table, const void *in, size_t indent, struct buf *out)
{
    for (size_t i = 0; i < table->n; i++) {
        write_field(&table->field[i], in, indent, out);
    }
}
/* NOLINTEND(misc-no-recursion) */
