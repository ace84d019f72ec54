/* Ownership: the tables of operations and kinds, and the readers of what the engine says of one
 * thing. */
#include "inspect/owned.h"

#include "inspect/json_tree.h"
#include "inspect/owned_text.h"
#include "inspect/view_text.h"

#include <stdlib.h>

/* Values in a list of one filter: nobody sends more than a handful. */
#define CONDITIONS_MAX 256

static const struct owned_row ROWS[OPERATION_COUNT] = {
#define OWNED(op, kind, need, query)                                                               \
    [OPERATION_##op] = {true, OWNED_##kind, OWNED_##need, OWNED_##query},
#include "inspect/owned.def"
#undef OWNED
};

/* How the engine is asked about a thing of each kind, and where its answer says what. */
static const struct {
    struct slice before;
    struct slice behind;
    struct slice id;
    struct slice inner; /* the object that its labels stand in, "A.B"; empty: the answer itself */
    struct slice name;  /* a text, or a list of them; "A.B" likewise */
} KINDS[OWNED_KINDS] = {
    [OWNED_CONTAINER] = {SLICE_INIT("/containers/"), SLICE_INIT("/json"), SLICE_INIT("Id"),
                         SLICE_INIT("Config"), SLICE_INIT("Name")},
    [OWNED_EXEC] = {SLICE_INIT("/exec/"), SLICE_INIT("/json"), SLICE_INIT("ContainerID"),
                    SLICE_INIT(""), SLICE_INIT("")},
    [OWNED_NETWORK] = {SLICE_INIT("/networks/"), SLICE_INIT(""), SLICE_INIT("Id"), SLICE_INIT(""),
                       SLICE_INIT("Name")},
    [OWNED_VOLUME] = {SLICE_INIT("/volumes/"), SLICE_INIT(""), SLICE_INIT("Name"), SLICE_INIT(""),
                      SLICE_INIT("Name")},
    [OWNED_IMAGE] = {SLICE_INIT("/images/"), SLICE_INIT("/json"), SLICE_INIT("Id"),
                     SLICE_INIT("Config"), SLICE_INIT("RepoTags")},
    [OWNED_SECRET] = {SLICE_INIT("/secrets/"), SLICE_INIT(""), SLICE_INIT("ID"), SLICE_INIT("Spec"),
                      SLICE_INIT("Spec.Name")},
    [OWNED_CONFIG] = {SLICE_INIT("/configs/"), SLICE_INIT(""), SLICE_INIT("ID"), SLICE_INIT("Spec"),
                      SLICE_INIT("Spec.Name")},
    [OWNED_SERVICE] = {SLICE_INIT("/services/"), SLICE_INIT(""), SLICE_INIT("ID"),
                       SLICE_INIT("Spec"), SLICE_INIT("Spec.Name")},
    [OWNED_TASK] = {SLICE_INIT("/tasks/"), SLICE_INIT(""), SLICE_INIT("ID"),
                    SLICE_INIT("Spec.ContainerSpec"), SLICE_INIT("")},
};

/* Kinds whose object with labels may be missing: images from scratch, and the tasks by which
 * containers join a swarm's networks. */
static bool may_lack_labels(enum owned_kind kind)
{
    return kind == OWNED_IMAGE || kind == OWNED_TASK;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

/* Whether a name is a switch by mistake: two policies with "own: yes" would be one owner. */
static bool is_switch(struct slice name)
{
    static const struct slice words[] = {
        SLICE_INIT("true"), SLICE_INIT("false"), SLICE_INIT("yes"),
        SLICE_INIT("no"),   SLICE_INIT("on"),    SLICE_INIT("off"),
        SLICE_INIT("1"),    SLICE_INIT("0"),     SLICE_INIT("null")};
    bool is = false;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        is = is || slice_equal_nocase(words[i], name);
    }
    return is;
}

bool owned_policy_init(struct owned_policy *p, struct slice name, struct answers_list shared,
                       struct diag *d)
{
    struct buf b;
    bool ok = name.len > 0 && name.len <= OWNED_NAME_MAX && !is_switch(name);

    for (size_t i = 0; ok && i < name.len; i++) {
        ok = is_word(name.at[i]);
    }
    if (!ok) {
        return diag_set(d,
                        "\"%.*s\" can't be an owner's name: it has letters, digits, _ . and -, "
                        "at most %d, and is no word for on or off",
                        (int)(name.len < OWNED_NAME_MAX ? name.len : OWNED_NAME_MAX), name.at,
                        OWNED_NAME_MAX);
    }
    buf_init(&b, p->text, sizeof(p->text));
    (void)(buf_put(&b, SLICE(OWNED_LABEL "=")) && buf_put(&b, name)); /* they fit */
    p->label = buf_slice(&b);
    p->name = slice_sub(p->label, sizeof(OWNED_LABEL), name.len);
    p->shared = shared;
    return true;
}

const struct owned_row *owned_row_get(enum operation_id op)
{
    return &ROWS[op];
}

void owned_narrowed(struct operation_set *set)
{
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (ROWS[i].listed) {
            operation_set_add(set, (enum operation_id)i);
        }
    }
}

