/* Ownership. The first byte picks what the rest is: an answer about a thing (whatever it says, the
 * id that is taken from it can stand in a path), a query (what is written is its own fixed point,
 * and begins its filters with the owner's), a body that names things (once all are known it
 * passes again, with the same names, and bears the owner's label where a thing is made), or a query
 * that names images (the same, and what is written keeps within its room). From 224 on a view says
 * what may be reached, and the second byte picks further: nothing is stamped, and what the answer
 * to a look-up makes visible is what an inspect would show. Whoever says it, the labels that a
 * thing bears are the same. */
#include "fuzz.h"

#include "inspect/owned_query.h"

#include <stdlib.h>

static const enum operation_id OPERATIONS[] = {
    OPERATION_CONTAINER_CREATE, OPERATION_NETWORK_CREATE,     OPERATION_VOLUME_CREATE,
    OPERATION_NETWORK_CONNECT,  OPERATION_NETWORK_DISCONNECT, OPERATION_CONTAINER_EXEC,
    OPERATION_SECRET_CREATE,    OPERATION_CONFIG_UPDATE,      OPERATION_SERVICE_UPDATE,
};
#define NOPERATIONS (sizeof(OPERATIONS) / sizeof(OPERATIONS[0]))

/* Those that name what is there, and make nothing. */
static bool only_names(unsigned which)
{
    return which % NOPERATIONS >= 3 && which % NOPERATIONS <= 5;
}

static const struct slice SHARED[] = {SLICE_INIT("busybox:*")};

static const struct name_rule ANY_TEAM = {.label = SLICE_INIT("team")};
static const struct name_rule RULES = {.label = SLICE_INIT("app=shop"), .next = &ANY_TEAM};

/* Labels are looked for beside who says what may be reached, and by the same answer. */
static void try_labels(enum owned_kind kind, struct slice in, const struct owned_thing *other)
{
    struct owned_thing t;

    if (owned_read(owned_policy_any(), kind, in, &RULES, &t)) {
        FUZZ_EXPECT(t.own == (kind != OWNED_EXEC) && !t.shared);
        FUZZ_EXPECT(kind != OWNED_EXEC || t.label == NULL);
        FUZZ_EXPECT(t.label == other->label && t.id_len == other->id_len);
    } else {
        FUZZ_EXPECT(other->label == NULL);
    }
}

static void try_answer(const struct owned_policy *p, unsigned which, struct slice in)
{
    enum owned_kind kind = (enum owned_kind)(OWNED_CONTAINER + which % (OWNED_KINDS - 1));
    struct owned_thing t;

    if (!owned_read(p, kind, in, &RULES, &t)) {
        return;
    }
    try_labels(kind, in, &t);
    FUZZ_EXPECT(!(t.own && t.shared));
    FUZZ_EXPECT(t.id_len <= sizeof(t.id));
    for (size_t i = 0; i < t.id_len; i++) {
        char c = t.id[i];
        FUZZ_EXPECT((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c == ':' && i == 6));
    }
}

static bool put_filters(const struct owned_policy *p, struct slice query, struct buf *out)
{
    size_t room = 8 * query.len + 512;

    buf_init(out, malloc(room), room);
    FUZZ_EXPECT(out->at != NULL);
    return owned_put_filters(p, OPERATION_CONTAINER_PRUNE, true, query, NULL, out);
}

static void try_query(const struct owned_policy *p, struct slice in)
{
    struct buf first;
    struct buf second;

    if (put_filters(p, in, &first)) {
        FUZZ_EXPECT(put_filters(p, buf_slice(&first), &second));
        FUZZ_EXPECT(slice_equal(buf_slice(&first), buf_slice(&second)));
        static const char mine[] = "filters=%7B%22label%22%3A%7B%22dockgate.owner%3Dfuzz%22%3Atrue";
        FUZZ_EXPECT(memmem(first.at, first.len, mine, sizeof(mine) - 1) != NULL);
        free(second.at);
    }
    free(first.at);
}

/* In one piece, and byte by byte. */
static enum answers_step show(const struct answers_policy *view, enum operation_id op,
                              struct slice in)
{
    struct answers *a = answers_begin(view, op, 200);
    enum answers_step step = ANSWERS_OK;

    FUZZ_EXPECT(a != NULL);
    for (size_t i = 0; i < in.len && step == ANSWERS_OK; i++) {
        step = answers_feed(a, slice_sub(in, i, 1));
        answers_taken(a);
    }
    step = step == ANSWERS_OK ? answers_end(a) : step;
    answers_free(a);
    return step;
}

static void try_seen(const struct owned_policy *p, unsigned which, struct slice in)
{
    enum owned_kind kind = (enum owned_kind)(OWNED_CONTAINER + which % (OWNED_KINDS - 1));
    struct owned_thing t;

    try_answer(p, which, in);
    if (kind != OWNED_EXEC && owned_read(p, kind, in, NULL, &t)) {
        enum answers_step step = show(p->view, owned_inspect(kind), in);
        FUZZ_EXPECT(step == (t.own ? ANSWERS_OK : ANSWERS_HIDDEN));
        FUZZ_EXPECT(!t.shared);
    }
}

static void resolve(struct owned_names *names)
{
    for (size_t i = 0; i < names->n; i++) {
        struct owned_ref *ref = &names->ref[i];
        ref->known = true;
        if (ref->need != OWNED_GIVE && ref->by_id) {
            memset(ref->id, 'a' + (int)(i % 26), 64);
            ref->id[0] = (char)('0' + i / 26);
            ref->id_len = 64;
        }
    }
}

