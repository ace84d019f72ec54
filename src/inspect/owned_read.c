/* Ownership: what the engine says of one thing. */
#include "inspect/json_tree.h"
#include "inspect/owned.h"
#include "inspect/view_text.h"

/* Where its answer says what, for each kind. */
static const struct {
    struct slice id;
    struct slice inner; /* the object that its labels stand in, "A.B"; empty: the answer itself */
    struct slice name;  /* a text, or a list of them; "A.B" likewise */
} KINDS[OWNED_KINDS] = {
    [OWNED_CONTAINER] = {SLICE_INIT("Id"), SLICE_INIT("Config"), SLICE_INIT("Name")},
    [OWNED_EXEC] = {SLICE_INIT("ContainerID"), SLICE_INIT(""), SLICE_INIT("")},
    [OWNED_NETWORK] = {SLICE_INIT("Id"), SLICE_INIT(""), SLICE_INIT("Name")},
    [OWNED_VOLUME] = {SLICE_INIT("Name"), SLICE_INIT(""), SLICE_INIT("Name")},
    [OWNED_IMAGE] = {SLICE_INIT("Id"), SLICE_INIT("Config"), SLICE_INIT("RepoTags")},
    [OWNED_SECRET] = {SLICE_INIT("ID"), SLICE_INIT("Spec"), SLICE_INIT("Spec.Name")},
    [OWNED_CONFIG] = {SLICE_INIT("ID"), SLICE_INIT("Spec"), SLICE_INIT("Spec.Name")},
    [OWNED_SERVICE] = {SLICE_INIT("ID"), SLICE_INIT("Spec"), SLICE_INIT("Spec.Name")},
    [OWNED_TASK] = {SLICE_INIT("ID"), SLICE_INIT("Spec.ContainerSpec"), SLICE_INIT("")},
    [OWNED_NODE] = {SLICE_INIT("ID"), SLICE_INIT("Spec"), SLICE_INIT("Spec.Name")},
    [OWNED_PLUGIN] = {SLICE_INIT("Id"), SLICE_INIT(""), SLICE_INIT("Name")},
};

/* Kinds whose object with labels may be missing: images from scratch, and the tasks by which
 * containers join a swarm's networks. */
static bool may_lack_labels(enum owned_kind kind)
{
    return kind == OWNED_IMAGE || kind == OWNED_TASK;
}

/* The value at a path of names, "A.B"; the object itself where that is empty. */
static const struct json_tree *follow(const struct json_tree *v, struct slice path)
{
    struct slice name;

    while (path.len > 0 && slice_next(&path, '.', &name)) {
        v = json_tree_member(v, name);
    }
    return v;
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
        met = owned_is_shared(p, json_tree_text_of(json_tree_at(names, i)));
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

/* The labels of a thing; NULL: it has none. False: they can't be found. */
static bool find_labels(enum owned_kind kind, const struct json_tree *root,
                        const struct json_tree **labels)
{
    const struct json_tree *around = follow(root, KINDS[kind].inner);
    bool none = may_lack_labels(kind) && json_tree_kind(around) == JSON_KIND_NULL;

    *labels = json_tree_member(around, SLICE("Labels"));
    enum json_kind is = json_tree_kind(*labels);
    return (json_tree_kind(around) == JSON_KIND_OBJECT || none) &&
           (is == JSON_KIND_NULL || is == JSON_KIND_OBJECT);
}

/* The first of the rules whose label is among these. */
static const struct name_rule *find_rule(const struct name_rule *rule,
                                         const struct json_tree *labels)
{
    for (; rule != NULL; rule = rule->next) {
        size_t key = slice_find(rule->label, '=');
        const struct json_tree *value = json_tree_member(labels, slice_sub(rule->label, 0, key));
        if (json_tree_kind(value) == JSON_KIND_TEXT &&
            (key == rule->label.len ||
             slice_equal(json_tree_text(value),
                         slice_sub(rule->label, key + 1, rule->label.len)))) {
            return rule;
        }
    }
    return NULL;
}

static void read_owner(const struct owned_policy *p, enum owned_kind kind,
                       const struct json_tree *root, const struct json_tree *labels,
                       struct owned_thing *t)
{
    const struct json_tree *owner = json_tree_member(labels, SLICE(OWNED_LABEL));

    t->own =
        kind != OWNED_EXEC && (p == owned_policy_any() ||
                               (owner != NULL && slice_equal(json_tree_text_of(owner), p->name)));
    t->shared = owner == NULL && any_shared(p, follow(root, KINDS[kind].name));
}

/* By a view: what an inspect shows is visible, so that both are one truth. */
static bool read_seen(const struct answers_policy *view, enum owned_kind kind, struct slice body,
                      bool *visible)
{
    struct answers *a = answers_begin(view, owned_inspect(kind), 200);
    enum answers_step step = a == NULL ? ANSWERS_REFUSED : ANSWERS_OK;

    while (step == ANSWERS_OK && body.len > 0) {
        step = answers_feed(a, slice_sub(body, 0, ANSWERS_PIECE));
        body = slice_sub(body, ANSWERS_PIECE, body.len);
    }
    if (step == ANSWERS_OK) {
        step = answers_end(a);
    }
    answers_free(a);
    *visible = step == ANSWERS_OK;
    return step != ANSWERS_REFUSED;
}

static bool read_thing(const struct owned_policy *p, enum owned_kind kind, struct slice body,
                       const struct json_tree *root, const struct name_rule *rules,
                       struct owned_thing *t)
{
    const struct json_tree *labels = NULL;
    bool needed = p->view == NULL || (rules != NULL && kind != OWNED_EXEC);

    if (!take_id(kind, json_tree_text_of(json_tree_member(root, KINDS[kind].id)), t) ||
        (needed && !find_labels(kind, root, &labels))) {
        return false;
    }
    t->label = kind == OWNED_EXEC ? NULL : find_rule(rules, labels);
    if (p->view == NULL) {
        read_owner(p, kind, root, labels, t);
        return true;
    }
    return kind == OWNED_EXEC || /* its container tells */
           read_seen(p->view, kind, body, &t->own);
}

bool owned_read(const struct owned_policy *p, enum owned_kind kind, struct slice body,
                const struct name_rule *labels, struct owned_thing *t)
{
    const char *why;
    struct json_tree *root = json_tree_read(body, &why);

    *t = (struct owned_thing){.own = false};
    bool ok = root != NULL && read_thing(p, kind, body, root, labels, t);
    json_tree_free(root);
    return ok;
}