/* Whether a path with this name in it stays the path that it is: the engine cleans what it has
 * decoded. */
static bool is_name(struct slice name)
{
    struct slice part;
    struct slice rest = name;

    if (name.len == 0 || name.len > OWNED_THING_MAX) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if ((unsigned char)name.at[i] < 0x20 || name.at[i] == 0x7f) {
            return false;
        }
    }
    while (slice_next(&rest, '/', &part)) {
        if (part.len == 0 || slice_equal(part, SLICE(".")) || slice_equal(part, SLICE(".."))) {
            return false;
        }
    }
    return true;
}

void owned_text_encode(struct buf *out, struct slice text)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];

        if (is_word(text.at[i])) {
            (void)buf_put_byte(out, text.at[i]);
        } else {
            (void)(buf_put_byte(out, '%') && buf_put_byte(out, digits[c >> 4U]) &&
                   buf_put_byte(out, digits[c & 15U]));
        }
    }
}

bool owned_put_lookup(enum owned_kind kind, struct slice name, struct buf *out)
{
    if (kind == OWNED_CONTAINER && slice_starts_with(name, SLICE("/"))) {
        name = slice_sub(name, 1, name.len); /* the engine's own spelling of a container's name */
    }
    if (!is_name(name)) {
        return false;
    }
    (void)buf_put(out, KINDS[kind].before);
    owned_text_encode(out, name);
    return buf_put(out, KINDS[kind].behind);
}

/* ---- what the engine says ---- */

static const struct json_tree *member(const struct json_tree *v, struct slice wanted)
{
    bool object = json_tree_kind(v) == JSON_KIND_OBJECT;

    for (size_t i = 0; object && i < json_tree_count(v); i++) {
        const struct json_tree *one = json_tree_at(v, i);
        if (slice_equal(json_tree_name(one), wanted)) {
            return one;
        }
    }
    return NULL;
}

/* The value at a path of names, "A.B"; the object itself where that is empty. */
static const struct json_tree *follow(const struct json_tree *v, struct slice path)
{
    struct slice name;

    while (path.len > 0 && slice_next(&path, '.', &name)) {
        v = member(v, name);
    }
    return v;
}

static struct slice text_of(const struct json_tree *v)
{
    return json_tree_kind(v) == JSON_KIND_TEXT ? json_tree_text(v) : SLICE("");
}

bool owned_is_shared(const struct owned_policy *p, struct slice name)
{
    bool met = false;

    if (slice_starts_with(name, SLICE("/"))) {
        name = slice_sub(name, 1, name.len);
    }
    for (size_t i = 0; i < p->shared.n && !met; i++) {
        met = view_text_glob(p->shared.at[i], name);
    }
    return met;
}

static bool any_shared(const struct owned_policy *p, const struct json_tree *names)
{
    bool met = json_tree_kind(names) == JSON_KIND_TEXT && owned_is_shared(p, json_tree_text(names));
    bool list = json_tree_kind(names) == JSON_KIND_LIST;

    for (size_t i = 0; list && i < json_tree_count(names) && !met; i++) {
        met = owned_is_shared(p, text_of(json_tree_at(names, i)));
    }
    return met;
}

