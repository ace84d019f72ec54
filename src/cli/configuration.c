/* Builds what the gate runs on out of a configuration file, in three steps: the file to a tree, the
 * tree to the structs of its tables, these to policies and the table of clients. */
#include "cli/configuration.h"

#include "cli/configuration_choice.h"
#include "cli/configuration_requests.h"
#include "cli/requests.h"
#include "cli/settings.h"
#include "policy/grants.h"
#include "policy/schema_write.h"

#include <stdlib.h>

/* Listeners have a bit each in a client's row. */
#define LISTENERS_MAX 64

/* What one policy can be in its longest form. */
#define TEXT_MAX (8 * DOCUMENT_MAX)

struct builder {
    const struct configuration_input *in;
    struct configuration *c;
    struct schema_file file;
    const struct slice *listen;
    size_t nlisten;
};

static bool wrong(const struct builder *b, const struct tree_node *where, struct slice what,
                  struct slice value)
{
    struct slice parts[] = {what, value};

    schema_note(&b->file, NOTE_ERROR, where, parts, 2);
    return false;
}

static bool no_memory(const struct builder *b)
{
    return wrong(b, NULL, SLICE("no memory"), SLICE(""));
}

static bool read_tree(struct builder *b)
{
    struct document_error e;
    static const struct tree_node nothing = {.kind = TREE_MAP, .line = 1, .column = 1};

    if (!document_read(b->in->file, DOCUMENT_STRICT, &b->c->document, &e)) {
        struct tree_node where = {.line = e.line, .column = e.column};
        return wrong(b, e.line > 0 ? &where : NULL, slice_from_text(e.what), SLICE(""));
    }
    const struct tree_node *root = b->c->document.root;
    return config_read(root != NULL ? root : &nothing, &b->c->arena, &b->file, &b->c->config);
}

/* An address that is none is told where it stands. */
static bool check_address(const struct builder *b, const struct tree_node *node,
                          bool (*parse)(struct slice, struct net_address *, struct diag *))
{
    static struct net_address address;
    struct diag d = {{0}};

    return node == NULL || parse(node->text, &address, &d) ||
           wrong(b, node, slice_from_text(d.text), SLICE(""));
}

static bool check_addresses(const struct builder *b)
{
    const struct config *c = &b->c->config;
    bool ok = check_address(b, c->engine, net_address_parse_remote);

    for (size_t i = 0; i < c->listeners.n; i++) {
        ok = check_address(b, config_listener_at(c, i)->address, net_address_parse) && ok;
    }
    return ok;
}

/* ---- policies ---- */

/* One "name=value" of the line that quota_read takes, so that limits have one reader. A wrong one
 * is told where it stands, and left out again. */
static bool put_limit(const struct builder *b, struct buf *line, const char *name,
                      const struct tree_node *value)
{
    struct quota_limits limits;
    struct diag d = {{0}};
    size_t before = line->len;

    if (value == NULL) {
        return true;
    }
    (void)(buf_putf(line, "%s%s=", line->len > 0 ? "," : "", name) && buf_put(line, value->text));
    if (!line->full && quota_read(buf_slice(line), &limits, &d)) {
        return true;
    }
    line->len = before;
    line->full = false;
    return wrong(b, value, SLICE("limits: "),
                 d.text[0] == '\0' ? value->text : slice_from_text(d.text));
}

static bool put_limits(const struct builder *b, const struct config_limits *from, struct buf *line)
{
    bool ok = put_limit(b, line, "rate", from->rate) && put_limit(b, line, "burst", from->burst);

    ok = put_limit(b, line, "requests", from->requests) && ok;
    ok = put_limit(b, line, "streams", from->streams) && ok;
    ok = put_limit(b, line, "body", from->body) && ok;
    return put_limit(b, line, "answer", from->answer) && ok;
}

static bool compile_limits(const struct builder *b, const struct config_limits *from,
                           struct gate_policy *to)
{
    char text[512];
    struct buf line;
    struct diag d = {{0}};
    struct quota_limits limits = {.rate = 0};

    buf_init(&line, text, sizeof(text));
    if (!put_limits(b, from, &line)) {
        return false;
    }
    (void)quota_read(buf_slice(&line), &limits, &d); /* each of them was read */
    if (b->in->limits.len > 0 && !quota_read(b->in->limits, &limits, &d)) {
        return wrong(b, NULL, SLICE("DOCKGATE_LIMITS: "), slice_from_text(d.text));
    }
    if (!quota_is_set(&limits)) {
        return true;
    }
    to->quota = arena_take(&b->c->arena, sizeof(*to->quota));
    if (to->quota == NULL) {
        return no_memory(b);
    }
    to->quota->limits = limits;
    return true;
}

