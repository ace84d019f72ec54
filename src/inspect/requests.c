/* Requests: which operation is checked how, and the check of a head and of a body. */
#include "inspect/requests.h"

#include "inspect/requests_query.h"
#include "inspect/requests_walk.h"
#include "policy/option.h"

/* What rules may add to a body beside labels: names, ceilings, an option. */
#define GROWTH 1024

enum treatment {
    TREATMENT_UNLISTED,
    TREATMENT_PASS,
    TREATMENT_BODY,
    TREATMENT_QUERY,
};

static const struct check {
    enum treatment treatment;
    bool may_be_empty;
    enum requests_query query;
    const struct requests_object *object;
} CHECKS[OPERATION_COUNT] = {
#define REQUESTS_PASS(op)            [OPERATION_##op] = {.treatment = TREATMENT_PASS},
#define REQUESTS_BODY(op, of, empty) REQUESTS_BOTH(op, of, empty, NONE)
#define REQUESTS_BOTH(op, of, empty, parameters)                                                   \
    [OPERATION_##op] = {.treatment = TREATMENT_BODY,                                               \
                        .may_be_empty = (empty),                                                   \
                        .query = REQUESTS_QUERY_##parameters,                                      \
                        .object = &REQUESTS_##of},
#define REQUESTS_QUERY(op, of)                                                                     \
    [OPERATION_##op] = {.treatment = TREATMENT_QUERY, .query = REQUESTS_QUERY_##of},
#include "inspect/requests_operations.def"
#undef REQUESTS_PASS
#undef REQUESTS_BODY
#undef REQUESTS_BOTH
#undef REQUESTS_QUERY
};

static bool is_change(enum operation_id op)
{
    struct slice method = operation_get(op)->method;

    return slice_equal(method, SLICE("POST")) || slice_equal(method, SLICE("PUT")) ||
           slice_equal(method, SLICE("PATCH"));
}

/* The type without its parameters. */
static bool media_is(struct slice value, struct slice type)
{
    return slice_equal_nocase(slice_trim(slice_sub(value, 0, slice_find(value, ';'))), type);
}

/* The engine trims and folds the type by Unicode, so that one with a no-break space behind it, or a
 * dotted capital I in it, is a form as well. No type that anybody needs is outside ASCII. */
bool requests_is_form(enum operation_id operation, struct slice content_type)
{
    struct slice type = slice_sub(content_type, 0, slice_find(content_type, ';'));

    return is_change(operation) &&
           (media_is(type, SLICE("application/x-www-form-urlencoded")) ||
            media_is(type, SLICE("multipart/form-data")) || !requests_is_ascii(type));
}

static bool refuse_media(struct requests_walk *w, const char *text)
{
    (void)requests_malformed(w, "%s", text);
    w->refusal->status = 415;
    return false;
}

/* Forms are read in place of the query, and multipart bodies beside it: no operation takes them. */
static bool check_media(struct requests_walk *w, const struct requests_head *h,
                        const struct check *check)
{
    if (!h->has_body || !is_change(h->operation)) {
        return true;
    }
    if (requests_is_form(h->operation, h->content_type)) {
        return refuse_media(w, "forms are not accepted: their values take the place of the query");
    }
    if (check->treatment != TREATMENT_BODY) {
        return true;
    }
    if (h->content_encoding.len > 0) {
        return refuse_media(w, "an encoded body can't be checked");
    }
    return media_is(h->content_type, SLICE("application/json")) ||
           refuse_media(w, "the body's Content-Type must be application/json");
}

bool requests_closes(const struct requests_policy *p, enum operation_id operation)
{
    const struct owned_policy *own = requests_own(p);

    /* What a build begins with stands in its Dockerfile: any image that the engine has. */
    bool builds = own != NULL && operation == OPERATION_IMAGE_BUILD;
    if ((CHECKS[operation].treatment != TREATMENT_UNLISTED || !is_change(operation)) && !builds) {
        return false;
    }
    bool narrowed = own != NULL && owned_row_get(operation)->query == OWNED_PRUNE;
    return !narrowed && !requests_passes_unchecked(p, operation);
}

static bool check_listed(struct requests_walk *w, const struct requests_head *h)
{
    struct slice id = operation_get(h->operation)->operation_id;

    if (!requests_closes(w->policy, h->operation)) {
        return true;
    }
    if (slice_equal(id, SLICE("-"))) { /* outside the specification: as the option calls it */
        id = option_name(option_leaf(h->operation));
    }
    w->rule = REQUESTS_RULE_PLAIN; /* whose option is `unchecked` */
    return requests_refuse(w, "%.*s can't be checked", (int)id.len, id.at);
}

static bool check_name(struct requests_walk *w, const struct requests_head *h)
{
    struct requests_value v = {.present = true, .text = h->name};

    if (h->operation != OPERATION_NETWORK_CONNECT) {
        return true;
    }
    w->rule = REQUESTS_RULE_NETWORK;
    return requests_rule_value(w, &v);
}

/* Below API 1.41 the engine takes a service's limit of processes off again, ours as well. */
static bool check_version(struct requests_walk *w, const struct requests_head *h)
{
    bool service =
        h->operation == OPERATION_SERVICE_CREATE || h->operation == OPERATION_SERVICE_UPDATE;
    uint64_t most = requests_number(w->policy, REQUESTS_PIDS);
    uint64_t major = 0;
    uint64_t minor = 0;
    struct slice rest = h->version;
    struct slice part;

    if (!service || most == 0 || rest.len == 0) {
        return true;
    }
    (void)(slice_next(&rest, '.', &part) && slice_to_u64(part, 10, UINT16_MAX, &major));
    (void)(slice_next(&rest, '.', &part) && slice_to_u64(part, 10, UINT16_MAX, &minor));
    w->rule = REQUESTS_RULE_PIDS;
    return major > 1 || (major == 1 && minor >= 41) ||
           requests_refuse(w,
                           "in API %s a service has no limit of processes, which is from 1.41 on",
                           requests_shown(w, h->version));
}

bool requests_check_head(const struct requests_policy *p, const struct requests_head *h,
                         struct requests_refusal *refusal)
{
    struct requests_walk w = {.policy = p, .refusal = refusal};
    const struct check *check = &CHECKS[h->operation];

    return check_media(&w, h, check) && check_listed(&w, h) && check_name(&w, h) &&
           check_version(&w, h) && requests_check_query(&w, check->query, h->query);
}

bool requests_is_unchecked(enum operation_id operation)
{
    return operation == OPERATION_IMAGE_CREATE || operation == OPERATION_IMAGE_BUILD ||
           (CHECKS[operation].treatment == TREATMENT_UNLISTED && is_change(operation));
}

bool requests_reads(enum operation_id operation)
{
    return CHECKS[operation].treatment == TREATMENT_BODY ||
           CHECKS[operation].treatment == TREATMENT_QUERY;
}

bool requests_wants_body(enum operation_id operation)
{
    return operation < OPERATION_COUNT && CHECKS[operation].treatment == TREATMENT_BODY;
}

bool requests_may_be_empty(enum operation_id operation)
{
    return operation < OPERATION_COUNT && CHECKS[operation].may_be_empty;
}

size_t requests_growth(const struct requests_policy *p)
{
    size_t labels = 0;

    for (size_t i = 0; i < requests_count(p, REQUESTS_SET_LABELS); i++) {
        labels += 6 * requests_word(p, REQUESTS_SET_LABELS, i).len + 16;
    }
    size_t ids = requests_own(p) == NULL ? 0 : OWNED_NAMES_MAX * (OWNED_ID_MAX + 1);
    return GROWTH + 2 * labels + ids; /* a service has two places for labels */
}

bool requests_check_owned(const struct requests_policy *p, enum operation_id operation,
                          struct slice body, struct owned_names *names, struct buf *out,
                          struct requests_refusal *refusal)
{
    struct requests_walk w = {.policy = p, .out = out, .names = names, .refusal = refusal};
    const struct check *check = &CHECKS[operation];
    const char *why;

    if (body.len == 0 && check->may_be_empty) {
        return true;
    }
    if (names == NULL && requests_own(p) != NULL) {
        return requests_malformed(&w, "what the body names can't be looked up");
    }
    struct json_tree *root = json_tree_read(body, &why);
    if (root == NULL) {
        return requests_malformed(&w, "the body can't be taken: %s", why);
    }
    bool ok = requests_walk_document(&w, check->object, root);
    if (ok && out->full) {
        ok = requests_malformed(&w, "the body is too long");
    }
    json_tree_free(root);
    return ok;
}

bool requests_check_body(const struct requests_policy *p, enum operation_id operation,
                         struct slice body, struct buf *out, struct requests_refusal *refusal)
{
    return requests_check_owned(p, operation, body, NULL, out, refusal);
}
