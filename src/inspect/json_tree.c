/* JSON documents, made of what the streaming reader says of them. All values of a document and the
 * texts that had to be decoded lie in one block of memory: values that wait for the end of the list
 * or object that they are in grow down from its end, and move to its start when that comes, so that
 * the values of each stand beside each other. */
#include "inspect/json_tree.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "base/word.h"
#include "inspect/view_reader.h"
#include "inspect/view_text.h"

#include <assert.h>
#include <stdlib.h>

/* Objects of up to so many members are searched for names that come twice by a table. */
#define FEW_NAMES 64

#define NO_MEMORY "the gate is out of memory"

struct json_tree {
    struct slice name; /* of a member */
    enum json_kind kind;
    uint32_t count; /* of values in a list or an object */
    union {
        bool truth;
        int64_t integer;
        struct slice text;              /* of a real as well, as written */
        const struct json_tree *values; /* the last one first */
    };
};

static_assert(LIMIT_JSON_DEPTH < VIEW_DEPTH, "the reader goes deeper than the tree");

/* A list or an object that has not ended. */
struct open {
    struct slice name;
    size_t waiting; /* as many waited when it began */
};

struct reading {
    struct view_reader reader;
    struct slice rest;
    struct json_tree *values; /* the block; first the document itself */
    size_t room;
    size_t done;
    size_t waiting;
    struct buf decoded;
    struct slice name; /* of the member whose value comes next */
    struct open open[LIMIT_JSON_DEPTH];
    size_t depth;
    const char *why;
};

static bool refuse(struct reading *r, const char *why)
{
    r->why = why;
    return false;
}

/* Values that the text may have, at most: one more than what begins or separates them. What stands
 * within its strings counts as well, so this decides nothing but the memory. */
static size_t values_at_most(struct slice text)
{
    size_t n = 1;
    size_t i = 0;

    for (; text.len - i >= WORD_BYTES; i += WORD_BYTES) {
        uint64_t word = word_load(text.at + i);
        n += word_count(word_other(word, ',') & word_other(word | WORD_ALL(0x20U), '{'));
    }
    for (; i < text.len; i++) {
        n += text.at[i] == ',' || (text.at[i] | 0x20) == '{' ? 1 : 0;
    }
    return n < LIMIT_JSON_VALUES ? n : LIMIT_JSON_VALUES;
}

/* A new value, which waits; NULL where there are too many. */
static struct json_tree *value_add(struct reading *r, enum json_kind kind)
{
    if (r->done + r->waiting == r->room) {
        (void)refuse(r, "it has too many values");
        return NULL;
    }
    r->waiting++;
    struct json_tree *v = &r->values[r->room - r->waiting];
    *v = (struct json_tree){.name = r->name, .kind = kind};
    return v;
}

/* What a string says that is more than ASCII. */
static bool text_decode(struct reading *r, struct slice raw, struct slice *text)
{
    size_t from = r->decoded.len;

    *text = raw;
    if (slice_find(raw, '\\') == raw.len) {
        return true;
    }
    if (view_text_has_half(raw)) {
        return refuse(r, "it has half a surrogate pair");
    }
    /* It gets no longer, and the room is that of the whole document. */
    (void)view_text_decode(raw, &r->decoded);
    *text = slice_of(r->decoded.at + from, r->decoded.len - from);
    return true;
}

static bool take_name(struct reading *r, const struct view_part *part)
{
    r->name = part->bytes;
    return part->plain ||
           (text_decode(r, part->bytes, &r->name) &&
            (slice_find(r->name, '\0') == r->name.len || refuse(r, "it has a name with NUL")));
}

static bool take_text(struct reading *r, const struct view_part *part)
{
    struct json_tree *v = value_add(r, JSON_KIND_TEXT);

    if (v == NULL) {
        return false;
    }
    v->text = part->bytes;
    return part->plain || text_decode(r, part->bytes, &v->text);
}