/* The words with commas between them, as the setting has them; `wins` where that says any. */
static struct slice join(struct arena *a, const struct schema_texts *words, struct slice wins)
{
    struct buf line;
    size_t len = 1;

    for (size_t i = 0; i < words->n; i++) {
        len += words->at[i]->text.len + 1;
    }
    char *at = wins.len > 0 ? NULL : arena_take(a, len);
    if (at == NULL) {
        return wins;
    }
    buf_init(&line, at, len);
    for (size_t i = 0; i < words->n; i++) {
        (void)(buf_put(&line, i == 0 ? SLICE("") : SLICE(",")) &&
               buf_put(&line, words->at[i]->text));
    }
    return buf_slice(&line);
}

/* Views have one reader, that of the settings. Each entry is shown to it by itself, so that a wrong
 * one is told where it stands. */
static bool check_entries(const struct builder *b, const struct schema_texts *entries, bool redact)
{
    bool ok = true;

    for (size_t i = 0; i < entries->n; i++) {
        struct cli_view_words words = {.redact_name = "answers.redact",
                                       .visible_name = "answers.visible"};
        struct diag d = {{0}};
        *(redact ? &words.redact : &words.visible) = entries->at[i]->text;
        if (!cli_view_check(&words, false, &d)) {
            ok = wrong(b, entries->at[i], slice_from_text(d.text), SLICE(""));
        }
    }
    return ok;
}

/* The list of which all entries are right, and which is wrong as a whole. NULL: what the file says
 * is not at fault. */
static const struct tree_node *wrong_list(const struct builder *b,
                                          const struct config_answers *from,
                                          const struct cli_view_words *words)
{
    struct cli_view_words redact = {.redact = words->redact, .redact_name = words->redact_name};
    struct diag d;
    bool masks = !cli_view_check(&redact, true, &d);
    const struct schema_texts *list = masks ? &from->redact : &from->visible;
    bool file = (masks ? b->in->redact.len : b->in->visible.len) == 0;

    return file && list->n > 0 ? list->at[0] : NULL;
}

static bool compile_answers(const struct builder *b, const struct config_answers *from, size_t at)
{
    struct cli_view_words words = {
        .redact = join(&b->c->arena, &from->redact, b->in->redact),
        .visible = join(&b->c->arena, &from->visible, b->in->visible),
        .redact_name = b->in->redact.len > 0 ? "DOCKGATE_REDACT" : "answers.redact",
        .visible_name = b->in->visible.len > 0 ? "DOCKGATE_VISIBLE" : "answers.visible",
    };
    struct diag d = {{0}};
    bool ok = b->in->redact.len > 0 || check_entries(b, &from->redact, true);

    ok = (b->in->visible.len > 0 || check_entries(b, &from->visible, false)) && ok;
    if (!ok) {
        return false;
    }
    if (!cli_view_read(&words, &b->c->policies[at], &b->c->owners[at], b->c->requests[at],
                       &b->c->views[at], &d)) {
        return wrong(b, wrong_list(b, from, &words), slice_from_text(d.text), SLICE(""));
    }
    b->c->bundles[at].answers = b->c->views[at].answers;
    b->c->bundles[at].own = b->c->owners[at].own;
    return true;
}

static bool compile_requests(const struct builder *b, const struct config_policy *from, size_t at)
{
    struct requests_policy **to = &b->c->requests[at];
    const struct settings *s = b->in->settings;
    struct diag d = {{0}};

    if (s != NULL && (s->at[SETTING_REQUESTS].set || s->at[SETTING_BINDS].set)) {
        if (!requests_from_settings(s, to, &d)) {
            return wrong(b, NULL, slice_from_text(d.text), SLICE(""));
        }
    } else if (!configuration_requests(&from->requests, from->node->text, &b->file, to)) {
        return false;
    }
    if (*to != NULL) {
        configuration_warn_of_unchecked(*to, &b->c->policies[at], from->requests.node, &b->file);
    }
    b->c->bundles[at].requests = *to;
    return true;
}

/* All that the file says of the policy, in one form: what is the same there is the same policy,
 * since what else counts can't change while the gate runs. */
