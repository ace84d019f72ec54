/* Asks a policy of rules for each operation with usual names, since a pattern can't be turned into
 * a set of operations. */
#include "policy/sample.h"

#include "base/buf.h"
#include "base/limits.h"

#define HEX_ID "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"

/* No version, the oldest one and the newest one that engines of today speak, and some between. */
static const struct slice versions[] = {
    SLICE_INIT(""),       SLICE_INIT("/v1.24"), SLICE_INIT("/v1.41"),
    SLICE_INIT("/v1.45"), SLICE_INIT("/v1.56"),
};

static const struct slice names[] = {
    SLICE_INIT("web"),
    SLICE_INIT("My_app-1.x"),
    SLICE_INIT(HEX_ID),
};

/* Names of what comes from a registry have slashes. */
static const struct slice images[] = {
    SLICE_INIT("alpine"),
    SLICE_INIT("alpine:3.19"),
    SLICE_INIT("registry.example:5000/team/app:1.2"),
    SLICE_INIT("team/app@sha256:" HEX_ID),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The path of an operation with each {…} replaced. */
static void put_path(struct buf *b, struct slice path, struct slice name)
{
    while (path.len > 0) {
        size_t open = slice_find(path, '{');
        (void)buf_put(b, slice_sub(path, 0, open));
        if (open == path.len) {
            return;
        }
        (void)buf_put(b, name);
        path = slice_sub(path, open + 1, SIZE_MAX);
        path = slice_sub(path, slice_find(path, '}') + 1, SIZE_MAX);
    }
}

static bool allows(const struct policy *p, struct policy_room *room, enum operation_id op,
                   struct slice version, struct slice name)
{
    char storage[512];
    struct buf target;
    const struct operation *o = operation_get(op);
    buf_init(&target, storage, sizeof(storage));
    (void)buf_put(&target, version);
    put_path(&target, o->path, name);
    struct verdict v = policy_decide(p, o->method, buf_slice(&target), room);
    return !target.full && v.kind == VERDICT_ALLOW && v.match.operation == op;
}

/* One operation under one version: whether all names pass, and whether any does. */
static bool ask(const struct policy *p, struct policy_room *room, enum operation_id op,
                struct slice version, bool *some)
{
    bool image = operation_has_image_names(operation_get(op));
    const struct slice *list = image ? images : names;
    size_t n = image ? COUNT(images) : COUNT(names);
    bool all = true;
    for (size_t i = 0; i < n; i++) {
        bool yes = allows(p, room, op, version, list[i]);
        all = all && yes;
        *some = *some || yes;
    }
    return all;
}

void policy_sample(const struct policy *p, struct policy_room *room, struct sample *s)
{
    *s = (struct sample){p->allowed, p->allowed};
    if (p->rules == NULL) {
        return;
    }
    *s = (struct sample){{{0}}, {{0}}};
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        bool whole = false;
        bool some = false;
        for (size_t k = 0; k < COUNT(versions); k++) {
            whole = ask(p, room, op, versions[k], &some) || whole;
        }
        if (whole) {
            operation_set_add(&s->whole, op);
        }
        if (some) {
            operation_set_add(&s->part, op);
        }
    }
}
