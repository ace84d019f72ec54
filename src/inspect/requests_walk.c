/* The walk: an interpreter of the tables in requests_schema.c. */
#include "inspect/requests_walk.h"

#include "base/word.h"
#include "inspect/requests_network.h"
#include "inspect/requests_set.h"

#include <stdarg.h>
#include <stdio.h>

/* Names of a client in messages are cut here. */
#define SHOWN 64

/* Bytes of a path in messages. A part that has no place is left out. */
#define PATH_MAX_SHOWN 256

#define RATIO_PLACES 9 /* all that a float32 of the engine's needs */
#define RATIO_ONE    UINT64_C(1000000000)
#define RATIO_MAX    1000000

/* Where the walk is. */
static void put_path(const struct requests_walk *w, struct buf *b)
{
    if (w->parameter.at != NULL) {
        (void)buf_put(b, SLICE("query "));
        (void)buf_put_escaped(b, slice_sub(w->parameter, 0, REQUESTS_SHOWN));
    }
    for (size_t i = 0; i < w->nsteps && i < REQUESTS_STEPS_MAX; i++) {
        const struct requests_step *step = &w->step[i];

        if (step->name.at == NULL) {
            (void)buf_putf(b, "[%zu]", step->index);
            continue;
        }
        if (i > 0) {
            (void)buf_put_byte(b, '.');
        }
        (void)buf_put_escaped(b, slice_sub(step->name, 0, SHOWN));
    }
}

__attribute__((format(printf, 3, 0))) static bool refuse(struct requests_walk *w, unsigned status,
                                                         const char *format, va_list values)
{
    struct requests_refusal *r = w->refusal;
    struct buf b;
    struct buf path;
    char path_text[PATH_MAX_SHOWN];
    char text[REQUESTS_REFUSAL_MAX];
    struct slice name = requests_policy_name(w->policy);

    int n = vsnprintf(text, sizeof(text), format, values);
    size_t len = n < 0 ? 0 : (size_t)n;
    buf_init(&b, r->text, sizeof(r->text));
    buf_init(&path, path_text, sizeof(path_text));
    put_path(w, &path);
    if (path.len > 0) {
        (void)(buf_put(&b, buf_slice(&path)) && buf_put(&b, SLICE(": ")));
    }
    (void)buf_put(&b, slice_of(text, len < sizeof(text) ? len : sizeof(text) - 1));
    if (status == 403) {
        (void)buf_putf(&b, " (policy %.*s", (int)(name.len < SHOWN ? name.len : SHOWN), name.at);
        if (w->rule != REQUESTS_RULE_FREE) {
            (void)buf_putf(&b, ", requests.%s",
                           requests_option_get(requests_rule_option(w->rule))->name.at);
        }
        (void)buf_put_byte(&b, ')');
    }
    r->status = status;
    r->rule = status == 403 && w->rule != REQUESTS_RULE_FREE
                  ? requests_option_get(requests_rule_option(w->rule))->rule
                  : SLICE("requests");
    r->len = b.len;
    return false;
}

const char *requests_shown(struct requests_walk *w, struct slice text)
{
    struct buf b;

    buf_init(&b, w->text, REQUESTS_SHOWN * 4);
    (void)buf_put_escaped(&b, slice_sub(text, 0, REQUESTS_SHOWN));
    w->text[b.len] = '\0';
    return text.len == 0 ? "\"\"" : w->text;
}

bool requests_refuse(struct requests_walk *w, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    (void)refuse(w, 403, format, values);
    va_end(values);
    return false;
}

bool requests_malformed(struct requests_walk *w, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    (void)refuse(w, 400, format, values);
    va_end(values);
    return false;
}

/* The way grows by a step while that is walked. */
static void enter_step(struct requests_walk *w, struct slice name, size_t index)
{
    if (w->nsteps < REQUESTS_STEPS_MAX) {
        w->step[w->nsteps] = (struct requests_step){name, index};
    }
    w->nsteps++;
}

static void enter(struct requests_walk *w, struct slice name)
{
    enter_step(w, name, 0);
}

static void enter_index(struct requests_walk *w, size_t i)
{
    enter_step(w, (struct slice){0}, i);
}

static void leave(struct requests_walk *w)
{
    w->nsteps--;
}