/* Ids go into paths and documents as they are. */
static bool take_id(enum owned_kind kind, struct slice id, struct owned_thing *t)
{
    struct slice digits = id;

    if (kind == OWNED_VOLUME) {
        return id.len > 0; /* its name, which the client has said itself */
    }
    if (kind == OWNED_IMAGE && slice_starts_with(id, SLICE("sha256:"))) {
        digits = slice_sub(id, 7, id.len);
    }
    if (digits.len < 12 || id.len > sizeof(t->id)) {
        return false;
    }
    for (size_t i = 0; i < digits.len; i++) {
        char c = digits.at[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'))) {
            return false;
        }
    }
    memcpy(t->id, id.at, id.len);
    t->id_len = id.len;
    return true;
}

static bool read_thing(const struct owned_policy *p, enum owned_kind kind,
                       const struct json_tree *root, struct owned_thing *t)
{
    const struct json_tree *around = follow(root, KINDS[kind].inner);
    bool none = may_lack_labels(kind) && json_tree_kind(around) == JSON_KIND_NULL;

    if (json_tree_kind(around) != JSON_KIND_OBJECT && !none) {
        return false;
    }
    const struct json_tree *labels = member(around, SLICE("Labels"));
    enum json_kind is = json_tree_kind(labels);
    if (is != JSON_KIND_NULL && is != JSON_KIND_OBJECT) {
        return false;
    }
    const struct json_tree *owner = member(labels, SLICE(OWNED_LABEL));
    t->own = kind != OWNED_EXEC && owner != NULL && slice_equal(text_of(owner), p->name);
    t->shared = owner == NULL && any_shared(p, follow(root, KINDS[kind].name));
    return take_id(kind, text_of(member(root, KINDS[kind].id)), t);
}

bool owned_read(const struct owned_policy *p, enum owned_kind kind, struct slice body,
                struct owned_thing *t)
{
    const char *why;
    struct json_tree *root = json_tree_read(body, &why);

    *t = (struct owned_thing){.own = false};
    bool ok = root != NULL && read_thing(p, kind, root, t);
    json_tree_free(root);
    return ok;
}

/* ---- filters ---- */

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
        if (slice_equal(text_of(json_tree_at(list, i)), text)) {
            return true;
        }
    }
    return false;
}

/* The values of one filter, a list of texts or an object of them, as the inside of an object; each
 * once, and `has` not again. */
static bool put_conditions(struct buf *out, const struct json_tree *v, const struct slice *has,
                           size_t *n)
{
    enum json_kind kind = json_tree_kind(v);
    /* Of an object's members the engine takes the name, whatever is said of it. */
    enum json_kind wanted = kind == JSON_KIND_LIST ? JSON_KIND_TEXT : JSON_KIND_BOOL;
    bool ok = kind == JSON_KIND_LIST || kind == JSON_KIND_OBJECT || kind == JSON_KIND_NULL;

    ok = ok && json_tree_count(v) <= CONDITIONS_MAX;
    for (size_t i = 0; ok && i < json_tree_count(v); i++) {
        const struct json_tree *one = json_tree_at(v, i);
        struct slice text = kind == JSON_KIND_LIST ? text_of(one) : json_tree_name(one);
        bool again = (has != NULL && slice_equal(text, *has)) ||
                     (kind == JSON_KIND_LIST && is_before(v, i, text));
        ok = json_tree_kind(one) == wanted && (again || put_condition(out, text, n));
    }
    return ok;
}

/* `root`: the filters that were given; NULL: none. */
static bool put_filter_list(const struct owned_policy *p, const struct json_tree *root,
                            struct buf *out)
{
    size_t n = 1;