static void try_body(const struct requests_policy *p, unsigned which, struct slice in)
{
    static struct owned_names names;
    enum operation_id op = OPERATIONS[which % NOPERATIONS];
    struct requests_refusal refusal = {.status = 0};
    struct buf out;
    size_t room = in.len + requests_growth(p);

    buf_init(&out, malloc(room), room);
    FUZZ_EXPECT(out.at != NULL);
    names = (struct owned_names){.n = 0};
    if (requests_check_owned(p, op, in, &names, &out, &refusal)) {
        size_t n = names.n;
        resolve(&names);
        out.len = 0;
        /* One network under two names is seen only now. */
        bool ok = requests_check_owned(p, op, in, &names, &out, &refusal);
        FUZZ_EXPECT(names.n == n);
        static const char mine[] = "\"dockgate.owner\":\"fuzz\"";
        FUZZ_EXPECT(!ok || only_names(which) || requests_owner(p) == NULL ||
                    memmem(out.at, out.len, mine, sizeof(mine) - 1) != NULL);
        FUZZ_EXPECT(ok || refusal.status == 400);
    }
    free(out.at);
}

static bool put_query(const struct owned_policy *p, enum operation_id op, struct slice in,
                      struct owned_names *names, struct buf *out)
{
    struct requests_refusal refusal = {.status = 0};
    /* The path's name stands before the first "?". */
    size_t end = slice_find(in, '?');
    struct slice query = slice_sub(in, end + 1, in.len);
    size_t room = owned_query_room(query);

    buf_init(out, malloc(room), room);
    FUZZ_EXPECT(out->at != NULL);
    bool ok = owned_put_query(p, op, slice_sub(in, 0, end), query, names, out, &refusal);
    FUZZ_EXPECT(ok || (refusal.status >= 400 && refusal.len <= sizeof(refusal.text)));
    return ok;
}

static void try_names(const struct owned_policy *p, unsigned which, struct slice in)
{
    static const enum operation_id operations[] = {
        OPERATION_IMAGE_BUILD,   OPERATION_IMAGE_COMMIT, OPERATION_IMAGE_CREATE,
        OPERATION_IMAGE_TAG,     OPERATION_IMAGE_PUSH,   OPERATION_IMAGE_GET,
        OPERATION_IMAGE_GET_ALL, OPERATION_TASK_LIST,    OPERATION_CONTAINER_LIST};
    static struct owned_names names;
    enum operation_id op = operations[which % (sizeof(operations) / sizeof(operations[0]))];
    struct buf out;

    names = (struct owned_names){.n = 0};
    bool ok = put_query(p, op, in, &names, &out);
    free(out.at);
    if (ok) {
        size_t n = names.n;
        resolve(&names);
        FUZZ_EXPECT(put_query(p, op, in, &names, &out));
        FUZZ_EXPECT(names.n == n);
        static const char label[] = "labels=%7B%22dockgate.owner%22%3A%22fuzz%22";
        static const char change[] = "changes=LABEL%20dockgate.owner%3Dfuzz";
        bool stamped = p->view == NULL;
        FUZZ_EXPECT(op != OPERATION_IMAGE_BUILD || !stamped ||
                    memmem(out.at, out.len, label, sizeof(label) - 1) != NULL);
        FUZZ_EXPECT(op != OPERATION_IMAGE_COMMIT || !stamped ||
                    memmem(out.at, out.len, change, sizeof(change) - 1) != NULL);
        free(out.at);
    }
}

static struct requests_policy *requests_new(const struct owned_policy *own)
{
    struct diag d = {{0}};
    struct requests_policy *p = requests_policy_new(SLICE("fuzz"), SLICE("safe"), &d);

    FUZZ_EXPECT(p != NULL);
    FUZZ_EXPECT(requests_policy_set(p, SLICE("networks"), SLICE("*,container"), &d));
    FUZZ_EXPECT(requests_policy_set(p, SLICE("volumes-from"), SLICE("true"), &d));
    FUZZ_EXPECT(requests_policy_own(p, own, &d));
    return p;
}

static void try_view(unsigned how, unsigned which, struct slice in)
{
    static const struct slice labels[] = {SLICE_INIT("team=a")};
    static const struct answers_settings settings = {.visible_labels = {labels, 1},
                                                     .visible_names = {SHARED, 1}};
    static struct owned_policy own;
    static struct requests_policy *requests;

    if (requests == NULL) {
        const struct answers_policy *view = answers_policy_new(&settings);
        FUZZ_EXPECT(view != NULL);
        owned_policy_view(&own, view, &settings, true);
        requests = requests_new(&own);
    }
    switch (how % 3) {
    case 0:
        try_seen(&own, which, in);
        break;
    case 1:
        try_names(&own, which, in);
        break;
    default:
        try_body(requests, which, in);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct owned_policy own;
    static struct requests_policy *requests;
    struct diag d = {{0}};

    if (requests == NULL) {
        struct answers_list shared = {SHARED, 1};
        FUZZ_EXPECT(owned_policy_init(&own, SLICE("fuzz"), shared, &d));
        requests = requests_new(&own);
    }
    if (size == 0 || size > FUZZ_MAX) {
        return 0;
    }
    struct slice in = slice_of((const char *)data + 1, size - 1);
    if (data[0] >= 224) {
        try_view(data[0] - 224U, size > 1 ? data[1] : 0, slice_sub(in, 1, in.len));
        return 0;
    }
    if (data[0] >= 192) {
        try_names(&own, data[0] - 192U, in);
        return 0;
    }
    switch (data[0] % 3) {
    case 0:
        try_answer(&own, data[0] / 3, in);
        break;
    case 1:
        try_query(&own, in);
        break;
    default:
        try_body(requests, data[0] / 3, in);
        break;
    }
    return 0;
}
