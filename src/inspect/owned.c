/* Ownership: the tables of operations and kinds, and the names of a request. */
#include "inspect/owned.h"

#include "inspect/owned_text.h"
#include "inspect/view_shape.h"

static const struct owned_row ROWS[OPERATION_COUNT] = {
#define OWNED(op, kind, need, query)                                                               \
    [OPERATION_##op] = {true, true, false, OWNED_##kind, OWNED_##need, OWNED_##query},
#define OWNED_BODY(op, kind, need, query)                                                          \
    [OPERATION_##op] = {true, true, true, OWNED_##kind, OWNED_##need, OWNED_##query},
#define OWNED_SEEN(op, kind)                                                                       \
    [OPERATION_##op] = {false, true, false, OWNED_##kind, OWNED_CHANGE, OWNED_KEEP},
#include "inspect/owned.def"
#undef OWNED
#undef OWNED_BODY
#undef OWNED_SEEN
};

/* How the engine is asked about a thing of each kind. */
static const struct {
    struct slice before;
    struct slice behind;
} TARGETS[OWNED_KINDS] = {
    [OWNED_CONTAINER] = {SLICE_INIT("/containers/"), SLICE_INIT("/json")},
    [OWNED_EXEC] = {SLICE_INIT("/exec/"), SLICE_INIT("/json")},
    [OWNED_NETWORK] = {SLICE_INIT("/networks/"), SLICE_INIT("")},
    [OWNED_VOLUME] = {SLICE_INIT("/volumes/"), SLICE_INIT("")},
    [OWNED_IMAGE] = {SLICE_INIT("/images/"), SLICE_INIT("/json")},
    [OWNED_SECRET] = {SLICE_INIT("/secrets/"), SLICE_INIT("")},
    [OWNED_CONFIG] = {SLICE_INIT("/configs/"), SLICE_INIT("")},
    [OWNED_SERVICE] = {SLICE_INIT("/services/"), SLICE_INIT("")},
    [OWNED_TASK] = {SLICE_INIT("/tasks/"), SLICE_INIT("")},
    [OWNED_NODE] = {SLICE_INIT("/nodes/"), SLICE_INIT("")},
    [OWNED_PLUGIN] = {SLICE_INIT("/plugins/"), SLICE_INIT("/json")},
};

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
    p->view = NULL;
    p->label = buf_slice(&b);
    p->name = slice_sub(p->label, sizeof(OWNED_LABEL), name.len);
    p->shared = shared;
    p->bodies = true;
    return true;
}

/* Engines filter by labels that are all there: one of several can't be asked for. */
void owned_policy_view(struct owned_policy *p, const struct answers_policy *view,
                       const struct answers_settings *settings, bool bodies)
{
    const struct answers_list *labels = &settings->visible_labels;
    bool one = labels->n == 1 && settings->visible_names.n == 0;

    *p = (struct owned_policy){
        .view = view,
        .label = one ? labels->at[0] : SLICE(""),
        .shared = settings->visible_names,
        .bodies = bodies,
    };
}

const struct owned_policy *owned_policy_any(void)
{
    static const struct owned_policy any = {.view = NULL};

    return &any;
}

struct slice owned_rule(const struct owned_policy *p)
{
    return p->view != NULL ? SLICE("view") : SLICE("own");
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

/* What an inspect shows is decided on its answer, and so is a list: by the view itself. */
static bool is_seen(enum operation_id op)
{
    return ROWS[op].seen && view_answer_get(op)->visible != VIEW_VISIBLE_UNITS;
}

void owned_seen(struct operation_set *set)
{
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (is_seen((enum operation_id)i)) {
            operation_set_add(set, (enum operation_id)i);
        }
    }
}

void owned_labelled(struct operation_set *set)
{
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (ROWS[i].kind != OWNED_NONE && ROWS[i].kind != OWNED_PLUGIN) {
            operation_set_add(set, (enum operation_id)i);
        }
    }
}

bool owned_image_by_id(enum operation_id op)
{
    const struct owned_row *row = &ROWS[op];

    return row->kind == OWNED_IMAGE &&
           (row->query == OWNED_TAG || (row->query == OWNED_KEEP && row->need == OWNED_USE));
}

bool owned_asks(const struct owned_policy *p, enum operation_id op)
{
    return p->view != NULL ? is_seen(op) : ROWS[op].listed;
}

struct slice owned_refusal(const struct owned_policy *p, enum operation_id op, bool has_body)
{
    const struct owned_row *row = &ROWS[op];

    if (p->view == NULL) {
        return row->listed || p == owned_policy_any()
                   ? SLICE("")
                   : SLICE("nobody can say whose things this works on, so it is closed to "
                           "clients that have their own");
    }
    if (row->query == OWNED_PRUNE && p->label.len == 0) {
        return SLICE("this takes away what is not visible as well, unless one label, and no name, "
                     "says what is");
    }
    if (row->body && has_body && !p->bodies) {
        return SLICE("its body can name what is not visible, and is read only where the policy has "
                     "requests, with a profile");
    }
    return SLICE("");
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
    (void)buf_put(out, TARGETS[kind].before);
    owned_text_encode(out, name);
    return buf_put(out, TARGETS[kind].behind);
}

static const enum operation_id INSPECTS[OWNED_KINDS] = {
    [OWNED_NONE] = OPERATION_CONTAINER_INSPECT,  [OWNED_CONTAINER] = OPERATION_CONTAINER_INSPECT,
    [OWNED_EXEC] = OPERATION_EXEC_INSPECT,       [OWNED_NETWORK] = OPERATION_NETWORK_INSPECT,
    [OWNED_VOLUME] = OPERATION_VOLUME_INSPECT,   [OWNED_IMAGE] = OPERATION_IMAGE_INSPECT,
    [OWNED_SECRET] = OPERATION_SECRET_INSPECT,   [OWNED_CONFIG] = OPERATION_CONFIG_INSPECT,
    [OWNED_SERVICE] = OPERATION_SERVICE_INSPECT, [OWNED_TASK] = OPERATION_TASK_INSPECT,
    [OWNED_NODE] = OPERATION_NODE_INSPECT,       [OWNED_PLUGIN] = OPERATION_PLUGIN_INSPECT,
};

enum operation_id owned_inspect(enum owned_kind kind)
{
    return INSPECTS[kind];
}

/* Words of single operations, measured on 20.10; "*" is the name, "+" an image's with its tag. */
static const struct {
    enum operation_id op;
    enum owned_kind kind;
    struct slice words;
} WORDS[] = {
    {OPERATION_CONTAINER_KILL, OWNED_CONTAINER,
     SLICE_INIT("Cannot kill container: *: No such container: *")},
    {OPERATION_IMAGE_HISTORY, OWNED_IMAGE, SLICE_INIT("No such image: +")},
    {OPERATION_IMAGE_TAG, OWNED_IMAGE, SLICE_INIT("No such image: +")},
    {OPERATION_IMAGE_DELETE, OWNED_IMAGE, SLICE_INIT("No such image: +")},
    {OPERATION_IMAGE_LIST, OWNED_IMAGE, SLICE_INIT("No such image: +")},
    {OPERATION_IMAGE_GET, OWNED_IMAGE, SLICE_INIT("reference does not exist")},
    {OPERATION_IMAGE_GET_ALL, OWNED_IMAGE, SLICE_INIT("reference does not exist")},
};

static void put_words(struct slice words, struct slice name, struct buf *out)
{
    for (size_t i = 0; i < words.len; i++) {
        bool stands = words.at[i] == '*' || words.at[i] == '+';

        (void)(stands ? buf_put(out, name) : buf_put_byte(out, words.at[i]));
        if (words.at[i] == '+' && answers_is_untagged(name)) {
            (void)buf_put(out, SLICE(":latest"));
        }
    }
}

void owned_put_absent(enum operation_id op, enum owned_kind kind, struct slice name,
                      struct buf *out)
{
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
        if (WORDS[i].op == op && WORDS[i].kind == kind) {
            put_words(WORDS[i].words, name, out);
            return;
        }
    }
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
