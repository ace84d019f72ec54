/* Who may choose names and labels of containers, and what rows of clients make of these. */
#include "cli/configuration_choice.h"

#include "inspect/requests.h"
#include "policy/glob.h"

/* A list of names in a warning. */
#define NAMES_MAX 512

/* Compose's label for the service that a container is of. */
#define SERVICE "com.docker.compose.service"

enum chooses {
    CHOOSES_NAME = 1,
    CHOOSES_LABELS = 2,
    CHOOSES_IMAGE = 4, /* it runs an image that the engine fetches for it, with that one's labels */
};

/* Operations after which a container has a name or labels that the client has chosen. */
static const struct way {
    enum operation_id operation;
    unsigned chooses;
} WAYS[] = {
    {OPERATION_CONTAINER_CREATE, CHOOSES_NAME | CHOOSES_LABELS},
    {OPERATION_CONTAINER_RENAME, CHOOSES_NAME},
    {OPERATION_SERVICE_CREATE, CHOOSES_NAME | CHOOSES_LABELS | CHOOSES_IMAGE},
    {OPERATION_SERVICE_UPDATE, CHOOSES_NAME | CHOOSES_LABELS | CHOOSES_IMAGE},
    /* A build's steps run in containers with the labels that its Dockerfile has come to. */
    {OPERATION_IMAGE_BUILD, CHOOSES_LABELS | CHOOSES_IMAGE},
    {OPERATION_GRPC, CHOOSES_LABELS | CHOOSES_IMAGE},
    {OPERATION_LIBPOD_BUILD, CHOOSES_LABELS | CHOOSES_IMAGE},
    {OPERATION_LIBPOD_CONTAINER_CREATE, CHOOSES_NAME | CHOOSES_LABELS | CHOOSES_IMAGE},
    {OPERATION_LIBPOD_CONTAINER_RENAME, CHOOSES_NAME},
    {OPERATION_LIBPOD_CONTAINER_RESTORE, CHOOSES_NAME | CHOOSES_LABELS | CHOOSES_IMAGE},
    {OPERATION_LIBPOD_KUBE_PLAY, CHOOSES_NAME | CHOOSES_LABELS | CHOOSES_IMAGE},
    {OPERATION_LIBPOD_PLAY_KUBE, CHOOSES_NAME | CHOOSES_LABELS | CHOOSES_IMAGE},
    {OPERATION_LIBPOD_POD_CREATE, CHOOSES_NAME | CHOOSES_LABELS | CHOOSES_IMAGE},
};