/* A control character, quote or backslash as JSON escapes it. */
static void write_escape(struct requests_walk *w, char c)
{
    static const char letters[] = "b\bf\fn\nr\rt\t\"\"\\\\";

    for (size_t i = 0; i + 1 < sizeof(letters); i += 2) {
        if (letters[i + 1] == c) {
            (void)(buf_put_byte(w->out, '\\') && buf_put_byte(w->out, letters[i]));
            return;
        }
    }
    (void)buf_putf(w->out, "\\u%04x", (unsigned)(unsigned char)c);
}

/* How many bytes of `text` from its start on are written as they are: nearly always all. */
static size_t plain_length(struct slice text)
{
    size_t plain = WORD_BYTES;
    size_t n = 0;

    while (plain == WORD_BYTES && text.len - n >= WORD_BYTES) {
        uint64_t word = word_load(text.at + n);
        plain = word_plain(word_below(word, 0x20) | word_byte(word, '"') | word_byte(word, '\\'));
        n += plain;
    }
    while (n < text.len && (uint8_t)text.at[n] >= 0x20 && text.at[n] != '"' && text.at[n] != '\\') {
        n++;
    }
    return n;
}

/* By the shortest escapes there are, so that no text gets longer than the client wrote it. */
void requests_write_text(struct requests_walk *w, struct slice text)
{
    (void)buf_put_byte(w->out, '"');
    while (text.len > 0) {
        size_t plain = plain_length(text);

        (void)buf_put(w->out, slice_sub(text, 0, plain));
        if (plain < text.len) {
            write_escape(w, text.at[plain]);
        }
        text = slice_sub(text, plain + 1, text.len);
    }
    (void)buf_put_byte(w->out, '"');
}

static void write_name(struct requests_walk *w, struct slice name, size_t *written)
{
    if ((*written)++ > 0) {
        (void)buf_put_byte(w->out, ',');
    }
    requests_write_text(w, name);
    (void)buf_put_byte(w->out, ':');
}

/* The same for a name of ours, in which nothing has to be escaped. */
static void write_field(struct requests_walk *w, struct slice name, size_t *written)
{
    struct buf *b = w->out;
    size_t comma = (*written)++ > 0 ? 1 : 0;

    if (b->full || comma + name.len + 3 > b->max - b->len) {
        b->full = true;
        return;
    }
    char *at = b->at + b->len;
    at[0] = ',';
    at[comma] = '"';
    at += comma + 1;
    memcpy(at, name.at, name.len);
    at[name.len] = '"';
    at[name.len + 1] = ':';
    b->len += comma + name.len + 3;
}

static void write_integer(struct requests_walk *w, int64_t value)
{
    if (value < 0) {
        (void)buf_put_byte(w->out, '-');
        (void)buf_put_u64(w->out, (uint64_t)0 - (uint64_t)value);
    } else {
        (void)buf_put_u64(w->out, (uint64_t)value);
    }
}

static const char *type_name(enum requests_type type)
{
    switch (type) {
    case REQUESTS_TYPE_BOOL:
        return "true or false";
    case REQUESTS_TYPE_INT:
        return "a whole number";
    case REQUESTS_TYPE_RATIO:
        return "a number with at most nine digits behind the point";
    case REQUESTS_TYPE_TEXT:
        return "a text";
    case REQUESTS_TYPE_WORDS:
        return "a text or a list of texts";
    case REQUESTS_TYPE_TEXTS:
    case REQUESTS_TYPE_INTS:
    case REQUESTS_TYPE_OBJECTS:
        return "a list";
    case REQUESTS_TYPE_MAP:
    case REQUESTS_TYPE_OBJECT:
    case REQUESTS_TYPE_NAMED:
    case REQUESTS_TYPE_LISTED:
        return "an object";
    case REQUESTS_TYPE_NOTHING:
        break;
    }
    return "null";
}

static bool wrong_type(struct requests_walk *w, enum requests_type type)
{
    return requests_malformed(w, "not %s", type_name(type));
}

static bool walk_field(struct requests_walk *w, const struct requests_field *f,
                       const struct json_tree *v, size_t *written);

