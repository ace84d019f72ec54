/* Queries. The engine takes the first of two values, reads names in their case only, and skips what
 * it can't decode; here nothing is skipped. */
#include "inspect/requests_query.h"

#include "inspect/requests_binds.h"
#include "inspect/requests_network.h"

#include <stdlib.h>

enum check {
    CHECK_FREE,
    CHECK_UNSET,    /* only empty, in one of the spellings that clients have for it */
    CHECK_EMPTY,    /* only empty */
    CHECK_FILE,     /* of the build's context, by its name */
    CHECK_MEMORY,   /* of a build: at most the ceiling */
    CHECK_SWAP,     /* counts memory as well */
    CHECK_CPUS,     /* of a build: not beside a ceiling */
    CHECK_REMOTE,   /* the build's context from elsewhere */
    CHECK_NETWORK,  /* the network of a build's containers */
    CHECK_VERSION,  /* 2 is BuildKit */
    CHECK_BUILDKIT, /* BuildKit's own */
    CHECK_IMAGE,    /* with its tag, looked at together */
    CHECK_TAG,
    CHECK_IMPORT, /* an image from bytes or from a URL */
};

struct parameter {
    struct slice name;
    enum check check;
};

/* clang-format off */
static const struct parameter BUILD[] = {
    {SLICE_INIT("t"),            CHECK_FREE},
    {SLICE_INIT("dockerfile"),   CHECK_FILE},
    {SLICE_INIT("q"),            CHECK_FREE},
    {SLICE_INIT("nocache"),      CHECK_FREE},
    {SLICE_INIT("cachefrom"),    CHECK_FREE},
    {SLICE_INIT("pull"),         CHECK_FREE},
    {SLICE_INIT("rm"),           CHECK_FREE},
    {SLICE_INIT("forcerm"),      CHECK_FREE},
    {SLICE_INIT("memory"),       CHECK_MEMORY},
    {SLICE_INIT("memswap"),      CHECK_SWAP},
    {SLICE_INIT("cpushares"),    CHECK_FREE},
    {SLICE_INIT("cpusetcpus"),   CHECK_FREE},
    {SLICE_INIT("cpusetmems"),   CHECK_FREE},
    {SLICE_INIT("cpuperiod"),    CHECK_CPUS},
    {SLICE_INIT("cpuquota"),     CHECK_CPUS},
    {SLICE_INIT("shmsize"),      CHECK_FREE},
    {SLICE_INIT("ulimits"),      CHECK_FREE},
    {SLICE_INIT("buildargs"),    CHECK_FREE},
    {SLICE_INIT("labels"),       CHECK_FREE},
    {SLICE_INIT("squash"),       CHECK_FREE},
    {SLICE_INIT("platform"),     CHECK_FREE},
    {SLICE_INIT("target"),       CHECK_FREE},
    {SLICE_INIT("extrahosts"),   CHECK_FREE},
    {SLICE_INIT("isolation"),    CHECK_UNSET},
    {SLICE_INIT("cgroupparent"), CHECK_UNSET},
    {SLICE_INIT("securityopt"),  CHECK_UNSET},
    {SLICE_INIT("remote"),       CHECK_REMOTE},
    {SLICE_INIT("networkmode"),  CHECK_NETWORK},
    {SLICE_INIT("version"),      CHECK_VERSION},
    {SLICE_INIT("session"),      CHECK_BUILDKIT},
    {SLICE_INIT("buildid"),      CHECK_BUILDKIT},
    {SLICE_INIT("outputs"),      CHECK_BUILDKIT},
};
/* A checkpoint is a path below the container's own: with "..", what a client wrote into a volume is
 * restored, credentials and all. */
static const struct parameter START[] = {
    {SLICE_INIT("detachKeys"),     CHECK_FREE},
    {SLICE_INIT("checkpoint"),     CHECK_EMPTY},
    {SLICE_INIT("checkpoint-dir"), CHECK_EMPTY},
};
static const struct parameter IMAGE_CREATE[] = {
    {SLICE_INIT("fromImage"),    CHECK_IMAGE},
    {SLICE_INIT("tag"),          CHECK_TAG},
    {SLICE_INIT("platform"),     CHECK_FREE},
    {SLICE_INIT("fromSrc"),      CHECK_IMPORT},
    {SLICE_INIT("repo"),         CHECK_IMPORT},
    {SLICE_INIT("message"),      CHECK_IMPORT},
    {SLICE_INIT("changes"),      CHECK_IMPORT},
    {SLICE_INIT("inputFormat"),  CHECK_IMPORT},
};
static const struct parameter SERVICE_UPDATE[] = {
    {SLICE_INIT("version"),          CHECK_FREE},
    {SLICE_INIT("registryAuthFrom"), CHECK_FREE},
    {SLICE_INIT("rollback"),         CHECK_UNSET}, /* applies a service that is not in the body */
};
/* clang-format on */

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const struct table {
    const struct parameter *at;
    size_t n;
} TABLES[] = {
    [REQUESTS_QUERY_NONE] = {NULL, 0},
    [REQUESTS_QUERY_BUILD] = {BUILD, COUNT(BUILD)},
    [REQUESTS_QUERY_START] = {START, COUNT(START)},
    [REQUESTS_QUERY_IMAGE_CREATE] = {IMAGE_CREATE, COUNT(IMAGE_CREATE)},
    [REQUESTS_QUERY_SERVICE_UPDATE] = {SERVICE_UPDATE, COUNT(SERVICE_UPDATE)},
};