static bool keep_text(const struct builder *b, size_t at)
{
    struct config_policy *from = (struct config_policy *)b->c->config.policies.at + at;
    struct schema_many one = {from, 1};
    struct config only = {.policies = one};
    struct buf out;
    char *text = malloc(TEXT_MAX);

    if (text == NULL) {
        return no_memory(b);
    }
    buf_init(&out, text, TEXT_MAX);
    schema_write(config_table(), &only, 0, &out);
    struct slice copy = arena_copy(&b->c->arena, buf_slice(&out));
    bool ok = !out.full && copy.at != NULL;
    b->c->bundles[at].text = copy;
    free(text);
    return ok || no_memory(b);
}

static bool compile_own(const struct builder *b, const struct config_policy *from, size_t at)
{
    struct cli_own *to = &b->c->owners[at];
    struct gate_policy *bundle = &b->c->bundles[at];
    struct diag d = {{0}};
    bool ok = true;

    if (from->own == NULL || slice_equal(from->own->text, SLICE("false"))) {
        return from->shared.n == 0 ||
               wrong(b, from->shared.at[0], SLICE("shared goes with own: without it, nothing is "),
                     SLICE("owned"));
    }
    for (size_t i = 0; i < from->shared.n; i++) {
        ok = (cli_own_share(to, from->shared.at[i]->text, &d) ||
              wrong(b, from->shared.at[i], slice_from_text(d.text), SLICE(""))) &&
             ok;
    }
    bool named = !slice_equal(from->own->text, SLICE("true"));
    if (!ok || !cli_own_make(to, named ? from->own->text : from->node->text, b->c->requests[at],
                             bundle->observe, &d)) {
        return ok && wrong(b, from->own, slice_from_text(d.text), SLICE(""));
    }
    return true;
}

static bool compile_policy(const struct builder *b, size_t at)
{
    const struct config_policy *from = config_policy_at(&b->c->config, at);
    struct gate_policy *to = &b->c->bundles[at];
    struct grants grants = {from->node->text, from->preset, from->allow, from->deny, {{0}}};

    to->name = from->node->text;
    to->operations = &b->c->policies[at];
    to->observe = from->mode != NULL && slice_equal(from->mode->text, SLICE("observe"));
    if (b->in->mode >= 0) {
        to->observe = b->in->mode == SETTINGS_MODE_OBSERVE;
    }
    owned_labelled(&grants.labelled);
    bool ok = compile_limits(b, &from->limits, to);
    ok = grants_compile(&grants, &b->c->arena, &b->file, &b->c->policies[at]) && ok;
    ok = grants_limit_queries(&from->query, &b->c->arena, &b->file, &b->c->policies[at]) && ok;
    ok = compile_requests(b, from, at) && compile_own(b, from, at) && ok;
    to->reopen = schema_is_true(from->limits.reopen, false);
    return compile_answers(b, &from->answers, at) && keep_text(b, at) && ok;
}

/* Nobody shall take a policy for one that is only looked through. */
static void warn_of_observing(const struct builder *b)
{
    for (size_t i = 0; i < b->c->npolicies; i++) {
        const struct gate_policy *p = &b->c->bundles[i];
        struct slice parts[] = {SLICE("policy "), p->name,
                                SLICE(": mode is observe: NOTHING IS PROTECTED, what it denies is "
                                      "let through and logged as \"would deny\"")};
        if (p->observe) {
            schema_note(&b->file, NOTE_WARNING, config_policy_at(&b->c->config, i)->mode, parts, 3);
        }
    }
}

static bool compile_policies(const struct builder *b)
{
    struct configuration *c = b->c;
    size_t n = c->config.policies.n;
    struct grants nothing = {.name = SLICE("deny")};
    bool ok = true;

    c->policies = arena_take(&c->arena, (n + 1) * sizeof(*c->policies));
    c->bundles = arena_take(&c->arena, (n + 1) * sizeof(*c->bundles));
    c->requests = arena_take(&c->arena, (n + 1) * sizeof(struct requests_policy *));
    c->views = arena_take(&c->arena, (n + 1) * sizeof(*c->views));
    c->owners = arena_take(&c->arena, (n + 1) * sizeof(*c->owners));
    if (c->policies == NULL || c->bundles == NULL || c->owners == NULL || c->views == NULL ||
        c->requests == NULL) {
        return no_memory(b);
    }
    c->npolicies = n;
    for (size_t i = 0; i < n; i++) {
        ok = compile_policy(b, i) && ok;
    }
    c->bundles[n] = (struct gate_policy){.name = SLICE("deny"), .operations = &c->policies[n]};
    warn_of_observing(b);
    return grants_compile(&nothing, &c->arena, &b->file, &c->policies[n]) && ok;
}