/* What brings images to the engine, or makes some. */
static const enum operation_id IMAGES[] = {
    OPERATION_IMAGE_CREATE,
    OPERATION_IMAGE_LOAD,
    OPERATION_IMAGE_BUILD,
    OPERATION_IMAGE_COMMIT,
    OPERATION_GRPC,
    OPERATION_SESSION,
    OPERATION_LIBPOD_BUILD,
    OPERATION_LIBPOD_COMMIT,
    OPERATION_LIBPOD_IMAGE_IMPORT,
    OPERATION_LIBPOD_IMAGE_LOAD,
    OPERATION_LIBPOD_IMAGE_PULL,
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool grants(const struct policy *p, enum operation_id op)
{
    return operation_set_has(&p->allowed, op) ||
           (p->names != NULL && operation_set_has(&p->names->some, op));
}

/* Whether a request of that operation gets to the engine. Pulls pass unchecked or not. */
static bool may(const struct gate_policy *p, enum operation_id op)
{
    bool closed = p->requests != NULL && requests_is_unchecked(op) &&
                  op != OPERATION_IMAGE_CREATE && (op != OPERATION_IMAGE_BUILD || p->own != NULL) &&
                  !requests_passes_unchecked(p->requests, op);

    return grants(p->operations, op) && !closed;
}

static bool brings_images(const struct gate_policy *p)
{
    for (size_t i = 0; i < COUNT(IMAGES); i++) {
        if (may(p, IMAGES[i])) {
            return true;
        }
    }
    return false;
}

/* ---- names ---- */

static size_t literal(struct slice glob)
{
    size_t n = 0;

    while (n < glob.len && glob.at[n] != '*' && glob.at[n] != '?') {
        n++;
    }
    return n;
}

/* Whether some text may match both; sure only where it says no. */
static bool may_meet(struct slice a, struct slice b)
{
    size_t na = literal(a);
    size_t nb = literal(b);
    size_t n = na < nb ? na : nb;

    if (!glob_is(a)) {
        return glob_match(b, a);
    }
    return glob_is(b) ? slice_equal(slice_sub(a, 0, n), slice_sub(b, 0, n)) : glob_match(a, b);
}

/* Whether the policy's `query` keeps the name that the operation gives from being the row's. */
static bool keeps_name(const struct policy *p, enum operation_id op, struct slice wanted)
{
    for (size_t i = 0; p->query != NULL && i < p->query->n; i++) {
        const struct query_limit *limit = &p->query->at[i];
        bool meets = false;

        if (!operation_set_has(&limit->operations, op) ||
            !slice_equal(limit->name, SLICE("name"))) {
            continue;
        }
        for (size_t k = 0; k < limit->n; k++) {
            struct slice pattern = limit->pattern[k];

            /* Without a name the engine makes one up, of which nobody chooses the beginning. */
            meets |= pattern.len == 0 ? literal(wanted) == 0 : may_meet(pattern, wanted);
        }
        if (!meets) {
            return true;
        }
    }
    return false;
}

/* ---- labels ---- */

/* Whether what the policy sets is another value of a label than the row's "KEY=VALUE". */
static bool sets_another(const struct requests_policy *p, struct slice wanted)
{
    size_t key = slice_find(wanted, '=');

    for (size_t i = 0; key < wanted.len && i < requests_count(p, REQUESTS_SET_LABELS); i++) {
        struct slice word = requests_word(p, REQUESTS_SET_LABELS, i);
        size_t end = slice_find(word, '=');

        if (slice_equal(slice_sub(word, 0, end), slice_sub(wanted, 0, key)) &&
            !slice_equal(word, wanted)) {
            return true;
        }
    }
    return false;
}

/* Whether containers that the policy's clients make, or rename, can't bear the label. */
static bool keeps_label(const struct gate_policy *p, const struct way *way, struct slice wanted)
{
    const struct requests_policy *r = p->requests;
    struct slice key = slice_sub(wanted, 0, slice_find(wanted, '='));

    if (r == NULL) {
        return false;
    }
    if ((way->chooses & CHOOSES_LABELS) == 0) { /* it renames what is there: its own, or anything */
        return p->own != NULL && slice_equal(key, SLICE(OWNED_LABEL)) && sets_another(r, wanted);
    }
    if (!requests_wants_body(way->operation)) {
        return false;
    }
    if (sets_another(r, wanted)) {
        return true;
    }
    return (way->chooses & CHOOSES_IMAGE) == 0 && !brings_images(p) &&
           !requests_matches(r, REQUESTS_LABELS, key);
}

static bool keeps_value(const struct gate_policy *p, const struct way *way, struct slice key,
                        struct slice value)
{
    char text[512];
    struct buf wanted;

    buf_init(&wanted, text, sizeof(text));
    (void)buf_put(&wanted, key);
    if (value.len > 0) {
        (void)(buf_put_byte(&wanted, '=') && buf_put(&wanted, value));
    }
    return !wanted.full && keeps_label(p, way, buf_slice(&wanted));
}

/* ---- rows ---- */

/* Whether a container that was made or renamed so can be the one that the row asks for. */
static bool can_be(const struct gate_policy *p, const struct way *way,
                   const struct gate_client *row)
{
    const struct gate_container *c = row->container;

    if ((way->chooses & CHOOSES_NAME) == 0 && c->name.len > 0) {
        return false; /* its name is made up */
    }
    if ((way->chooses & CHOOSES_LABELS) == 0 && c->name.len == 0) {
        return false; /* nothing that it changes is asked for */
    }
    if (c->name.len > 0 && keeps_name(p->operations, way->operation, c->name)) {
        return false;
    }
    if (c->service.len > 0 && keeps_value(p, way, SLICE(SERVICE), c->service)) {
        return false;
    }
    if (((row->by & GATE_CLIENT_CHOSEN) != 0 &&
         keeps_value(p, way, SLICE("dockgate.policy"), row->policy->name)) ||
        ((row->by & GATE_CLIENT_WITHIN) != 0 && keeps_label(p, way, SLICE(LABEL_ALLOW)))) {
        return false;
    }
    for (size_t i = 0; i < c->nlabels; i++) {
        if (keeps_label(p, way, c->labels[i])) {
            return false;
        }
    }
    return true;
}

static bool allows_nothing(const struct gate_policy *p)
{
    bool nothing = !p->observe;

    for (size_t i = 0; i < OPERATION_COUNT && nothing; i++) {
        nothing = !grants(p->operations, (enum operation_id)i);
    }
    return nothing;
}

/* Whether it, or the same in another spelling, is allowed with any name. */
static bool allows_like(const struct policy *p, enum operation_id op)
{
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (option_leaf((enum operation_id)i) == option_leaf(op) &&
            operation_set_has(&p->allowed, (enum operation_id)i)) {
            return true;
        }
    }
    return false;
}