    (void)(buf_put(out, SLICE("filters=%7B")) && put_text(out, SLICE("label")) &&
           buf_put(out, SLICE("%3A%7B")));
    size_t conditions = 0;
    (void)put_condition(out, p->label, &conditions);
    bool ok = put_conditions(out, member(root, SLICE("label")), &p->label, &conditions);
    (void)buf_put(out, SLICE("%7D"));
    for (size_t i = 0; ok && i < json_tree_count(root); i++) {
        const struct json_tree *value = json_tree_at(root, i);
        struct slice name = json_tree_name(value);
        if (slice_equal(name, SLICE("label"))) {
            continue;
        }
        put_comma(out, &n);
        conditions = 0;
        ok = put_text(out, name) && buf_put(out, SLICE("%3A%7B")) &&
             put_conditions(out, value, NULL, &conditions) && buf_put(out, SLICE("%7D"));
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

bool owned_put_filters(const struct owned_policy *p, struct slice query, struct buf *out)
{
    struct filters f = {.text = NULL};
    bool ok = read_query(query, &f, out) && put_filter_list(p, f.root, out);

    json_tree_free(f.root);
    free(f.text);
    return ok && !out->full;
}

/* ---- words of the engine ---- */

static const enum operation_id INSPECTS[OWNED_KINDS] = {
    [OWNED_NONE] = OPERATION_CONTAINER_INSPECT,  [OWNED_CONTAINER] = OPERATION_CONTAINER_INSPECT,
    [OWNED_EXEC] = OPERATION_EXEC_INSPECT,       [OWNED_NETWORK] = OPERATION_NETWORK_INSPECT,
    [OWNED_VOLUME] = OPERATION_VOLUME_INSPECT,   [OWNED_IMAGE] = OPERATION_IMAGE_INSPECT,
    [OWNED_SECRET] = OPERATION_SECRET_INSPECT,   [OWNED_CONFIG] = OPERATION_CONFIG_INSPECT,
    [OWNED_SERVICE] = OPERATION_SERVICE_INSPECT, [OWNED_TASK] = OPERATION_TASK_INSPECT,
};

void owned_put_absent(enum owned_kind kind, struct slice name, struct buf *out)
{
    answers_put_absent_text(INSPECTS[kind], name, out);
}

void owned_put_taken(enum owned_kind kind, struct slice name, struct buf *out)
{
    (void)(buf_put(out, kind == OWNED_NETWORK ? SLICE("network with name ")
                        : kind == OWNED_IMAGE ? SLICE("image with name ")
                                              : SLICE("volume with name ")) &&
           buf_put(out, name) && buf_put(out, SLICE(" already exists")));
}

/* ---- names of a request ---- */

/* Whether such a thing is sent on by its id. Of volumes and images the name is, since it says
 * something by itself, and nobody else can take it over while its owner has it. */
static bool has_id(enum owned_kind kind)
{
    return kind == OWNED_CONTAINER || kind == OWNED_NETWORK || kind >= OWNED_SECRET;
}

struct owned_ref *owned_names_add(struct owned_names *names, enum owned_kind kind,
                                  enum owned_need need, struct slice name)
{
    for (size_t i = 0; i < names->n; i++) {
        struct owned_ref *ref = &names->ref[i];
        if (ref->kind == kind && ref->need == need &&
            slice_equal(owned_ref_name(names, ref), name)) {
            return ref;
        }
    }
    if (names->n == OWNED_NAMES_MAX || name.len > sizeof(names->text) - names->used) {
        return NULL;
    }
    struct owned_ref *ref = &names->ref[names->n++];
    *ref = (struct owned_ref){.kind = kind,
                              .need = need,
                              .by_id = has_id(kind),
                              .at = (uint16_t)names->used,
                              .len = (uint16_t)name.len};
    memcpy(names->text + names->used, name.at, name.len);
    names->used += name.len;
    return ref;
}

struct slice owned_ref_name(const struct owned_names *names, const struct owned_ref *ref)
{
    return slice_of(names->text + ref->at, ref->len);
}

struct slice owned_ref_text(const struct owned_names *names, const struct owned_ref *ref)
{
    return ref->id_len > 0 ? slice_of(ref->id, ref->id_len) : owned_ref_name(names, ref);
}