static bool is_integer(struct slice s)
{
    for (size_t i = s.at[0] == '-' ? 1 : 0; i < s.len; i++) {
        if (s.at[i] < '0' || s.at[i] > '9') {
            return false;
        }
    }
    return true;
}

/* `s` is a number by the reader's word. Go reads "-0" as 0 for a field without a sign, or refuses
 * it: nobody needs it. */
static bool take_number(struct reading *r, struct slice s)
{
    struct json_tree *v = value_add(r, JSON_KIND_REAL);
    bool minus = s.at[0] == '-';
    uint64_t value;

    if (v == NULL) {
        return false;
    }
    if (minus && s.at[1] == '0') {
        return refuse(r, "it has a number that begins with -0");
    }
    v->text = s;
    if (!is_integer(s)) {
        return true;
    }
    if (!slice_to_u64(slice_sub(s, minus ? 1 : 0, s.len), 10,
                      minus ? (uint64_t)INT64_MAX + 1 : INT64_MAX, &value)) {
        return refuse(r, "it has a number that is too large");
    }
    v->kind = JSON_KIND_INTEGER;
    v->integer = minus ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

static bool take_scalar(struct reading *r, struct slice s)
{
    if (s.at[0] == '-' || (s.at[0] >= '0' && s.at[0] <= '9')) {
        return take_number(r, s);
    }
    struct json_tree *v = value_add(r, s.at[0] == 'n' ? JSON_KIND_NULL : JSON_KIND_BOOL);
    if (v != NULL && v->kind == JSON_KIND_BOOL) {
        v->truth = s.at[0] == 't';
    }
    return v != NULL;
}

static bool take_begin(struct reading *r)
{
    if (r->depth == LIMIT_JSON_DEPTH) {
        return refuse(r, "it is nested too deeply");
    }
    r->open[r->depth++] = (struct open){r->name, r->waiting};
    r->name = SLICE("");
    return true;
}

/* Any order will do in which the same names stand beside each other. */
static int by_name(const void *a, const void *b)
{
    const struct slice *one = a;
    const struct slice *other = b;

    if (one->len != other->len) {
        return one->len < other->len ? -1 : 1;
    }
    return one->len == 0 ? 0 : memcmp(one->at, other->at, one->len);
}

static bool refuse_twice(struct reading *r)
{
    return refuse(r, "it has a name twice in one object");
}

/* Lets a name sink below larger ones, in a heap of `n`. */
static void sink(struct slice *names, size_t at, size_t n)
{
    for (size_t child = 2 * at + 1; child < n; child = 2 * at + 1) {
        child += child + 1 < n && by_name(&names[child], &names[child + 1]) < 0;
        if (by_name(&names[at], &names[child]) >= 0) {
            return;
        }
        struct slice name = names[at];
        names[at] = names[child];
        names[child] = name;
        at = child;
    }
}

/* By a heap. The C library's qsort asks for the machine's memory where there is much to sort, a
 * system call that the sandbox doesn't have. */
static void sort_names(struct slice *names, size_t n)
{
    for (size_t at = n / 2; at > 0; at--) {
        sink(names, at - 1, n);
    }
    for (size_t end = n; end > 1; end--) {
        struct slice last = names[end - 1];
        names[end - 1] = names[0];
        names[0] = last;
        sink(names, 0, end - 1);
    }
}

static bool many_names_differ(struct reading *r, const struct json_tree *members, size_t n)
{
    struct slice *names = calloc(n, sizeof(*names));
    bool ok = true;

    if (names == NULL) {
        return refuse(r, NO_MEMORY);
    }
    for (size_t i = 0; i < n; i++) {
        names[i] = members[i].name;
    }
    sort_names(names, n);
    for (size_t i = 1; ok && i < n; i++) {
        ok = by_name(&names[i - 1], &names[i]) != 0 || refuse_twice(r);
    }
    free(names);
    return ok;
}

/* A number that two names rarely have in common. */
static size_t name_mix(struct slice name)
{
    uint64_t first = 0;
    uint64_t last = 0;

    if (name.len >= WORD_BYTES) {
        first = word_load(name.at);
        last = word_load(name.at + name.len - WORD_BYTES);
    } else if (name.len > 0) {
        first = word_load_short(name.at, name.len);
    }
    /* Multiplied, all bytes bear on the highest ones. */
    return (size_t)((first + last * 31 + name.len) * UINT64_C(0x9e3779b97f4a7c15) >> 32U);
}

/* Each name is looked for among those before it by a table of places, in which the next free one is
 * taken. */
static bool names_differ(struct reading *r, const struct json_tree *members, size_t n)
{
    uint8_t place[2 * FEW_NAMES] = {0}; /* which member, plus 1 */

    if (n > FEW_NAMES) {
        return many_names_differ(r, members, n);
    }
    for (size_t i = 0; n > 1 && i < n; i++) {
        size_t at = name_mix(members[i].name) % sizeof(place);
        while (place[at] != 0) {
            if (slice_equal(members[place[at] - 1].name, members[i].name)) {
                return refuse_twice(r);
            }
            at = (at + 1) % sizeof(place);
        }
        place[at] = (uint8_t)(i + 1);
    }
    return true;
}

/* The values that waited for the end of a list or an object become its own. */
static bool take_end(struct reading *r, enum json_kind kind)
{
    struct open open = r->open[--r->depth];
    struct json_tree *values = &r->values[r->done];
    size_t n = r->waiting - open.waiting;

    memmove(values, &r->values[r->room - r->waiting], n * sizeof(*values));
    r->done += n;
    r->waiting = open.waiting;
    if (kind == JSON_KIND_OBJECT && !names_differ(r, values, n)) {
        return false;
    }
    r->name = open.name;
    struct json_tree *v = r->depth == 0 ? &r->values[0] : value_add(r, kind);
    if (v == NULL) {
        return false;
    }
    v->kind = kind;
    v->count = (uint32_t)n;
    v->values = values;
    return true;
}

/* Why the reader stopped before the end. */
static bool refuse_broken(struct reading *r, struct slice text)
{
    if (r->depth == 0 && r->values[0].kind != JSON_KIND_NULL) {
        return refuse(r, "something follows the document");
    }
    return refuse(r,
                  utf8_is_valid(text) ? "it is no valid JSON" : "it has bytes that are no UTF-8");
}

static bool take(struct reading *r, struct slice text, enum view_token token,
                 const struct view_part *part)
{
    if (r->depth == 0 && token != VIEW_OBJECT && token != VIEW_MORE && token != VIEW_REFUSED) {
        return refuse(r, "it is no object");
    }
    switch (token) {
    case VIEW_MORE:
        return view_reader_complete(&r->reader) || refuse(r, "it ends too early");
    case VIEW_OBJECT:
    case VIEW_ARRAY:
        return take_begin(r);
    case VIEW_OBJECT_END:
        return take_end(r, JSON_KIND_OBJECT);
    case VIEW_ARRAY_END:
        return take_end(r, JSON_KIND_LIST);
    case VIEW_KEY:
        return part->last ? take_name(r, part) : refuse(r, "it ends too early");
    case VIEW_STRING:
        return part->last ? take_text(r, part) : refuse(r, "it ends too early");
    case VIEW_SCALAR_VALUE:
        return take_scalar(r, part->bytes);
    case VIEW_REFUSED:
    case VIEW_RECORD:
        break;
    }
    return refuse_broken(r, text);
}

static bool read_document(struct reading *r, struct slice text)
{
    enum view_token token;
    struct view_part part;

    view_reader_init(&r->reader, false);
    do {
        token = view_reader_next(&r->reader, &r->rest, &part);
        if (!take(r, text, token, &part)) {
            return false;
        }
    } while (token != VIEW_MORE);
    return true;
}

struct json_tree *json_tree_read(struct slice text, const char **why)
{
    struct reading r = {.rest = text, .done = 1};

    *why = NULL;
    if (text.len == 0) {
        *why = "it is empty";
        return NULL;
    }
    size_t decoded = memchr(text.at, '\\', text.len) == NULL ? 0 : text.len;
    r.room = values_at_most(text);
    r.values = malloc(r.room * sizeof(*r.values) + decoded);
    if (r.values == NULL) {
        *why = NO_MEMORY;
        return NULL;
    }
    r.values[0] = (struct json_tree){.kind = JSON_KIND_NULL};
    buf_init(&r.decoded, (char *)&r.values[r.room], decoded);
    if (!read_document(&r, text)) {
        *why = r.why;
        free(r.values);
        return NULL;
    }
    return r.values;
}

void json_tree_free(struct json_tree *root)
{
    free(root);
}

enum json_kind json_tree_kind(const struct json_tree *v)
{
    return v == NULL ? JSON_KIND_NULL : v->kind;
}

bool json_tree_truth(const struct json_tree *v)
{
    return v->truth;
}

int64_t json_tree_integer(const struct json_tree *v)
{
    return v->integer;
}

struct slice json_tree_text(const struct json_tree *v)
{
    return v->text;
}

/* The digits of a real, and how many places its point stands left of their end. False where these
 * are beyond what anybody needs: digits of an uint64, an exponent of two. */
static bool real_read(struct slice s, uint64_t *digits, int *places)
{
    size_t i = 0;
    uint64_t exponent = 0;
    bool point = false;

    *digits = 0;
    *places = 0;
    for (; i < s.len && (s.at[i] | 0x20) != 'e'; i++) {
        if (s.at[i] == '.') {
            point = true;
            continue;
        }
        if (*digits > (UINT64_MAX - 9) / 10) {
            return false;
        }
        *digits = *digits * 10 + (uint64_t)(s.at[i] - '0');
        *places += point ? 1 : 0;
    }
    if (i == s.len) {
        return true;
    }
    bool minus = s.at[i + 1] == '-';
    size_t sign = minus || s.at[i + 1] == '+' ? 1 : 0;
    if (!slice_to_u64(slice_sub(s, i + 1 + sign, s.len), 10, 99, &exponent)) {
        return false;
    }
    *places += minus ? (int)exponent : -(int)exponent;
    return true;
}

bool json_tree_scaled(const struct json_tree *v, unsigned places, uint64_t max, uint64_t *scaled)
{
    uint64_t digits = 0;
    int left = 0;

    if (json_tree_kind(v) == JSON_KIND_INTEGER && v->integer >= 0) {
        digits = (uint64_t)v->integer;
    } else if (json_tree_kind(v) != JSON_KIND_REAL || v->text.at[0] == '-' ||
               !real_read(v->text, &digits, &left)) {
        return false;
    }
    for (; left > (int)places && digits % 10 == 0; left--) {
        digits /= 10;
    }
    for (; left < (int)places && digits <= max; left++) {
        digits *= 10; /* `max` is far from an uint64's end */
    }
    *scaled = digits;
    return left == (int)places && digits <= max;
}

size_t json_tree_count(const struct json_tree *v)
{
    enum json_kind kind = json_tree_kind(v);

    return kind == JSON_KIND_LIST || kind == JSON_KIND_OBJECT ? v->count : 0;
}

const struct json_tree *json_tree_at(const struct json_tree *v, size_t i)
{
    return i < json_tree_count(v) ? &v->values[v->count - 1 - i] : NULL;
}

struct slice json_tree_name(const struct json_tree *member)
{
    return member->name;
}

const struct json_tree *json_tree_member(const struct json_tree *v, struct slice name)
{
    bool object = json_tree_kind(v) == JSON_KIND_OBJECT;

    for (size_t i = 0; object && i < json_tree_count(v); i++) {
        const struct json_tree *one = json_tree_at(v, i);
        if (slice_equal(json_tree_name(one), name)) {
            return one;
        }
    }
    return NULL;
}

struct slice json_tree_text_of(const struct json_tree *v)
{
    return json_tree_kind(v) == JSON_KIND_TEXT ? json_tree_text(v) : SLICE("");
}