/* ---- clients ---- */

/* The place of a policy's bundle; "deny" has the last one. */
static size_t bundle_of(const struct configuration *c, const struct tree_node *name)
{
    return slice_equal(name->text, SLICE("deny")) ? c->npolicies
                                                  : config_find_policy(&c->config, name->text);
}

/* Whether clients of the listener may have the policy. */
static bool listener_takes(const struct configuration *c, struct slice address, size_t bundle)
{
    size_t at = config_find_listener(&c->config, address);

    if (at == c->config.listeners.n || bundle == c->npolicies) {
        return true;
    }
    const struct schema_texts *may = &config_listener_at(&c->config, at)->policies;
    for (size_t i = 0; i < may->n; i++) {
        if (bundle_of(c, may->at[i]) == bundle) {
            return true;
        }
    }
    return may->n == 0;
}

/* The listeners by which a client with that policy can come, a bit each; `wanted`: by this one
 * alone. */
static uint64_t listeners_of(const struct builder *b, const struct tree_node *wanted, size_t bundle)
{
    const struct config *config = &b->c->config;
    struct slice address = {NULL, 0};
    uint64_t bits = 0;

    if (wanted != NULL) {
        size_t at = config_find_listener(config, wanted->text);
        address =
            at < config->listeners.n ? config_listener_at(config, at)->address->text : wanted->text;
    }
    for (size_t i = 0; i < b->nlisten; i++) {
        if ((wanted == NULL || slice_equal(b->listen[i], address)) &&
            listener_takes(b->c, b->listen[i], bundle)) {
            bits |= UINT64_C(1) << i;
        }
    }
    return bits;
}

static struct slice node_text(const struct tree_node *node)
{
    return node == NULL ? SLICE("") : node->text;
}

/* The container that a client is in. False: no memory; NULL: any place will do. */
static bool compile_container(const struct builder *b, const struct config_client *from,
                              const struct gate_container **to)
{
    size_t n = from->label.n;

    *to = NULL;
    if (from->container == NULL && from->service == NULL && n == 0 && from->by_label.n == 0 &&
        from->within == NULL) {
        return true;
    }
    struct gate_container *c = arena_take(&b->c->arena, sizeof(*c));
    struct slice *labels = arena_take(&b->c->arena, (n + 1) * sizeof(*labels));
    if (c == NULL || labels == NULL) {
        return no_memory(b);
    }
    for (size_t i = 0; i < n; i++) {
        labels[i] = from->label.at[i]->text;
    }
    *c = (struct gate_container){node_text(from->container), node_text(from->service), labels, n};
    *to = c;
    return true;
}

/* The rows of a client that has this policy. */
static bool add_rows(const struct builder *b, const struct config_client *from,
                     const struct tree_node *policy, const struct gate_container *container,
                     struct gate_client *rows, size_t *n)
{
    size_t bundle = bundle_of(b->c, policy);
    struct gate_client row = {
        .by = GATE_CLIENT_LISTENER | (from->uid != NULL ? GATE_CLIENT_UID : 0U) |
              (from->gid != NULL ? GATE_CLIENT_GID : 0U) |
              (container != NULL ? GATE_CLIENT_CONTAINER : 0U) |
              (from->by_label.n > 0 ? GATE_CLIENT_CHOSEN : 0U) |
              (from->within != NULL ? GATE_CLIENT_WITHIN : 0U),
        .listeners = listeners_of(b, from->listener, bundle),
        .container = container,
        .uid = (uint32_t)schema_number(from->uid, 10, 0),
        .gid = (uint32_t)schema_number(from->gid, 10, 0),
        .policy = &b->c->bundles[bundle],
    };
    struct diag d = {{0}};
    bool ok = true;

    if (from->cidr.n == 0) {
        rows[(*n)++] = row;
    }
    row.by |= GATE_CLIENT_NETWORK;
    for (size_t i = 0; i < from->cidr.n; i++) {
        if (net_network_parse(from->cidr.at[i]->text, &row.network, &d)) {
            rows[(*n)++] = row;
        } else {
            ok = wrong(b, from->cidr.at[i], slice_from_text(d.text), SLICE(""));
        }
    }
    return ok;
}

