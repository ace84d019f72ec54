/* The keys of dockgate.yaml, a row each. */
#include "inspect/config.h"

#include "policy/glob.h"
#include "policy/nearest.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* clang-format off */
#define FIELD(struct_, member, key, kind, table, accepts, help)                                    \
    {SLICE_INIT(key), SCHEMA_##kind, offsetof(struct struct_, member), table, accepts, help}

static const struct schema_field LISTENER[] = {
    FIELD(config_listener, name,     "name",     TEXT,  NULL, "a name",                            "what clients call it; without one they name its address"),
    FIELD(config_listener, address,  "address",  TEXT,  NULL, "tcp://HOST:PORT or unix:///PATH",   "where clients connect"),
    FIELD(config_listener, mode,     "mode",     MODE,  NULL, "an octal mode, 0660",               "mode of a unix socket (else DOCKGATE_SOCKET_MODE)"),
    FIELD(config_listener, group,    "group",    TEXT,  NULL, "a name or number",                  "its group (else DOCKGATE_SOCKET_GROUP)"),
    FIELD(config_listener, policies, "policies", TEXTS, NULL, "a name of a policy, or a list",     "the policies that its clients may get; a client whose policy is another one is denied (else all)"),
};

static const struct schema_field CLIENT[] = {
    FIELD(config_client, name,     "name",     TEXT,   NULL, "a name",                                  "what it is called in `dockgate explain --as`"),
    FIELD(config_client, listener, "listener", TEXT,   NULL, "a listener's name or address",            "came by this listener"),
    FIELD(config_client, cidr,     "cidr",     TEXTS,  NULL, "an address or network, or a list",        "has one of these IP addresses"),
    FIELD(config_client, uid,      "uid",      NUMBER, NULL, "the number of a user",                    "is a process of this user, on a unix socket"),
    FIELD(config_client, gid,      "gid",      NUMBER, NULL, "the number of a group",                   "is a process that is in this group, on a unix socket"),
    FIELD(config_client, container, "container", TEXT, NULL, "a container's name, or a glob",           "is in a container of this name"),
    FIELD(config_client, service,  "service",  TEXT,   NULL, "the name of a service",                   "is in a container of this Compose service"),
    FIELD(config_client, label,    "label",    TEXTS,  NULL, "KEY=VALUE or KEY, or a list",             "is in a container that bears all of these labels"),
    FIELD(config_client, policy,   "policy",   TEXT,   NULL, "a name below policies, or deny",          "what it may do"),
    FIELD(config_client, by_label, "by-label", TEXTS,  NULL, "a name below policies, or a list",        "the policies that a container may choose from by its label dockgate.policy, in place of policy"),
    FIELD(config_client, within,   "within",   TEXT,   NULL, "a name below policies, or deny",          "the policy of which a container gets what its label dockgate.allow names, and no more, in place of policy"),
};

static const struct schema_field ANSWER[] = {
    FIELD(config_answers, redact,  "redact",  TEXTS, NULL, "a word of DOCKGATE_REDACT, or a list",  "what is masked: all, env, keep:NAME, commands, labels, labels:PREFIX, binds, credentials, tokens, configs"),
    FIELD(config_answers, visible, "visible", TEXTS, NULL, "a word of DOCKGATE_VISIBLE, or a list", "what is shown, and reached by name, and nothing else: label=KEY, label=KEY=VALUE, name=GLOB"),
};

/* The options of requests are rows of their own table; each kind becomes one of ours. */
#define REQUEST_SWITCH(struct_, id, key, help) FIELD(struct_, one[REQUESTS_##id], key, SWITCH, NULL, "true|false", help)
#define REQUEST_LIST(struct_, id, key, help)   FIELD(struct_, list[REQUESTS_##id], key, TEXTS, NULL, "a text, or a list", help)
#define REQUEST_SIZE(struct_, id, key, help)   FIELD(struct_, one[REQUESTS_##id], key, TEXT, NULL, "a size, 512m", help)
#define REQUEST_CPUS(struct_, id, key, help)   FIELD(struct_, one[REQUESTS_##id], key, TEXT, NULL, "a number of processors, 1.5", help)
#define REQUEST_COUNT(struct_, id, key, help)  FIELD(struct_, one[REQUESTS_##id], key, NUMBER, NULL, "a number", help)

static const struct schema_field REQUEST_SETS[] = {
#define REQUESTS_OPTION(...)
#define REQUESTS_SET(id, key, kind, help) REQUEST_##kind(config_requests_set, id, key, help),
#include "inspect/requests_options.def"
#undef REQUESTS_OPTION
};
static const struct schema_table REQUEST_SET = {SLICE_INIT("set"), REQUEST_SETS, COUNT(REQUEST_SETS), sizeof(struct config_requests_set)};

static const char PROFILES[] = "none|closed"
#define REQUESTS_PROFILE(id, name, from, help) "|" name
#include "inspect/requests_profiles.def"
    ;
static const struct schema_field REQUEST[] = {
    FIELD(config_requests, profile, "profile", WORD,  NULL, PROFILES, "what bodies may say; none: they are not looked at; closed: nothing but what the other keys name"),
#define REQUESTS_OPTION(id, key, kind, help) REQUEST_##kind(config_requests, id, key, help),
#define REQUESTS_SET(...)
#include "inspect/requests_options.def"
#undef REQUESTS_OPTION
    FIELD(config_requests, set, "set", MAP, &REQUEST_SET, "a mapping", "what is added to what passes"),
};

static const struct schema_field LIMIT[] = {
    FIELD(config_limits, rate,     "rate",     NUMBER, NULL, "requests a second",    "requests a second, of all its clients together"),
    FIELD(config_limits, burst,    "burst",    NUMBER, NULL, "a number of requests", "how many of them may come at one moment (else as many as rate)"),
    FIELD(config_limits, requests, "requests", NUMBER, NULL, "a number of requests", "requests under way at once, streams left out"),
    FIELD(config_limits, streams,  "streams",  NUMBER, NULL, "a number of streams",  "streams and tunnels open at once"),
    FIELD(config_limits, body,     "body",     TEXT,   NULL, "a size, 4096 or 1M",   "bytes of a request's body"),
    FIELD(config_limits, answer,   "answer",   TEXT,   NULL, "a size, 4096 or 1M",   "bytes of an answer's body, streams left out"),
    FIELD(config_limits, reopen,   "reopen",   SWITCH, NULL, "true|false",           "end streams and tunnels at a reload that changes their policy, so that clients open them again (else they go on under the old one)"),
};
/* clang-format on */

#define TABLE(name, fields, struct_)                                                               \
    {                                                                                              \
        SLICE_INIT(name), fields, COUNT(fields), sizeof(struct_)                                   \
    }

static const struct schema_table ANSWERS = TABLE("answers", ANSWER, struct config_answers);
static const struct schema_table REQUESTS = TABLE("requests", REQUEST, struct config_requests);
static const struct schema_table LIMITS = TABLE("limits", LIMIT, struct config_limits);

/* clang-format off */
static const struct schema_field POLICY[] = {
    FIELD(config_policy, mode,   "mode",   WORD,  NULL, "enforce|observe",                                     "observe: what the policy denies is let through, and logged as \"would deny\""),
    FIELD(config_policy, preset, "preset", TEXTS, NULL, "a preset's name, or a list",                          "grants what these clients need (dockgate preset lists them)"),
    FIELD(config_policy, allow,  "allow",  TEXTS, NULL, "an option, an operationId or METHOD /PATH, or a list", "grants operations; in a path, a name may be a glob: POST /containers/web-*/restart, or {label:KEY=VALUE}, {label:KEY}: what bears that label"),
    FIELD(config_policy, deny,   "deny",   TEXTS, NULL, "an option, an operationId or METHOD /PATH, or a list", "takes operations away again, whatever grants them"),
    FIELD(config_policy, query,  "query",  PAIRS, NULL, "operations with their parameters and the values of these: GET /containers/{id}/top: {ps_args: [\"\", aux]}", "what parameters of a query may be; an empty text: it may be missing"),
    FIELD(config_policy, requests, "requests", MAP, &REQUESTS, "a mapping", "what its requests may say (else DOCKGATE_REQUESTS and DOCKGATE_BINDS, which take its place)"),
    FIELD(config_policy, own,    "own",    TEXT,  NULL, "true, or an owner's name",                            "what its clients make bears this owner's name (true: the policy's), and they reach nothing else but what is shared"),
    FIELD(config_policy, shared, "shared", TEXTS, NULL, "a name, may be a glob, or a list",                     "what they may use although it is not theirs: images, networks, volumes, containers"),
    FIELD(config_policy, answers, "answers", MAP, &ANSWERS, "a mapping", "what its clients see of the engine's answers (else DOCKGATE_REDACT and DOCKGATE_VISIBLE, which win over it)"),
    FIELD(config_policy, limits, "limits", MAP,   &LIMITS, "a mapping", "what its clients together may ask for; more is answered with 429 or 413 (else DOCKGATE_LIMITS, which wins over it)"),
};
/* clang-format on */

static const struct schema_table LISTENERS = TABLE("a listener", LISTENER, struct config_listener);
static const struct schema_table CLIENTS = TABLE("a client", CLIENT, struct config_client);
static const struct schema_table POLICIES = TABLE("a policy", POLICY, struct config_policy);

/* clang-format off */
static const struct schema_field FILE_FIELDS[] = {
    FIELD(config, engine,    "engine",    TEXT,   NULL,       "unix:///PATH or tcp://HOST:PORT", "the engine behind the gate (else DOCKGATE_ENGINE)"),
    FIELD(config, listeners, "listeners", LIST,   &LISTENERS, "a list",                          "where clients connect (else DOCKGATE_LISTEN, which wins over them)"),
    FIELD(config, clients,   "clients",   LIST,   &CLIENTS,   "a list",                          "who gets which policy; the first that fits decides"),
    FIELD(config, otherwise, "default",   TEXT,   NULL,       "a name below policies, or deny",  "the policy of whom no client fits (else deny; else the only policy, where there are no clients)"),
    FIELD(config, policies,  "policies",  NAMED,  &POLICIES,  "a mapping of names to policies",  "what clients may do"),
    FIELD(config, watch,     "watch",     SWITCH, NULL,       "true|false",                      "read the file again when it changes (else on SIGHUP alone)"),
};
/* clang-format on */

static const struct schema_table FILE_TABLE =
    TABLE("the configuration", FILE_FIELDS, struct config);

const struct schema_table *config_table(void)
{
    return &FILE_TABLE;
}

const struct config_policy *config_policy_at(const struct config *c, size_t at)
{
    return (const struct config_policy *)c->policies.at + at;
}

const struct config_client *config_client_at(const struct config *c, size_t at)
{
    return (const struct config_client *)c->clients.at + at;
}

const struct config_listener *config_listener_at(const struct config *c, size_t at)
{
    return (const struct config_listener *)c->listeners.at + at;
}

static bool is_text(const struct tree_node *node, struct slice text)
{
    return node != NULL && slice_equal(node->text, text);
}

size_t config_find_policy(const struct config *c, struct slice name)
{
    size_t i = 0;

    while (i < c->policies.n && !is_text(config_policy_at(c, i)->node, name)) {
        i++;
    }
    return i;
}

size_t config_find_listener(const struct config *c, struct slice name)
{
    size_t i = 0;

    while (i < c->listeners.n && !is_text(config_listener_at(c, i)->name, name) &&
           !is_text(config_listener_at(c, i)->address, name)) {
        i++;
    }
    return i;
}

/* ---- what keys say of each other ---- */

static bool wrong(const struct schema_file *file, const struct tree_node *where, struct slice a,
                  struct slice value, struct slice b, struct slice nearest)
{
    struct slice parts[] = {a, value, b, nearest};

    schema_note(file, NOTE_ERROR, where, parts, 4);
    return false;
}

static bool check_policy(const struct config *c, const struct schema_file *file,
                         const struct tree_node *name)
{
    struct slice best = {NULL, 0};
    size_t distance = NEAREST_FAR;

    if (name == NULL || slice_equal(name->text, SLICE("deny")) ||
        config_find_policy(c, name->text) < c->policies.n) {
        return true;
    }
    for (size_t i = 0; i < c->policies.n; i++) {
        nearest_try(name->text, config_policy_at(c, i)->node->text, &best, &distance);
    }
    return wrong(file, name, SLICE("there is no policy \""), name->text,
                 best.at == NULL ? SLICE("\" below policies")
                                 : SLICE("\" below policies; the nearest is "),
                 best);
}

static bool check_listeners(const struct config *c, const struct schema_file *file)
{
    bool ok = true;

    for (size_t i = 0; i < c->listeners.n; i++) {
        const struct config_listener *l = config_listener_at(c, i);
        if (l->address == NULL) {
            ok = wrong(file, l->node, SLICE("a listener needs its address"), SLICE(""), SLICE(""),
                       SLICE(""));
        }
        for (size_t k = 0; k < l->policies.n; k++) {
            ok = check_policy(c, file, l->policies.at[k]) && ok;
        }
        if (l->name != NULL && config_find_listener(c, l->name->text) < i) {
            ok = wrong(file, l->name, SLICE("a listener before this one is called \""),
                       l->name->text, SLICE("\" as well"), SLICE(""));
        }
        if (l->address != NULL && config_find_listener(c, l->address->text) < i) {
            ok = wrong(file, l->address, SLICE("a listener before this one has the address \""),
                       l->address->text, SLICE("\" as well"), SLICE(""));
        }
    }
    return ok;
}

/* What a client is known by, and of whom nobody is everything at once. */
static bool check_known_by(const struct schema_file *file, const struct config_client *client)
{
    bool container = client->container != NULL || client->service != NULL || client->label.n > 0 ||
                     client->by_label.n > 0 || client->within != NULL;
    bool user = client->uid != NULL || client->gid != NULL;

    if (client->listener == NULL && client->cidr.n == 0 && !user && !container) {
        return wrong(file, client->node,
                     SLICE("a client needs something to be known by: listener, cidr, uid, gid, "
                           "container, service or label; for everybody else there is default"),
                     SLICE(""), SLICE(""), SLICE(""));
    }
    if (client->cidr.n > 0 && user) {
        return wrong(file, client->node,
                     SLICE("nobody has an IP address and a user at once: cidr is of TCP, uid and "
                           "gid are of unix sockets"),
                     SLICE(""), SLICE(""), SLICE(""));
    }
    if (client->container != NULL && client->container->text.len > GLOB_MAX) {
        return wrong(file, client->container, SLICE("a glob may have 128 bytes"), SLICE(""),
                     SLICE(""), SLICE(""));
    }
    return true;
}

/* Its policy, or those that its container may choose from, or the one that it may have a part of.
 */
static bool check_may(const struct config *c, const struct schema_file *file,
                      const struct config_client *client)
{
    bool ok = check_policy(c, file, client->policy);
    int ways = (client->policy != NULL) + (client->by_label.n > 0) + (client->within != NULL);

    ok = check_policy(c, file, client->within) && ok;

    for (size_t i = 0; i < client->by_label.n; i++) {
        ok = check_policy(c, file, client->by_label.at[i]) && ok;
    }
    if (ways > 1) {
        return wrong(file, client->policy != NULL ? client->policy : client->within,
                     SLICE("a client has policy, by-label or within, and not two of them"),
                     SLICE(""), SLICE(""), SLICE(""));
    }
    if (ways == 0) {
        return wrong(file, client->node, SLICE("a client needs its policy"), SLICE(""), SLICE(""),
                     SLICE(""));
    }
    return ok;
}

/* `explain --as` would tell of the first one alone. */
static bool check_twin(const struct config *c, const struct schema_file *file,
                       const struct config_client *client)
{
    for (size_t i = 0; client->name != NULL && config_client_at(c, i) != client; i++) {
        if (is_text(config_client_at(c, i)->name, client->name->text)) {
            return wrong(file, client->name, SLICE("a client before this one is called \""),
                         client->name->text, SLICE("\" as well"), SLICE(""));
        }
    }
    return true;
}

static bool check_client(const struct config *c, const struct schema_file *file,
                         const struct config_client *client)
{
    bool ok = check_may(c, file, client);

    ok = check_known_by(file, client) && ok;
    ok = check_twin(c, file, client) && ok;
    if (client->listener != NULL && c->listeners.n > 0 &&
        config_find_listener(c, client->listener->text) == c->listeners.n) {
        ok = wrong(file, client->listener, SLICE("there is no listener \""), client->listener->text,
                   SLICE("\", by name or address"), SLICE(""));
    }
    return ok;
}

static bool check_names(const struct config *c, const struct schema_file *file)
{
    bool ok = true;

    for (size_t i = 0; i < c->policies.n; i++) {
        const struct tree_node *name = config_policy_at(c, i)->node;
        if (name->text.len == 0 || is_text(name, SLICE("deny"))) {
            ok = wrong(file, name, SLICE("a policy can't be called \""), name->text,
                       SLICE("\": that denies everything"), SLICE(""));
        }
    }
    return ok;
}

bool config_read(const struct tree_node *root, struct arena *a, const struct schema_file *file,
                 struct config *c)
{
    bool ok = schema_read(&FILE_TABLE, root, a, file, c);

    ok = check_names(c, file) && ok;
    ok = check_listeners(c, file) && ok;
    for (size_t i = 0; i < c->clients.n; i++) {
        ok = check_client(c, file, config_client_at(c, i)) && ok;
    }
    return check_policy(c, file, c->otherwise) && ok;
}
