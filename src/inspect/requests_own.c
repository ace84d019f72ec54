/* Things that requests name. The engine is asked about them between two walks over the same
 * document: the first one finds the names, the second writes ids in their place. */
#include "inspect/requests_own.h"

#include "inspect/requests_binds.h"

bool requests_network_is_builtin(struct slice name)
{
    static const struct slice names[] = {SLICE_INIT(""), SLICE_INIT("default"),
                                         SLICE_INIT("bridge"), SLICE_INIT("none"),
                                         SLICE_INIT("host")};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (slice_equal(names[i], name)) {
            return true;
        }
    }
    return false;
}

/* The entry of a thing that a value names. NULL: refused. */
static const struct owned_ref *refer(struct requests_walk *w, enum owned_kind kind,
                                     enum owned_need need, struct slice name)
{
    char room[3 * OWNED_THING_MAX + 32];
    struct buf target;

    buf_init(&target, room, sizeof(room));
    if (!owned_put_lookup(kind, name, &target)) {
        (void)requests_malformed(w, "%s is no name", requests_shown(w, name));
        return NULL;
    }
    const struct owned_ref *ref = owned_names_add(w->names, kind, need, name);
    if (ref == NULL) {
        (void)requests_malformed(w, "more names than can be looked up for one request");
    }
    return ref;
}

bool requests_refer(struct requests_walk *w, enum owned_kind kind, enum owned_need need,
                    struct slice name, struct slice *text)
{
    *text = name;
    if (w->names == NULL) {
        return true;
    }
    const struct owned_ref *ref = refer(w, kind, need, name);
    *text = ref == NULL ? name : owned_ref_text(w->names, ref);
    return ref != NULL;
}

bool requests_refer_within(struct requests_walk *w, struct requests_value *v, enum owned_kind kind,
                           struct slice before, struct slice name, struct slice behind)
{
    struct slice text;
    struct buf b;

    if (w->names == NULL) {
        return true;
    }
    if (!requests_refer(w, kind, OWNED_USE, name, &text)) {
        return false;
    }
    buf_init(&b, w->text, sizeof(w->text));
    (void)(buf_put(&b, before) && buf_put(&b, text) && buf_put(&b, behind));
    v->text = buf_slice(&b);
    return !b.full || requests_malformed(w, "is too long");
}

static struct slice text_of(const struct json_tree *v)
{
    return json_tree_kind(v) == JSON_KIND_TEXT ? json_tree_text(v) : SLICE("");
}

bool requests_refer_both(struct requests_walk *w, enum owned_kind kind, const struct json_tree *id,
                         const struct json_tree *name)
{
    if (w->names == NULL) {
        return true;
    }
    const struct owned_ref *by_id = refer(w, kind, OWNED_USE, text_of(id));
    const struct owned_ref *by_name =
        by_id == NULL ? NULL : refer(w, kind, OWNED_USE, text_of(name));
    if (by_id == NULL || by_name == NULL) {
        return false;
    }
    return !by_id->known || !by_name->known ||
           slice_equal(owned_ref_text(w->names, by_id), owned_ref_text(w->names, by_name)) ||
           requests_malformed(w, "its id and its name are of two things");
}

bool requests_refer_task_image(struct requests_walk *w, struct slice name)
{
    const struct owned_policy *own = requests_own(w->policy);

    if (own != NULL && !owned_is_shared(own, name)) {
        return requests_refuse(
            w, "%s is not among what is %s, and may be another's when a task begins",
            requests_shown(w, name), own->view != NULL ? "visible by name" : "shared");
    }
    return requests_refer(w, OWNED_IMAGE, OWNED_USE, name, &name);
}

bool requests_refer_network(struct requests_walk *w, struct requests_value *v)
{
    static const struct slice container = SLICE_INIT("container:");

    if (requests_network_is_builtin(v->text)) {
        return true;
    }
    if (slice_starts_with(v->text, container)) {
        return requests_refer_within(w, v, OWNED_CONTAINER, container,
                                     slice_sub(v->text, container.len, v->text.len), SLICE(""));
    }
    return requests_refer_within(w, v, OWNED_NETWORK, SLICE(""), v->text, SLICE(""));
}