static bool add_client(const struct builder *b, const struct config_client *from,
                       struct gate_client *rows, size_t *n)
{
    const struct gate_container *container;
    bool ok = compile_container(b, from, &container);

    b->c->clients.by_container |= container != NULL;
    b->c->clients.by_gid |= from->gid != NULL;
    if (from->by_label.n == 0) {
        const struct tree_node *one = from->policy != NULL ? from->policy : from->within;

        return ok && add_rows(b, from, one, container, rows, n);
    }
    for (size_t i = 0; i < from->by_label.n && ok; i++) {
        ok = add_rows(b, from, from->by_label.at[i], container, rows, n);
    }
    return ok;
}

static size_t count_rows(const struct config *c)
{
    size_t n = 1;

    for (size_t i = 0; i < c->clients.n; i++) {
        const struct config_client *client = config_client_at(c, i);
        n += (1 + client->cidr.n) * (1 + client->by_label.n);
    }
    return n;
}

/* Whom no client fits: by listeners that may have the policy, or else denied. */
static size_t default_of(const struct configuration *c)
{
    if (c->config.otherwise != NULL) {
        return bundle_of(c, c->config.otherwise);
    }
    return c->config.clients.n == 0 && c->npolicies == 1 ? 0 : c->npolicies;
}

static bool compile_clients(const struct builder *b)
{
    struct configuration *c = b->c;
    struct gate_client *rows = arena_take(&c->arena, count_rows(&c->config) * sizeof(*rows));
    size_t otherwise = default_of(c);
    size_t n = 0;
    bool ok = true;

    if (rows == NULL) {
        return no_memory(b);
    }
    for (size_t i = 0; i < c->config.clients.n; i++) {
        ok = add_client(b, config_client_at(&c->config, i), rows, &n) && ok;
    }
    c->clients.at = rows;
    c->clients.otherwise = &c->bundles[otherwise];
    uint64_t bits = listeners_of(b, NULL, otherwise);
    uint64_t all = b->nlisten == LISTENERS_MAX ? UINT64_MAX : (UINT64_C(1) << b->nlisten) - 1;
    if (bits != all) {
        rows[n++] = (struct gate_client){
            .by = GATE_CLIENT_LISTENER, .listeners = bits, .policy = &c->bundles[otherwise]};
        c->clients.otherwise = &c->bundles[c->npolicies];
    }
    c->clients.n = n;
    return ok;
}

/* The listeners that count: those of the gate, or else those of the file. */
static bool find_listeners(struct builder *b)
{
    const struct config *c = &b->c->config;

    b->listen = b->in->listen;
    b->nlisten = b->in->nlisten;
    if (b->nlisten == 0 && c->listeners.n > 0) {
        struct slice *listen = arena_take(&b->c->arena, c->listeners.n * sizeof(*listen));
        if (listen == NULL) {
            return no_memory(b);
        }
        for (size_t i = 0; i < c->listeners.n; i++) {
            listen[i] = config_listener_at(c, i)->address->text;
        }
        b->listen = listen;
        b->nlisten = c->listeners.n;
    }
    return b->nlisten <= LISTENERS_MAX ||
           wrong(b, NULL, SLICE("there are more listeners than can be"), SLICE(""));
}

struct configuration *configuration_new(const struct configuration_input *in,
                                        struct policy_notes *notes)
{
    struct configuration *c = calloc(1, sizeof(*c));
    struct builder b = {.in = in, .c = c, .file = {in->name, notes}};

    if (c == NULL) {
        (void)no_memory(&b);
        return NULL;
    }
    bool ok = read_tree(&b);
    ok = check_addresses(&b) && ok;
    ok = compile_policies(&b) && ok; /* so that all errors are told at once */
    if (!ok || !find_listeners(&b) || !compile_clients(&b)) {
        configuration_free(c);
        return NULL;
    }
    configuration_warn_of_choice(c, &b.file);
    if (c->npolicies == 0) {
        static const struct slice text = SLICE_INIT("there are no policies: everything is denied");
        policy_note_add(notes, NOTE_WARNING, &text, 1);
    }
    return c;
}

void configuration_free(struct configuration *c)
{
    if (c == NULL) {
        return;
    }
    for (size_t i = 0; i < c->npolicies; i++) {
        policy_fini(&c->policies[i]);
        cli_view_free(&c->views[i]);
        requests_policy_free(c->requests[i]);
    }
    arena_free(&c->arena);
    document_free(&c->document);
    free(c);
}