/* What the parameters say together. */
struct found {
    struct slice image;
    struct slice tag;
    bool network;
};

/* Decodes a name or value of a query into `room`, which it takes from. */
static bool decode(struct slice raw, char **room, struct slice *text)
{
    char *at = *room;

    for (size_t i = 0; i < raw.len; i++) {
        uint64_t byte = (unsigned char)raw.at[i];

        if (byte == '+') {
            byte = ' ';
        } else if (byte == '%') {
            if (i + 2 >= raw.len || !slice_to_u64(slice_sub(raw, i + 1, 2), 16, UINT8_MAX, &byte)) {
                return false;
            }
            i += 2;
        }
        *at++ = (char)byte;
    }
    *text = slice_of(*room, (size_t)(at - *room));
    *room = at;
    return true;
}

static bool build_allowed(struct requests_walk *w, struct slice word)
{
    return requests_names(w->policy, REQUESTS_BUILD, word) ||
           requests_names(w->policy, REQUESTS_BUILD, SLICE("*"));
}

/* Refuses by an option that is none of a rule's. */
static bool refuse_by(struct requests_walk *w, enum requests_option option, struct slice text)
{
    return requests_refuse(w, "%s is not allowed (requests.%s)",
                           text.len == 0 ? "this" : requests_shown(w, text),
                           requests_option_get(option)->name.at);
}

/* A build's containers get no other network than those of other containers. */
static bool check_network(struct requests_walk *w, struct slice name)
{
    if (slice_equal(name, SLICE("host"))) {
        return build_allowed(w, SLICE("host-network")) || refuse_by(w, REQUESTS_BUILD, name);
    }
    return requests_network_allowed(w->policy, name) ||
           refuse_by(w, REQUESTS_NETWORKS, name.len == 0 ? SLICE("default") : name);
}

static bool is_zero(struct slice text)
{
    return text.len == 0 || slice_equal(text, SLICE("0"));
}

/* Podman takes it for a path, a URL or a list of these, in JSON. */
static bool check_file(struct requests_walk *w, struct slice value)
{
    struct slice rest = value;
    struct slice part;
    bool plain = !slice_starts_with(value, SLICE("[")) &&
                 !slice_starts_with(value, SLICE("http://")) &&
                 !slice_starts_with(value, SLICE("https://"));

    while (plain && rest.len > 0 && slice_next(&rest, '/', &part)) {
        plain = !slice_equal(part, SLICE(".."));
    }
    return plain || requests_refuse(w, "%s is no file of the context", requests_shown(w, value));
}

/* At most `times` the policy's ceiling, where it has one. */
static bool check_memory(struct requests_walk *w, struct slice value, uint64_t times)
{
    uint64_t most = requests_number(w->policy, REQUESTS_MEMORY);
    uint64_t bytes;

    return is_zero(value) || most == 0 ||
           (slice_to_u64(value, 10, INT64_MAX, &bytes) && bytes / times <= most) ||
           refuse_by(w, REQUESTS_MEMORY, value);
}