/* ASCII letters in any case: all other characters that Go folds onto these are refused before. */
static size_t find_field(const struct requests_object *of, struct slice name, size_t start)
{
    for (size_t i = 0; i < of->n; i++) {
        size_t at = start + i < of->n ? start + i : start + i - of->n;

        if (of->fields[at].name.len == name.len && slice_equal_nocase(of->fields[at].name, name)) {
            return at;
        }
    }
    return of->n;
}

bool requests_is_ascii(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.at[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

/* Sorts an object's members by the rows of its table. Most clients keep the engine's order, so the
 * next row is tried first. */
static bool read_members(struct requests_walk *w, const struct json_tree *v,
                         struct requests_members *m)
{
    bool seen[REQUESTS_FIELDS_MAX] = {false};
    size_t n = json_tree_count(v);
    size_t next = 0;

    for (size_t i = 0; i < n; i++) {
        const struct json_tree *value = json_tree_at(v, i);
        struct slice name = json_tree_name(value);
        size_t row = find_field(m->of, name, next); /* whose names are ASCII */

        if (row == m->of->n) {
            if (requests_is_ascii(name) && json_tree_kind(value) == JSON_KIND_NULL) {
                continue; /* as good as missing, and not sent on */
            }
            w->rule = REQUESTS_RULE_FREE;
            enter(w, name);
            return requests_refuse(w, "no field that is known here");
        }
        if (seen[row]) {
            enter(w, m->of->fields[row].name);
            return requests_malformed(w, "twice, in different spellings");
        }
        seen[row] = true;
        m->at[row] = json_tree_kind(value) == JSON_KIND_NULL ? NULL : value;
        next = row + 1;
    }
    return true;
}

/* As deep as the tables, which contain no circle.
 * NOLINTBEGIN(misc-no-recursion) */

/* Writes an object; `*members` is how many members that has. */
static bool walk_object(struct requests_walk *w, const struct requests_object *of,
                        const struct json_tree *v, size_t *members)
{
    struct requests_members m = {.of = of};

    *members = 0;
    if (v != NULL && json_tree_kind(v) != JSON_KIND_OBJECT) {
        return wrong_type(w, REQUESTS_TYPE_OBJECT);
    }
    if (!read_members(w, v, &m)) {
        return false;
    }
    w->rule = of->rule;
    if (!requests_rule_whole(w, v, &m)) {
        return false;
    }
    (void)buf_put_byte(w->out, '{');
    for (size_t i = 0; i < of->n; i++) {
        if (!walk_field(w, &of->fields[i], m.at[i], members)) {
            return false;
        }
    }
    (void)buf_put_byte(w->out, '}');
    return true;
}

static bool walk_inner(struct requests_walk *w, const struct requests_object *of,
                       const struct json_tree *v)
{
    size_t members;

    return walk_object(w, of, v, &members);
}

/* One text of a list, or what stands for one. */
static bool walk_text(struct requests_walk *w, const struct json_tree *v)
{
    struct requests_value value = {.present = true};

    if (json_tree_kind(v) != JSON_KIND_TEXT) {
        return wrong_type(w, REQUESTS_TYPE_TEXT);
    }
    value.text = json_tree_text(v);
    if (!requests_rule_value(w, &value)) {
        return false;
    }
    requests_write_text(w, value.text);
    return true;
}

static bool walk_integer(struct requests_walk *w, const struct json_tree *v)
{
    if (json_tree_kind(v) != JSON_KIND_INTEGER) {
        return wrong_type(w, REQUESTS_TYPE_INT);
    }
    write_integer(w, json_tree_integer(v));
    return true;
}

static bool walk_element(struct requests_walk *w, const struct requests_field *f,
                         const struct json_tree *v)
{
    switch (f->type) {
    case REQUESTS_TYPE_TEXTS:
    case REQUESTS_TYPE_WORDS:
        w->rule = f->rule;
        return walk_text(w, v);
    case REQUESTS_TYPE_INTS:
        return walk_integer(w, v);
    case REQUESTS_TYPE_OBJECTS:
    case REQUESTS_TYPE_LISTED:
        return v != NULL && json_tree_kind(v) != JSON_KIND_NULL
                   ? walk_inner(w, f->of, v)
                   : wrong_type(w, REQUESTS_TYPE_OBJECT);
    case REQUESTS_TYPE_BOOL:
    case REQUESTS_TYPE_INT:
    case REQUESTS_TYPE_RATIO:
    case REQUESTS_TYPE_TEXT:
    case REQUESTS_TYPE_MAP:
    case REQUESTS_TYPE_OBJECT:
    case REQUESTS_TYPE_NAMED:
    case REQUESTS_TYPE_NOTHING:
        break;
    }
    return false;
}

static bool walk_list(struct requests_walk *w, const struct requests_field *f,
                      const struct json_tree *v)
{
    size_t n = json_tree_count(v);

    if (v != NULL && json_tree_kind(v) != JSON_KIND_LIST) {
        return wrong_type(w, REQUESTS_TYPE_TEXTS);
    }
    (void)buf_put_byte(w->out, '[');
    for (size_t i = 0; i < n; i++) {
        enter_index(w, i);

        if (i > 0) {
            (void)buf_put_byte(w->out, ',');
        }
        if (!walk_element(w, f, json_tree_at(v, i))) {
            return false;
        }
        leave(w);
    }
    w->rule = f->rule;
    requests_set_end(w, v, n);
    (void)buf_put_byte(w->out, ']');
    return true;
}

/* Of an empty list of ports, engines behind 20.10 make one with nothing in it when a container is
 * started (up to API 1.52): a port of their choice on all addresses. */
static bool check_empty(struct requests_walk *w, const struct requests_field *f)
{
    size_t before = w->out->len;
    bool ok = walk_inner(w, f->of, NULL);

    w->out->len = before;
    return ok;
}

/* A value of a map; null is what the engine reads as nothing of its kind, and stays. */
static bool walk_named(struct requests_walk *w, const struct requests_field *f, struct slice name,
                       const struct json_tree *v)
{
    struct requests_value value = {.present = true, .key = name};

    if (f->type == REQUESTS_TYPE_LISTED && json_tree_count(v) == 0 && !check_empty(w, f)) {
        return false;
    }
    w->rule = f->rule;
    if (json_tree_kind(v) == JSON_KIND_NULL) {
        if (f->type == REQUESTS_TYPE_MAP && !requests_rule_value(w, &value)) {
            return false;
        }
        (void)buf_put(w->out, SLICE("null"));
        return true;
    }
    if (f->type == REQUESTS_TYPE_NAMED) {
        return walk_inner(w, f->of, v);
    }
    if (f->type == REQUESTS_TYPE_LISTED) {
        return walk_list(w, f, v);
    }
    if (json_tree_kind(v) != JSON_KIND_TEXT) {
        return wrong_type(w, REQUESTS_TYPE_TEXT);
    }
    value.text = json_tree_text(v);
    if (!requests_rule_value(w, &value)) {
        return false;
    }
    requests_write_text(w, value.text);
    return true;
}

static bool walk_map(struct requests_walk *w, const struct requests_field *f,
                     const struct json_tree *v)
{
    size_t n = 0;

    if (v != NULL && json_tree_kind(v) != JSON_KIND_OBJECT) {
        return wrong_type(w, f->type);
    }
    (void)buf_put_byte(w->out, '{');
    for (size_t i = 0; i < json_tree_count(v); i++) {
        const struct json_tree *value = json_tree_at(v, i);
        struct slice name = json_tree_name(value);

        w->rule = f->rule;
        if (!requests_set_keeps(w, name)) {
            continue;
        }
        write_name(w, requests_rule_name(w, name), &n);
        enter(w, name);
        if (!walk_named(w, f, name, value)) {
            return false;
        }
        leave(w);
    }
    w->rule = f->rule;
    requests_set_end(w, v, n);
    (void)buf_put_byte(w->out, '}');
    return true;
}

static bool walk_ratio(struct requests_walk *w, const struct json_tree *v)
{
    uint64_t scaled;

    if (!json_tree_scaled(v, RATIO_PLACES, RATIO_MAX * RATIO_ONE, &scaled)) {
        return wrong_type(w, REQUESTS_TYPE_RATIO);
    }
    (void)buf_put_u64(w->out, scaled / RATIO_ONE);
    if (scaled % RATIO_ONE != 0) {
        (void)buf_putf(w->out, ".%09u", (unsigned)(scaled % RATIO_ONE));
    }
    return true;
}

/* Booleans, integers and texts, which a rule may want to see missing, and may fill in. */
static bool walk_scalar(struct requests_walk *w, const struct requests_field *f,
                        const struct json_tree *v, size_t *written)
{
    static const enum json_kind wanted[] = {
        [REQUESTS_TYPE_BOOL] = JSON_KIND_BOOL,
        [REQUESTS_TYPE_INT] = JSON_KIND_INTEGER,
        [REQUESTS_TYPE_TEXT] = JSON_KIND_TEXT,
    };
    struct requests_value value = {.present = v != NULL};

    if (v != NULL && json_tree_kind(v) != wanted[f->type]) {
        return wrong_type(w, f->type);
    }
    if (v != NULL && f->type == REQUESTS_TYPE_BOOL) {
        value.truth = json_tree_truth(v);
    } else if (v != NULL && f->type == REQUESTS_TYPE_INT) {
        value.integer = json_tree_integer(v);
    } else if (v != NULL) {
        value.text = json_tree_text(v);
    }
    w->rule = f->rule;
    if (!requests_rule_value(w, &value)) {
        return false;
    }
    if (!value.present) {
        return true;
    }
    write_field(w, f->name, written);
    if (f->type == REQUESTS_TYPE_BOOL) {
        (void)buf_put(w->out, value.truth ? SLICE("true") : SLICE("false"));
    } else if (f->type == REQUESTS_TYPE_INT) {
        write_integer(w, value.integer);
    } else {
        requests_write_text(w, value.text);
    }
    return true;
}

static bool walk_compound(struct requests_walk *w, const struct requests_field *f,
                          const struct json_tree *v, size_t *members)
{
    switch (f->type) {
    case REQUESTS_TYPE_OBJECT:
        return walk_object(w, f->of, v, members);
    case REQUESTS_TYPE_WORDS:
        w->rule = f->rule;
        return json_tree_kind(v) == JSON_KIND_TEXT ? walk_text(w, v) : walk_list(w, f, v);
    case REQUESTS_TYPE_TEXTS:
    case REQUESTS_TYPE_INTS:
    case REQUESTS_TYPE_OBJECTS:
        return walk_list(w, f, v);
    case REQUESTS_TYPE_MAP:
    case REQUESTS_TYPE_NAMED:
    case REQUESTS_TYPE_LISTED:
        return walk_map(w, f, v);
    case REQUESTS_TYPE_RATIO:
        return walk_ratio(w, v);
    case REQUESTS_TYPE_NOTHING:
        return requests_refuse(w, "may not be given");
    case REQUESTS_TYPE_BOOL:
    case REQUESTS_TYPE_INT:
    case REQUESTS_TYPE_TEXT:
        break;
    }
    return false;
}

/* What is missing, or null, is not written, unless the walk of what stands in its place writes
 * something into it. */
static bool walk_field(struct requests_walk *w, const struct requests_field *f,
                       const struct json_tree *v, size_t *written)
{
    size_t members = 0;
    size_t out_before = w->out->len;
    size_t written_before = *written;

    if (v == NULL && !f->absent) {
        return true;
    }
    enter(w, f->name);
    if (f->type == REQUESTS_TYPE_BOOL || f->type == REQUESTS_TYPE_INT ||
        f->type == REQUESTS_TYPE_TEXT) {
        if (!walk_scalar(w, f, v, written)) {
            return false;
        }
        leave(w);
        return true;
    }
    w->rule = f->rule;
    if (v != NULL && f->rule != REQUESTS_RULE_FREE && !requests_rule_whole(w, v, NULL)) {
        return false;
    }
    write_field(w, f->name, written);
    size_t empty = w->out->len + 2; /* "{}", "[]" */
    if (!walk_compound(w, f, v, &members)) {
        return false;
    }
    if (v == NULL && w->out->len == empty && !w->out->full) {
        w->out->len = out_before;
        *written = written_before;
    }
    leave(w);
    return true;
}

/* NOLINTEND(misc-no-recursion) */

/* Tasks of a service that names no network get the node's bridge. */
static bool check_attached(struct requests_walk *w)
{
    if (!w->service || w->attached) {
        return true;
    }
    w->rule = REQUESTS_RULE_NETWORK;
    enter(w, SLICE("Networks"));
    return requests_network(w, SLICE("default"));
}

bool requests_walk_document(struct requests_walk *w, const struct requests_object *object,
                            const struct json_tree *root)
{
    return walk_inner(w, object, root) && check_attached(w);
}