/* Whether a client gains nothing by the other policy: it is its own, or allows no operation that
 * its own doesn't allow with any name, query, body and answer. */
static bool gains_nothing(const struct gate_policy *p, const struct gate_policy *other)
{
    if (p == other || p->observe || allows_nothing(other)) {
        return true;
    }
    if (other->observe || p->requests != NULL || p->own != NULL || p->answers != NULL ||
        p->operations->query != NULL) {
        return false;
    }
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;

        if (grants(other->operations, op) && !allows_like(p->operations, op)) {
            return false;
        }
    }
    return true;
}

static void put_once(struct buf *names, struct slice name, size_t *n)
{
    (void)buf_put(names, (*n)++ == 0 ? SLICE("") : SLICE(", "));
    (void)buf_put_escaped(names, name);
}

/* Whether clients of the policy can become the row's, and gain by it. */
static bool is_way_to(const struct configuration *c, const struct gate_policy *p,
                      const struct way *way, const struct gate_client *row)
{
    return (row->by & GATE_CLIENT_CONTAINER) != 0 && row->policy != &c->bundles[c->npolicies] &&
           !gains_nothing(p, row->policy) && may(p, way->operation) && can_be(p, way, row);
}

/* The same for all rows that give the other policy; NULL: any. */
static bool leads_to(const struct configuration *c, const struct gate_policy *p,
                     const struct way *way, const struct gate_policy *other)
{
    for (size_t i = 0; i < c->clients.n; i++) {
        const struct gate_client *row = &c->clients.at[i];
        if ((other == NULL || row->policy == other) && is_way_to(c, p, way, row)) {
            return true;
        }
    }
    return false;
}