static bool check_value(struct requests_walk *w, enum check check, struct slice value,
                        struct found *found)
{
    switch (check) {
    case CHECK_FREE:
        return true;
    case CHECK_UNSET:
        return value.len == 0 || slice_equal(value, SLICE("null")) ||
               slice_equal(value, SLICE("[]")) || slice_equal(value, SLICE("default")) ||
               requests_refuse(w, "%s is not allowed", requests_shown(w, value));
    case CHECK_EMPTY:
        return value.len == 0 || requests_refuse(w, "%s is not allowed", requests_shown(w, value));
    case CHECK_FILE:
        return check_file(w, value);
    case CHECK_MEMORY:
        return check_memory(w, value, 1);
    case CHECK_SWAP:
        return check_memory(w, value, 2);
    case CHECK_CPUS:
        return is_zero(value) || requests_number(w->policy, REQUESTS_CPUS) == 0 ||
               refuse_by(w, REQUESTS_CPUS, value);
    case CHECK_REMOTE:
        /* "client-session" is BuildKit's word for a context that comes over its session. */
        return value.len == 0 || build_allowed(w, SLICE("remote")) ||
               (slice_equal(value, SLICE("client-session")) &&
                build_allowed(w, SLICE("buildkit"))) ||
               refuse_by(w, REQUESTS_BUILD, value);
    case CHECK_NETWORK:
        found->network = true;
        return check_network(w, value);
    case CHECK_VERSION:
        return value.len == 0 || slice_equal(value, SLICE("1")) ||
               build_allowed(w, SLICE("buildkit")) || refuse_by(w, REQUESTS_BUILD, value);
    case CHECK_BUILDKIT:
        return value.len == 0 || build_allowed(w, SLICE("buildkit")) ||
               refuse_by(w, REQUESTS_BUILD, value);
    case CHECK_IMAGE:
    case CHECK_TAG:
        if (requests_has_control(value)) {
            return requests_malformed(w, "a control character");
        }
        struct slice *which = check == CHECK_IMAGE ? &found->image : &found->tag;
        if (which->at != NULL) {
            return requests_malformed(w, "twice");
        }
        *which = value;
        return true;
    case CHECK_IMPORT:
        return value.len == 0 || requests_passes_unchecked(w->policy, OPERATION_IMAGE_CREATE) ||
               refuse_by(w, REQUESTS_UNCHECKED, SLICE(""));
    }
    return false;
}

static bool check_parameter(struct requests_walk *w, const struct table *table, struct slice raw,
                            char **room, struct found *found)
{
    struct slice name;
    struct slice value;
    size_t equals = slice_find(raw, '=');

    if (slice_find(raw, ';') < raw.len || !decode(slice_sub(raw, 0, equals), room, &name) ||
        !decode(slice_sub(raw, equals + 1, raw.len), room, &value)) {
        return requests_malformed(w, "the query can't be read in one way only");
    }
    w->parameter = name;
    for (size_t i = 0; i < table->n; i++) {
        if (slice_equal(table->at[i].name, name)) {
            return check_value(w, table->at[i].check, value, found);
        }
    }
    return requests_refuse(w, "no parameter that is known here");
}

/* The image that is pulled, in the words of `images`: name:tag, name@digest. */
static bool check_image(struct requests_walk *w, const struct found *found)
{
    struct requests_value v = {.present = true};
    char text[1024];
    struct buf b;

    if (found->image.len == 0) { /* an import */
        return requests_passes_unchecked(w->policy, OPERATION_IMAGE_CREATE) ||
               refuse_by(w, REQUESTS_UNCHECKED, SLICE(""));
    }
    buf_init(&b, text, sizeof(text));
    (void)buf_put(&b, found->image);
    if (found->tag.len > 0) {
        (void)buf_put_byte(&b, slice_starts_with(found->tag, SLICE("sha256:")) ? '@' : ':');
        (void)buf_put(&b, found->tag);
    }
    if (b.full) {
        return requests_malformed(w, "the image's name is too long");
    }
    w->parameter = SLICE("fromImage");
    v.text = buf_slice(&b);
    w->rule = REQUESTS_RULE_IMAGE;
    const struct owned_policy *own = requests_owner(w->policy);
    if (own != NULL && !owned_is_shared(own, v.text)) {
        return requests_refuse(w, "%s is not among what is shared", requests_shown(w, v.text));
    }
    return requests_rule_value(w, &v);
}

/* What is not said counts as well. */
static bool check_together(struct requests_walk *w, enum requests_query which,
                           const struct found *found)
{
    if (which == REQUESTS_QUERY_IMAGE_CREATE) {
        return check_image(w, found);
    }
    if (which == REQUESTS_QUERY_BUILD && !found->network) {
        w->parameter = SLICE("networkmode");
        return check_network(w, SLICE(""));
    }
    return true;
}

bool requests_check_query(struct requests_walk *w, enum requests_query which, struct slice query)
{
    struct found found = {.network = false};
    struct slice raw;
    bool ok = true;

    if (which == REQUESTS_QUERY_NONE) {
        return true;
    }
    char *room = malloc(query.len + 1);
    if (room == NULL) {
        return requests_malformed(w, "the gate is out of memory");
    }
    char *at = room;
    w->rule = REQUESTS_RULE_FREE;
    while (ok && query.len > 0 && slice_next(&query, '&', &raw)) {
        ok = raw.len == 0 || check_parameter(w, &TABLES[which], raw, &at, &found);
    }
    ok = ok && check_together(w, which, &found);
    free(room);
    return ok;
}