bool requests_refer_volumes(struct requests_walk *w, struct requests_value *v)
{
    size_t colon = slice_find(v->text, ':');

    return requests_refer_within(w, v, OWNED_CONTAINER, SLICE(""), slice_sub(v->text, 0, colon),
                                 slice_sub(v->text, colon, v->text.len));
}

/* The engine reads "/a:/b/alias" in a way of its own, which depends on the slashes. */
bool requests_refer_link(struct requests_walk *w, struct requests_value *v)
{
    size_t colon = slice_find(v->text, ':');
    struct slice name = slice_sub(v->text, 0, colon);
    struct slice alias = colon < v->text.len ? slice_sub(v->text, colon + 1, v->text.len) : name;
    char room[OWNED_THING_MAX + 1];
    struct buf behind;

    if (requests_has_control(v->text)) {
        return requests_malformed(w, "a control character");
    }
    if (w->names == NULL) {
        return true;
    }
    if (slice_find(alias, '/') < alias.len || slice_find(alias, ':') < alias.len ||
        alias.len == 0 || alias.len > OWNED_THING_MAX) {
        return requests_malformed(w, "is no NAME:ALIAS");
    }
    buf_init(&behind, room, sizeof(room));
    (void)(buf_put_byte(&behind, ':') && buf_put(&behind, alias));
    return requests_refer_within(w, v, OWNED_CONTAINER, SLICE(""), name, buf_slice(&behind));
}

bool requests_check_owner(struct requests_walk *w, const struct json_tree *labels)
{
    const struct owned_policy *own = requests_owner(w->policy);
    bool some = own != NULL && json_tree_kind(labels) == JSON_KIND_OBJECT;

    for (size_t i = 0; some && i < json_tree_count(labels); i++) {
        const struct json_tree *value = json_tree_at(labels, i);
        if (slice_equal(json_tree_name(value), SLICE(OWNED_LABEL)) &&
            (json_tree_kind(value) != JSON_KIND_TEXT ||
             !slice_equal(json_tree_text(value), own->name))) {
            return requests_refuse(w, "the label " OWNED_LABEL " may only be %.*s",
                                   (int)own->name.len, own->name.at);
        }
    }
    return true;
}

/* A view holds a thing back until its labels are known, and they may stand behind this. */
#define SHOWN_MAX ((size_t)3 * ANSWERS_HELD_MAX / 4)

bool requests_check_shown(struct requests_walk *w, struct slice text)
{
    return requests_own(w->policy) == NULL || text.len <= SHOWN_MAX ||
           requests_malformed(w, "more than %zu bytes can't be shown to their owner", SHOWN_MAX);
}

struct slice requests_network_text(const struct requests_walk *w, struct slice name)
{
    if (w->names != NULL && !requests_network_is_builtin(name)) {
        for (size_t i = 0; i < w->names->n; i++) {
            const struct owned_ref *ref = &w->names->ref[i];
            if (ref->kind == OWNED_NETWORK && ref->need == OWNED_USE &&
                slice_equal(owned_ref_name(w->names, ref), name)) {
                return owned_ref_text(w->names, ref);
            }
        }
    }
    return name;
}

/* Whether a member before the `last` one is written with the same name. */
static bool is_twice(const struct requests_walk *w, const struct json_tree *networks, size_t last)
{
    struct slice text = requests_network_text(w, json_tree_name(json_tree_at(networks, last)));

    for (size_t i = 0; i < last; i++) {
        struct slice name = json_tree_name(json_tree_at(networks, i));
        if (slice_equal(requests_network_text(w, name), text)) {
            return true;
        }
    }
    return false;
}

bool requests_check_networks(struct requests_walk *w, const struct json_tree *networks)
{
    bool some = w->names != NULL && json_tree_kind(networks) == JSON_KIND_OBJECT;

    for (size_t i = 0; some && i < json_tree_count(networks); i++) {
        struct slice name = json_tree_name(json_tree_at(networks, i));
        struct requests_value v = {.present = true, .text = name};

        if (slice_starts_with(name, SLICE("container:"))) {
            return requests_malformed(w, "%s is no network", requests_shown(w, name));
        }
        if (!requests_refer_network(w, &v)) {
            return false;
        }
        if (is_twice(w, networks, i)) {
            return requests_malformed(w, "%s is there under another name as well",
                                      requests_shown(w, name));
        }
    }
    return true;
}