static void warn(const struct configuration *c, const struct schema_file *file, size_t at)
{
    const struct gate_policy *p = &c->bundles[at];
    char ways_text[NAMES_MAX];
    char others_text[NAMES_MAX];
    struct buf ways;
    struct buf others;
    size_t nways = 0;
    size_t nothers = 0;

    buf_init(&ways, ways_text, sizeof(ways_text));
    buf_init(&others, others_text, sizeof(others_text));
    for (size_t i = 0; i < COUNT(WAYS); i++) {
        if (leads_to(c, p, &WAYS[i], NULL)) {
            put_once(&ways, option_name(option_leaf(WAYS[i].operation)), &nways);
        }
    }
    for (size_t i = 0; i < c->npolicies; i++) {
        bool leads = false;
        for (size_t k = 0; k < COUNT(WAYS); k++) {
            leads |= leads_to(c, p, &WAYS[k], &c->bundles[i]);
        }
        if (leads) {
            put_once(&others, c->bundles[i].name, &nothers);
        }
    }
    struct slice parts[] = {
        SLICE("a client under policy "),
        p->name,
        SLICE(" may choose names and labels of containers ("),
        SLICE(""),
        buf_slice(&ways),
        SLICE(""),
        SLICE("), and so one that gets policy "),
        SLICE(""),
        buf_slice(&others),
    };
    if (nways > 0) {
        schema_note(file, NOTE_WARNING, config_policy_at(&c->config, at)->node, parts,
                    COUNT(parts));
    }
}

/* ---- entries for what bears a label ---- */

/* What writes the labels of a thing anew, by its kind. */
static const struct {
    enum owned_kind kind;
    struct way way;
} UPDATES[] = {
    {OWNED_SECRET, {OPERATION_SECRET_UPDATE, CHOOSES_LABELS}},
    {OWNED_CONFIG, {OPERATION_CONFIG_UPDATE, CHOOSES_LABELS}},
    {OWNED_SERVICE, {OPERATION_SERVICE_UPDATE, CHOOSES_LABELS | CHOOSES_IMAGE}},
    {OWNED_TASK, {OPERATION_SERVICE_UPDATE, CHOOSES_LABELS | CHOOSES_IMAGE}},
    {OWNED_NODE, {OPERATION_NODE_UPDATE, CHOOSES_LABELS}},
};

/* Whether it is allowed for things that bear no label of an entry. */
static bool grants_unlabelled(const struct policy *p, enum operation_id op)
{
    bool some = operation_set_has(&p->allowed, op);

    for (size_t i = 0; p->names != NULL && i < p->names->n; i++) {
        some = some || (p->names->at[i].operation == op && p->names->at[i].label.len == 0);
    }
    return some;
}

/* The update by which clients of the policy can give the entry's label; OPERATION_NONE: none. */
static enum operation_id gives_label(const struct gate_policy *p, const struct name_rule *rule)
{
    for (size_t i = 0; rule->label.len > 0 && i < COUNT(UPDATES); i++) {
        const struct way *way = &UPDATES[i].way;
        if (owned_row_get(rule->operation)->kind == UPDATES[i].kind &&
            grants_unlabelled(p->operations, way->operation) &&
            (p->own == NULL || p->own->view != NULL) && !keeps_label(p, way, rule->label)) {
            return way->operation;
        }
    }
    return OPERATION_NONE;
}

static void warn_of_labels(const struct configuration *c, const struct schema_file *file, size_t at)
{
    const struct name_rules *rules = c->policies[at].names;

    for (size_t i = 0; rules != NULL && i < rules->n; i++) {
        enum operation_id op = gives_label(&c->bundles[at], &rules->at[i]);
        struct slice parts[] = {SLICE("a client under policy "),
                                c->bundles[at].name,
                                SLICE(" may give things that label ("),
                                op == OPERATION_NONE ? SLICE("") : option_name(option_leaf(op)),
                                SLICE("), and so reach them by "),
                                rules->at[i].text};
        if (op != OPERATION_NONE) {
            schema_note(file, NOTE_WARNING, config_policy_at(&c->config, at)->node, parts,
                        COUNT(parts));
        }
    }
}

void configuration_warn_of_choice(const struct configuration *c, const struct schema_file *file)
{
    for (size_t i = 0; i < c->npolicies; i++) {
        warn_of_labels(c, file, i);
    }
    for (size_t i = 0; c->clients.by_container && i < c->npolicies; i++) {
        warn(c, file, i);
    }
}
